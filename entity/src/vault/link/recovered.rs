//! What becomes of links when an account is recovered: somebody else may have prepared it for its owner.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use super::{end, show_handles};
use crate::access::Owner;
use crate::kinds::LinkEnd;
use crate::protected::{challenge, link};
use crate::values::{EmailAddress, Handle};
use crate::vault::transaction::Transaction;

/// Ends what was linked before anybody had proven the address that the account is recovered by: signing up proves none, so
/// it may have been anybody, and brands would take their handles for the owner's. What came after stays.
///
/// # Errors
/// When the database cannot be asked.
pub async fn end_unproven(transaction: &Transaction, owner: &Owner, address: &EmailAddress) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let first = challenge::Entity::find()
        .filter(challenge::Column::CustomerId.eq(owner.customer()))
        .filter(challenge::Column::Target.eq(transaction.keys().handle(&Handle::from(address))))
        .filter(challenge::Column::CompletedAt.lt(transaction.now()))
        .order_by_asc(challenge::Column::CompletedAt)
        .one(connection)
        .await?;
    let mut query = link::Entity::find()
        .filter(link::Column::CustomerId.eq(owner.customer()))
        .filter(link::Column::EndedAt.is_null());
    if let Some(proven) = first.and_then(|row| row.completed_at) {
        query = query.filter(link::Column::VerifiedAt.lt(proven));
    }
    let doubtful = query.all(connection).await?;
    for row in &doubtful {
        end(transaction, owner.customer(), row.id, LinkEnd::Recovered, true).await?;
    }
    if doubtful.is_empty() { Ok(()) } else { show_handles(transaction, owner.customer()).await }
}

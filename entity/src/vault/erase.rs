//! Erasing somebody again whom an older copy of the database has brought back.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use super::transaction::Transaction;
use crate::ids::CustomerId;
use crate::kinds::{CustomerStatus, GrantState};
use crate::protected::directory;
use crate::values::Timestamp;
use crate::{customer, grant, refresh_token, session};

/// Takes an erased customer out of the database: every grant ends, nobody finds them, nobody is signed in as them. Within
/// the customer's lock. The data key is destroyed by the caller, after the commit: the grants end first.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn again(transaction: &Transaction, customer: CustomerId, at: Timestamp) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let ended = grant::ActiveModel { state: Set(GrantState::Withdrawn), ended_at: Set(Some(at)), ..Default::default() };
    grant::Entity::update_many()
        .set(ended)
        .filter(grant::Column::CustomerId.eq(customer))
        .filter(grant::Column::EndedAt.is_null())
        .exec(connection)
        .await?;
    directory::Entity::delete_many().filter(directory::Column::CustomerId.eq(customer)).exec(connection).await?;
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::CustomerId.eq(customer))
        .exec(connection)
        .await?;
    session::Entity::delete_many().filter(session::Column::CustomerId.eq(customer)).exec(connection).await?;
    let erased = customer::ActiveModel { status: Set(CustomerStatus::Erased), ..Default::default() };
    customer::Entity::update_many().set(erased).filter(customer::Column::Id.eq(customer)).exec(connection).await?;
    Ok(())
}

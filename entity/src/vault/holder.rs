//! The door for one question: whether a customer holds the handle that something is meant for.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter};

use crate::access::Owner;
use crate::proof::ProofPeriod;
use crate::protected::directory;

use super::transaction::Transaction;

/// Whether the handle of this keyed hash ([`Keys::handle`](crate::keys::Keys::handle)) is proven to be the customer's, and
/// still theirs, and not due to be proven again. Says nothing of anybody else.
///
/// # Errors
/// When the database cannot be asked.
pub async fn holds(
    transaction: &Transaction,
    owner: &Owner,
    proofs: ProofPeriod,
    handle: &[u8],
) -> Result<bool, DbErr> {
    let of_hash = directory::Column::Lookup.eq(handle.to_vec()).or(directory::Column::LookupNext.eq(handle.to_vec()));
    let held = directory::Entity::find()
        .filter(of_hash)
        .filter(directory::Column::CustomerId.eq(owner.customer()))
        .filter(directory::Column::Kind.eq(directory::Kind::Handle))
        .filter(directory::Column::ProvenAt.gt(transaction.now().minus_millis(proofs.as_millis())))
        .count(transaction.connection())
        .await?;
    Ok(held > 0)
}

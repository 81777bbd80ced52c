//! Writing down that grants have run out. They permit nothing from their date on by themselves; this only completes the
//! history, dated when it happened.

use entity::grant;
use entity::ids::CustomerId;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::book::Book;
use crate::deps::Deps;

/// Customers with grants that have run out and are not noted yet, the longest overdue first, at most so many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn load_due(deps: &Deps, most: u64) -> Result<Vec<CustomerId>, DbErr> {
    let now = deps.vault.now().await?;
    grant::Entity::find()
        .select_only()
        .column(grant::Column::CustomerId)
        .filter(grant::Column::EndedAt.is_null())
        .filter(grant::Column::ExpiresAt.lte(now))
        .group_by(grant::Column::CustomerId)
        .order_by_asc(grant::Column::ExpiresAt.min())
        .limit(most)
        .into_tuple()
        .all(deps.vault.store.reader())
        .await
}

/// Notes every grant of a customer that has run out; how many. None if somebody else is changing this customer's consents
/// right now: they note it themselves, or the next call does.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note_due(deps: &Deps, customer: CustomerId) -> Result<usize, DbErr> {
    let Some((transaction, locked)) = deps.vault.begin_unless_held(customer).await? else { return Ok(0) };
    let mut book = Book::about(&transaction, &locked);
    let noted = book.note_expiries().await?;
    // Somebody else may have been here since the customer was found due.
    if noted > 0 {
        book.close().await?;
        transaction.commit().await?;
    }
    Ok(noted)
}

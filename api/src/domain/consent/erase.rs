//! The part of an erasure that is consent: every open grant ends first, then each brand is told.

use entity::access::Owner;
use entity::customer;
use entity::ids::BrandId;
use entity::kinds::{ConsentActor, ConsentEventKind};
use entity::vault::Transaction;
use sea_orm::DbErr;

use super::book::Book;

/// Withdraws every open grant, and notes the erasure once for each brand, or once for none; how many grants ended. Who
/// erases what we hold wants it deleted by the brands too, and they are told so.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::domain) async fn end_for_good(
    transaction: &Transaction,
    owner: &Owner,
    locked: &customer::Model,
    brands: &[BrandId],
) -> Result<usize, DbErr> {
    let mut book = Book::open(transaction, owner, locked);
    book.deletion_wanted = true;
    let open = book.open_grants().await?;
    let ended = open.len();
    for row in open {
        book.end(row, ConsentEventKind::Withdrawn, ConsentActor::Customer, transaction.now()).await?;
    }
    for brand in brands {
        book.note_erasure(Some(*brand)).await?;
    }
    if brands.is_empty() {
        book.note_erasure(None).await?;
    }
    book.close().await?;
    Ok(ended)
}

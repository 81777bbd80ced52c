//! The audit trail of a brand: who did what to its apps and people. Each act notes itself, in its own transaction.

use entity::access::Admin;
use entity::audit_entry::{self, Details};
use entity::ids::{AuditEntryId, BrandId, StaffId};
use entity::kinds::AuditAct;
use entity::vault::Transaction;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::deps::Deps;

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The operator, through the command line.
    Operator,
    /// A member of the brand's staff.
    Staff(StaffId),
}

/// Notes an act. Details are ids and settings: no secret, and nothing of any person.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn note(
    transaction: &Transaction,
    author: Author,
    (brand, act): (BrandId, AuditAct),
    subject: impl ToString,
    details: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<(), DbErr> {
    let now = transaction.now();
    let row = audit_entry::ActiveModel {
        brand_id: Set(brand),
        id: Set(AuditEntryId(transaction.entropy().id_at(now))),
        staff_id: Set(match author {
            Author::Operator => None,
            Author::Staff(staff) => Some(staff),
        }),
        act: Set(act),
        subject: Set(subject.to_string()),
        details: Set(Details(details.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        occurred_at: Set(now),
    };
    audit_entry::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// The newest of these acts on it, and whose it was; `None` if the trail knows of none.
pub(super) async fn newest(
    transaction: &Transaction,
    (brand, acts): (BrandId, [AuditAct; 2]),
    subject: impl ToString,
) -> Result<Option<(AuditAct, Author)>, DbErr> {
    let row = audit_entry::Entity::find()
        .filter(audit_entry::Column::BrandId.eq(brand))
        .filter(audit_entry::Column::Act.is_in(acts))
        .filter(audit_entry::Column::Subject.eq(subject.to_string()))
        .order_by_desc(audit_entry::Column::Id)
        .one(transaction.connection())
        .await?;
    Ok(row.map(|row| (row.act, row.staff_id.map_or(Author::Operator, Author::Staff))))
}

/// A brand's audit trail, newest first: up to `limit` acts before one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_brand(
    deps: &Deps,
    admin: &Admin,
    before: Option<AuditEntryId>,
    limit: u64,
) -> Result<Vec<audit_entry::Model>, DbErr> {
    let mut query = audit_entry::Entity::find().filter(audit_entry::Column::BrandId.eq(admin.brand()));
    if let Some(before) = before {
        query = query.filter(audit_entry::Column::Id.lt(before));
    }
    query.order_by_desc(audit_entry::Column::Id).limit(limit).all(deps.vault.store.reader()).await
}

//! Brands and their apps, by id; the accounts under which customers write to them.

use entity::ids::{AppId, BrandId};
use entity::kinds::AuditAct;
use entity::values::Handle;
use entity::vault::Transaction;
use entity::{app, brand, brand_account};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::deps::Deps;
use crate::domain::audit::{self, Author};

/// The brands of these ids, in one statement.
///
/// # Errors
/// When the database cannot be asked.
pub async fn load(deps: &Deps, ids: impl IntoIterator<Item = BrandId>) -> Result<Vec<brand::Model>, DbErr> {
    let ids = distinct(ids);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    brand::Entity::find().filter(brand::Column::Id.is_in(ids)).all(deps.vault.store.reader()).await
}

/// The apps of these ids, in one statement.
///
/// # Errors
/// When the database cannot be asked.
pub async fn load_apps(deps: &Deps, ids: impl IntoIterator<Item = AppId>) -> Result<Vec<app::Model>, DbErr> {
    let ids = distinct(ids);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    app::Entity::find().filter(app::Column::Id.is_in(ids)).all(deps.vault.store.reader()).await
}

/// The brand of a slug. A text that cannot be one finds nothing and asks nobody.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(connection: &impl ConnectionTrait, slug: &str) -> Result<Option<brand::Model>, DbErr> {
    if !is_slug(slug) {
        return Ok(None);
    }
    brand::Entity::find().filter(brand::Column::Slug.eq(slug)).one(connection).await
}

/// Whether a text can be a slug: 1 to 60 lower case letters, digits and hyphens.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=60).contains(&text.len()) && text.bytes().all(plain)
}

/// Notes that customers write to a brand under this handle, for the operator. `false` if they write to another brand under it.
///
/// # Errors
/// When the database cannot be asked.
pub async fn register_account(transaction: &Transaction, brand: BrandId, handle: &Handle) -> Result<bool, DbErr> {
    let connection = transaction.connection();
    let known = brand_account::Entity::find()
        .filter(brand_account::Column::Channel.eq(handle.channel()))
        .filter(brand_account::Column::Normalised.eq(handle.normalised()))
        .one(connection)
        .await?;
    if let Some(known) = known {
        return Ok(known.brand_id == brand);
    }
    let row = brand_account::ActiveModel {
        brand_id: Set(brand),
        channel: Set(handle.channel()),
        normalised: Set(handle.normalised().to_owned()),
        handle: Set(handle.as_written().to_owned()),
        account_id: Set(None),
        created_at: Set(transaction.now()),
    };
    brand_account::Entity::insert(row).exec_without_returning(connection).await?;
    let details = [("channel", handle.channel().as_str().to_owned()), ("handle", handle.as_written().to_owned())];
    audit::note(transaction, Author::Operator, (brand, AuditAct::AccountRegistered), brand, details).await?;
    Ok(true)
}

fn distinct<T: Ord>(ids: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

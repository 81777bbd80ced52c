//! Brands and their apps, by id.

use entity::ids::{AppId, BrandId};
use entity::{app, brand};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::deps::Deps;

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

fn distinct<T: Ord>(ids: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

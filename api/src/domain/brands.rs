//! Brands and their apps, by id.

use entity::ids::{AppId, BrandId};
use entity::{app, brand};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

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

fn distinct<T: Ord>(ids: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

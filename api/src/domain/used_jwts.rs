//! JWTs of apps that are good for one use, on all nodes together.

use entity::ids::BrandId;
use entity::used_jwt;
use entity::values::Timestamp;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DbErr, EntityTrait, Set};

use crate::deps::Deps;

/// A row is kept for so long after nobody takes its JWT any more, whatever the clocks of two nodes say.
const KEPT_SECONDS: i64 = 60;

/// Uses a JWT whose signature was good: `who` has made it and named it so, and it holds until then. `false` if it was used
/// already. Of any number who come with it at once, on whatever nodes, one is the first.
///
/// # Errors
/// When the database cannot be written: then nobody knows, and it is not taken.
pub async fn first_use(
    deps: &Deps,
    brand: BrandId,
    (kind, who, jti): (&str, &[u8], &str),
    until: Timestamp,
) -> Result<bool, DbErr> {
    let transaction = deps.vault.begin().await?;
    let row = used_jwt::ActiveModel {
        brand_id: Set(brand),
        // Whoever it is has a name of a known length.
        hash: Set(transaction.keys().secret(kind, &[who, jti.as_bytes()].concat())),
        expires_at: Set(until.plus_seconds(KEPT_SECONDS)),
    };
    let known = [used_jwt::Column::BrandId, used_jwt::Column::Hash];
    let written = used_jwt::Entity::insert(row)
        .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
        .exec_without_returning(transaction.connection())
        .await?;
    transaction.commit().await?;
    Ok(written == 1)
}

//! What a brand says to the end of a grant: that it knows, and that it has deleted what it held. Nothing depends on it; the
//! customer sees it, and sees where it is missing.

use entity::access::Caller;
use entity::grant;
use entity::ids::GrantId;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::read::state_at;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// Notes that the caller's brand knows of the end of its grant, and whether it has deleted what it held. What was said before
/// stays said. The grant of another brand, one that is not over, one for a purpose that the app may not declare, and none at
/// all are refused alike.
///
/// # Errors
/// When there is no such grant.
pub async fn acknowledge(deps: &Deps, caller: &Caller, id: &str, is_deleted: bool) -> Result<grant::Model, Refusal> {
    let id: GrantId = id.parse().map_err(|_| not_held())?;
    let of_brand =
        || grant::Entity::find().filter(grant::Column::Id.eq(id)).filter(grant::Column::BrandId.eq(caller.brand()));
    let found = of_brand().one(deps.vault.store.reader()).await?.ok_or_else(not_held)?;
    let (transaction, _) = deps.vault.begin_about(found.customer_id).await?;
    let whose = grant::Column::CustomerId.eq(found.customer_id);
    let mut row = of_brand().filter(whose).one(transaction.connection()).await?.ok_or_else(not_held)?;
    let now = transaction.now();
    if state_at(&row, now).is_open() || !caller.standing().may_declare(row.purpose) {
        return Err(not_held().into());
    }
    row.acknowledged_at = row.acknowledged_at.or(Some(now));
    row.deleted_at = row.deleted_at.or(is_deleted.then_some(now));
    let said = grant::ActiveModel {
        acknowledged_at: Set(row.acknowledged_at),
        deleted_at: Set(row.deleted_at),
        ..Default::default()
    };
    grant::Entity::update_many()
        .set(said)
        .filter(grant::Column::CustomerId.eq(row.customer_id))
        .filter(grant::Column::Id.eq(row.id))
        .exec(transaction.connection())
        .await?;
    transaction.commit().await?;
    Ok(row)
}

fn not_held() -> Mistake {
    let message = "your brand held no such grant that is over, for a purpose that this app is registered for";
    Mistake::new(MistakeCode::NotFound, "grantId", message)
}

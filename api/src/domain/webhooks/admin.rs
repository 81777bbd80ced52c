//! What a brand's administrators do about webhooks: secrets, trials, the log of deliveries and their replay.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::access::Admin;
use entity::ids::{AppId, WebhookDeliveryId};
use entity::keys::Keys;
use entity::kinds::{AuditAct, WebhookDeliveryState};
use entity::values::Timestamp;
use entity::vault::{Transaction, webhooks};
use entity::{app, webhook, webhook_delivery};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::send::load;
use super::{WAITING, Webhook};
use crate::deps::Deps;
use crate::domain::apps::{self, MOST_OVERLAP_HOURS, reset_webhook};
use crate::domain::audit::{self, Author};
use crate::domain::staff::begin_as;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// Which deliveries of a brand are shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// Only those to this app.
    pub app: Option<AppId>,
    /// Only those that stand there.
    pub state: Option<WebhookDeliveryState>,
}

/// What an app's deliveries are signed with, as its receiver wants to have it.
///
/// # Errors
/// When the database cannot be asked.
pub async fn secret(deps: &Deps, app: &app::Model) -> Result<String, DbErr> {
    let row = webhook::Entity::find_by_id((app.brand_id, app.id)).one(deps.vault.store.reader()).await?;
    Ok(written(&deps.vault.keys, app.id, row.as_ref().map_or(&[], |row| &row.salt)))
}

fn written(keys: &Keys, app: AppId, salt: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(keys.webhook(app, salt)))
}

/// The webhooks of the administrator's brand, in the order of their apps' ids: up to `limit` after one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_brand(deps: &Deps, admin: &Admin, after: Option<AppId>, limit: u64) -> Result<Vec<Webhook>, DbErr> {
    let mut query = app::Entity::find()
        .filter(app::Column::BrandId.eq(admin.brand()))
        .filter(app::Column::WebhookUrl.is_not_null());
    if let Some(after) = after {
        query = query.filter(app::Column::Id.gt(after));
    }
    let apps = query.order_by_asc(app::Column::Id).limit(limit).all(deps.vault.store.reader()).await?;
    load(deps, apps).await
}

/// Deliveries to the apps of the administrator's brand, newest first: up to `limit` before one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn deliveries(
    deps: &Deps,
    admin: &Admin,
    filter: Filter,
    (before, limit): (Option<WebhookDeliveryId>, u64),
) -> Result<Vec<webhook_delivery::Model>, DbErr> {
    let mut query = webhook_delivery::Entity::find().filter(webhook_delivery::Column::BrandId.eq(admin.brand()));
    if let Some(app) = filter.app {
        query = query.filter(webhook_delivery::Column::AppId.eq(app));
    }
    if let Some(state) = filter.state {
        query = query.filter(webhook_delivery::Column::State.eq(state));
    }
    if let Some(before) = before {
        query = query.filter(webhook_delivery::Column::Id.lt(before));
    }
    query.order_by_desc(webhook_delivery::Column::Id).limit(limit).all(deps.vault.store.reader()).await
}

/// Lets an app's deliveries be signed by a new secret, which is told once. For so many hours they are signed by the one before
/// it too.
///
/// # Errors
/// When there is no such app with an address, or the hours are out of range.
pub async fn rotate_as(deps: &Deps, admin: &Admin, id: &str, hours: i64) -> Result<(Webhook, String), Refusal> {
    if !(0..=MOST_OVERLAP_HOURS).contains(&hours) {
        let message = format!("expected 0 to {MOST_OVERLAP_HOURS} hours");
        return Err(Mistake::new(MistakeCode::OutOfRange, "overlapHours", message).into());
    }
    let transaction = begin_as(deps, admin).await?;
    let hook = find(&transaction, admin, id).await?;
    let until = (hours > 0).then(|| transaction.now().plus_hours(hours));
    let salt = transaction.entropy().bytes::<16>().to_vec();
    let row = webhook::ActiveModel {
        brand_id: Set(hook.app.brand_id),
        app_id: Set(hook.app.id),
        previous_salt: Set(until.map(|_| hook.salt().to_vec())),
        previous_until: Set(until),
        salt: Set(salt.clone()),
        ..Default::default()
    };
    let known = OnConflict::columns([webhook::Column::BrandId, webhook::Column::AppId])
        .update_columns([webhook::Column::Salt, webhook::Column::PreviousSalt, webhook::Column::PreviousUntil])
        .to_owned();
    webhook::Entity::insert(row).on_conflict(known).exec_without_returning(transaction.connection()).await?;
    let told = written(transaction.keys(), hook.app.id, &salt);
    let details = until.map(|until| ("oldSecretUntil", until.to_string()));
    note(&transaction, admin, &hook.app, (AuditAct::WebhookSecretRotated, details)).await?;
    Ok((finish(transaction, admin, id).await?, told))
}

/// Tells an app again whose address had said that it was gone.
///
/// # Errors
/// When there is no such app with an address.
pub async fn enable_as(deps: &Deps, admin: &Admin, id: &str) -> Result<Webhook, Refusal> {
    let transaction = begin_as(deps, admin).await?;
    let hook = find(&transaction, admin, id).await?;
    if hook.row.as_ref().is_some_and(|row| row.disabled_at.is_some()) {
        reset_webhook(&transaction, &hook.app).await?;
        note(&transaction, admin, &hook.app, (AuditAct::WebhookEnabled, None)).await?;
    }
    finish(transaction, admin, id).await
}

/// Queues a delivery to one app that says nothing but that it comes.
///
/// # Errors
/// When there is no such app with an address.
pub async fn test_as(deps: &Deps, admin: &Admin, id: &str) -> Result<webhook_delivery::Model, Refusal> {
    let transaction = begin_as(deps, admin).await?;
    let hook = find(&transaction, admin, id).await?;
    let queued = webhooks::queue_test(&transaction, &hook.app).await?;
    transaction.commit().await?;
    Ok(queued)
}

/// Queues a delivery again, under its own id.
///
/// # Errors
/// When there is none of this id, or it waits already.
pub async fn replay_as(deps: &Deps, admin: &Admin, id: &str) -> Result<webhook_delivery::Model, Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "deliveryId", "your brand has no such delivery");
    let id: WebhookDeliveryId = id.parse().map_err(|_| unknown())?;
    let transaction = begin_as(deps, admin).await?;
    let known = (admin.brand(), id);
    let found = webhook_delivery::Entity::find_by_id(known).one(transaction.connection()).await?;
    if found.ok_or_else(unknown)?.state == WAITING {
        let message = "this delivery waits already; it is tried at `nextAttemptAt`";
        return Err(Mistake::new(MistakeCode::WrongState, "deliveryId", message).into());
    }
    webhook_delivery::Entity::update_many()
        .set(again(transaction.now()))
        .filter(webhook_delivery::Column::BrandId.eq(admin.brand()))
        .filter(webhook_delivery::Column::Id.eq(id))
        .exec(transaction.connection())
        .await?;
    let row = webhook_delivery::Entity::find_by_id(known).one(transaction.connection()).await?;
    transaction.commit().await?;
    Ok(row.ok_or_else(unknown)?)
}

/// Queues everything again that has failed since a time; how many deliveries.
///
/// # Errors
/// When there is no such app with an address.
pub async fn replay_failed_as(deps: &Deps, admin: &Admin, id: &str, since: Timestamp) -> Result<u64, Refusal> {
    let transaction = begin_as(deps, admin).await?;
    let hook = find(&transaction, admin, id).await?;
    let queued = webhook_delivery::Entity::update_many()
        .set(again(transaction.now()))
        .filter(webhook_delivery::Column::BrandId.eq(hook.app.brand_id))
        .filter(webhook_delivery::Column::AppId.eq(hook.app.id))
        .filter(webhook_delivery::Column::State.eq(WebhookDeliveryState::Failed))
        .filter(webhook_delivery::Column::QueuedAt.gte(since))
        .exec(transaction.connection())
        .await?;
    transaction.commit().await?;
    Ok(queued.rows_affected)
}

fn again(now: Timestamp) -> webhook_delivery::ActiveModel {
    webhook_delivery::ActiveModel {
        state: Set(WAITING),
        queued_at: Set(now),
        run_at: Set(Some(now)),
        attempts: Set(0),
        ..Default::default()
    }
}

/// The webhook of one of the administrator's apps; nobody else changes it until the transaction is over.
async fn find(transaction: &Transaction, admin: &Admin, id: &str) -> Result<Webhook, Refusal> {
    let app = apps::lock_as(transaction, admin, id).await?;
    if app.webhook_url.is_none() {
        let message = "this app has no webhook; give it an address with `updateApp`";
        return Err(Mistake::new(MistakeCode::WrongState, "appId", message).into());
    }
    let row = webhook::Entity::find_by_id((app.brand_id, app.id)).one(transaction.connection()).await?;
    Ok(Webhook { app, row })
}

/// The webhook as it is now, and the change is durable.
async fn finish(transaction: Transaction, admin: &Admin, id: &str) -> Result<Webhook, Refusal> {
    let hook = find(&transaction, admin, id).await?;
    transaction.commit().await?;
    Ok(hook)
}

async fn note(
    transaction: &Transaction,
    admin: &Admin,
    app: &app::Model,
    (act, details): (AuditAct, Option<(&'static str, String)>),
) -> Result<(), DbErr> {
    let details = [("clientId", app.client_id.clone())].into_iter().chain(details);
    audit::note(transaction, Author::Staff(admin.staff().id()), (app.brand_id, act), app.id, details).await
}

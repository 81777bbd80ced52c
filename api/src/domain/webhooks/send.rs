//! Deliveries on their way, as Standard Webhooks has them: at least once, in no particular order, until the address has taken
//! them or three days have passed.
//!
//! Each app has a lane of its own, and those whose address does not do well are seen to by another job: one that hangs holds up
//! nobody else. What a node had in hand when it died is tried again when its lease is over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use entity::ids::{AppId, BrandId};
use entity::kinds::{AppStatus, WebhookDeliveryState, WebhookFault};
use entity::values::Timestamp;
use entity::vault::Transaction;
use entity::{app, webhook, webhook_delivery};
use futures_util::StreamExt;
use futures_util::stream;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QuerySelect, QueryTrait, Set};

use super::{WAITING, Webhook};
use crate::deps::Deps;
use crate::outbound::NotTaken;
use crate::standard_webhooks;

/// Pauses after the first attempt, the second and so on, in seconds: 75 hours in all. Each is made up to a tenth longer or
/// shorter, so that what failed together does not come together again.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// What could not be tried by then, because the app is suspended or its webhook switched off, has failed.
const MOST_DAYS: i64 = 4;
/// Deliveries are kept for so many days.
const KEPT_DAYS: i64 = 30;
/// Whoever has a delivery in hand says by then what came of it.
const LEASE: i64 = 120 * 1_000;
/// Deliveries of one app that are taken at once.
const BATCH: u64 = 50;
/// And how many of them are under way together.
const TOGETHER: usize = 8;
/// Apps that are seen to together.
const LANES: usize = 32;
/// Whoever takes its time for so long gets no more in this batch, so that others are not held up.
const PATIENCE: i64 = 5 * 1_000;
/// After an address has failed for so long, what waits for it is tried at once when it does well again.
const LONG_MILLIS: i64 = 60 * 1_000;
/// The address is gone for good.
const GONE: u16 = 410;

/// Which addresses are seen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Those that did well last.
    Well,
    /// Those that did not.
    Failing,
}

/// Delivers what is due, a batch of each app; how many attempts were made.
///
/// # Errors
/// When the database cannot be asked.
pub async fn deliver(deps: &Deps, health: Health) -> Result<usize, DbErr> {
    let now = deps.vault.now().await?;
    let due = due(deps, health, now).await?;
    let lanes = stream::iter(due).map(|hook| lane(deps, hook)).buffer_unordered(LANES);
    let done: Vec<Result<usize, DbErr>> = lanes.collect().await;
    done.into_iter().sum()
}

/// The webhooks of active apps that something is due for.
async fn due(deps: &Deps, health: Health, now: Timestamp) -> Result<Vec<Webhook>, DbErr> {
    let reader = deps.vault.store.reader();
    let waits = webhook_delivery::Entity::find()
        .select_only()
        .expr(Expr::val(1))
        .filter(webhook_delivery::Column::BrandId.into_expr().equals((app::Entity, app::Column::BrandId)))
        .filter(webhook_delivery::Column::AppId.into_expr().equals((app::Entity, app::Column::Id)))
        .filter(webhook_delivery::Column::RunAt.lte(now))
        .into_query();
    let apps = app::Entity::find()
        .filter(app::Column::WebhookUrl.is_not_null())
        .filter(app::Column::Status.eq(AppStatus::Active))
        .filter(Expr::exists(waits))
        .all(reader)
        .await?;
    let hooks = load(deps, apps).await?;
    let is_asked = |hook: &Webhook| {
        let (failing, disabled) = hook.row.as_ref().map_or((None, None), |row| (row.failing_since, row.disabled_at));
        disabled.is_none() && failing.is_some() == (health == Health::Failing)
    };
    Ok(hooks.into_iter().filter(is_asked).collect())
}

/// Apps with how their webhooks do.
pub(super) async fn load(deps: &Deps, apps: Vec<app::Model>) -> Result<Vec<Webhook>, DbErr> {
    if apps.is_empty() {
        return Ok(Vec::new());
    }
    let rows = webhook::Entity::find()
        .filter(webhook::Column::BrandId.is_in(apps.iter().map(|app| app.brand_id)))
        .filter(webhook::Column::AppId.is_in(apps.iter().map(|app| app.id)))
        .all(deps.vault.store.reader())
        .await?;
    let mut rows: HashMap<AppId, webhook::Model> = rows.into_iter().map(|row| (row.app_id, row)).collect();
    Ok(apps.into_iter().map(|app| Webhook { row: rows.remove(&app.id), app }).collect())
}

/// What came of an attempt.
type Attempt = (webhook_delivery::Model, Result<u16, NotTaken>);

/// Delivers a batch of one app. Once an attempt has failed, or it takes long, no other of the batch is begun: they keep their
/// turn.
async fn lane(deps: &Deps, hook: Webhook) -> Result<usize, DbErr> {
    let batch = take(deps, &hook.app).await?;
    let (has_failed, began) = (AtomicBool::new(false), deps.vault.clock.now());
    let attempts = stream::iter(batch).map(|row| async {
        let is_slow = deps.vault.clock.now().millis_since(began) > PATIENCE;
        if is_slow || has_failed.load(Ordering::Relaxed) {
            return (row, None);
        }
        let answer = attempt(deps, &hook, &row).await;
        has_failed.fetch_or(answer.is_err(), Ordering::Relaxed);
        (row, Some(answer))
    });
    let all: Vec<_> = attempts.buffer_unordered(TOGETHER).collect().await;
    let (mut tried, mut untouched) = (Vec::new(), Vec::new());
    for (row, answer) in all {
        match answer {
            Some(answer) => tried.push((row, answer)),
            None => untouched.push(row),
        }
    }
    let count = tried.len();
    settle(deps, &hook, tried, untouched).await?;
    Ok(count)
}

/// Takes what is due for an app, the oldest first: nobody else does before the lease is over.
async fn take(deps: &Deps, app: &app::Model) -> Result<Vec<webhook_delivery::Model>, DbErr> {
    let now = deps.vault.now().await?;
    let of_app = webhook_delivery::Column::BrandId.eq(app.brand_id).and(webhook_delivery::Column::AppId.eq(app.id));
    let first = Query::select()
        .column(webhook_delivery::Column::Id)
        .from(webhook_delivery::Entity)
        .and_where(of_app.clone())
        .and_where(webhook_delivery::Column::RunAt.lte(now))
        .order_by(webhook_delivery::Column::RunAt, sea_orm::Order::Asc)
        .limit(BATCH)
        .take();
    let lease = webhook_delivery::ActiveModel { run_at: Set(Some(now.plus_millis(LEASE))), ..Default::default() };
    webhook_delivery::Entity::update_many()
        .set(lease)
        .filter(of_app)
        // Looked at again once another node's hand is off it.
        .filter(webhook_delivery::Column::RunAt.lte(now))
        .filter(webhook_delivery::Column::Id.in_subquery(first))
        .exec_with_returning(deps.vault.store.writer())
        .await
}

async fn attempt(deps: &Deps, hook: &Webhook, row: &webhook_delivery::Model) -> Result<u16, NotTaken> {
    let Some(address) = &hook.app.webhook_url else { return Err(NotTaken::Unreached) };
    let now = deps.vault.clock.now();
    let (id, sent) = (row.id.to_string(), now.as_seconds().to_string());
    let previous = hook
        .row
        .as_ref()
        .and_then(|row| row.previous_salt.as_deref().filter(|_| row.previous_until.is_some_and(|until| now < until)));
    let sign = |salt: &[u8]| {
        let secret = deps.vault.keys.webhook(hook.app.id, salt);
        standard_webhooks::sign(&secret, (&id, &sent), row.body.as_bytes())
    };
    let signatures: Vec<String> = [Some(hook.salt()), previous].into_iter().flatten().map(sign).collect();
    let headers =
        [("webhook-id", id.as_str()), ("webhook-timestamp", &sent), ("webhook-signature", &signatures.join(" "))];
    deps.messenger.post(address, &headers, row.body.clone()).await
}

/// Notes what came of a batch.
async fn settle(
    deps: &Deps,
    hook: &Webhook,
    tried: Vec<Attempt>,
    untouched: Vec<webhook_delivery::Model>,
) -> Result<(), DbErr> {
    let transaction = deps.vault.begin().await?;
    let now = transaction.now();
    let is_gone = tried.iter().any(|(_, answer)| *answer == Err(NotTaken::Refused(GONE)));
    let (is_well, has_failed) =
        (tried.iter().any(|(_, answer)| answer.is_ok()), tried.iter().any(|(_, answer)| answer.is_err()));
    for (row, answer) in tried {
        let change = outcome(&transaction, &row, answer);
        update(&transaction, &row, change).await?;
    }
    for row in untouched {
        let change = webhook_delivery::ActiveModel { run_at: Set(Some(now)), ..Default::default() };
        update(&transaction, &row, change).await?;
    }
    let failing_since = hook.row.as_ref().and_then(|row| row.failing_since);
    match (has_failed, failing_since) {
        (true, None) => note(&transaction, hook, Some(now)).await?,
        (false, Some(since)) if is_well => {
            note(&transaction, hook, None).await?;
            if since.plus_millis(LONG_MILLIS) < now {
                hurry(&transaction, (hook.app.brand_id, hook.app.id)).await?;
            }
        }
        _ => {}
    }
    if is_gone {
        disable(&transaction, hook).await?;
    }
    transaction.commit().await
}

fn outcome(
    transaction: &Transaction,
    row: &webhook_delivery::Model,
    answer: Result<u16, NotTaken>,
) -> webhook_delivery::ActiveModel {
    let now = transaction.now();
    let (status, fault) = match answer {
        Ok(status) => (Some(status), None),
        Err(NotTaken::Refused(status)) => (Some(status), Some(WebhookFault::Refused)),
        Err(NotTaken::Unreached) => (None, Some(WebhookFault::Unreached)),
        Err(NotTaken::NotPublic) => (None, Some(WebhookFault::NotPublic)),
    };
    let pause = usize::try_from(row.attempts).ok().and_then(|place| PAUSES.get(place));
    let (state, run_at) = match (fault, pause) {
        (None, _) => (WebhookDeliveryState::Delivered, None),
        (Some(_), Some(pause)) => (WAITING, Some(now.plus_millis(jittered(transaction, *pause)))),
        (Some(_), None) => (WebhookDeliveryState::Failed, None),
    };
    webhook_delivery::ActiveModel {
        state: Set(state),
        run_at: Set(run_at),
        attempts: Set(row.attempts.saturating_add(1)),
        last_attempt_at: Set(Some(now)),
        last_status: Set(status.map(i32::from)),
        last_fault: Set(fault),
        ..Default::default()
    }
}

/// A pause in milliseconds, from nine to eleven tenths of so many seconds.
fn jittered(transaction: &Transaction, seconds: i64) -> i64 {
    let [high, low] = transaction.entropy().bytes::<2>();
    let part = i64::from(u16::from_be_bytes([high, low]));
    seconds * (900 + 200 * part / i64::from(u16::MAX))
}

/// Whoever's lease is over changes nothing any more.
async fn update(
    transaction: &Transaction,
    row: &webhook_delivery::Model,
    change: webhook_delivery::ActiveModel,
) -> Result<(), DbErr> {
    webhook_delivery::Entity::update_many()
        .set(change)
        .filter(webhook_delivery::Column::BrandId.eq(row.brand_id))
        .filter(webhook_delivery::Column::Id.eq(row.id))
        .filter(webhook_delivery::Column::RunAt.eq(row.run_at))
        .exec(transaction.connection())
        .await
        .map(drop)
}

/// Notes since when an address fails, or that it does well again.
async fn note(transaction: &Transaction, hook: &Webhook, failing_since: Option<Timestamp>) -> Result<(), DbErr> {
    let row = webhook::ActiveModel {
        brand_id: Set(hook.app.brand_id),
        app_id: Set(hook.app.id),
        salt: Set(hook.salt().to_vec()),
        failing_since: Set(failing_since),
        ..Default::default()
    };
    let known = OnConflict::columns([webhook::Column::BrandId, webhook::Column::AppId])
        .update_column(webhook::Column::FailingSince)
        .to_owned();
    webhook::Entity::insert(row).on_conflict(known).exec_without_returning(transaction.connection()).await.map(drop)
}

/// Tries at once what an address would get later, because it failed before.
async fn hurry(transaction: &Transaction, (brand, app): (BrandId, AppId)) -> Result<(), DbErr> {
    let now = transaction.now();
    webhook_delivery::Entity::update_many()
        .set(webhook_delivery::ActiveModel { run_at: Set(Some(now)), ..Default::default() })
        .filter(webhook_delivery::Column::BrandId.eq(brand))
        .filter(webhook_delivery::Column::AppId.eq(app))
        // What comes sooner may be in somebody's hand.
        .filter(webhook_delivery::Column::RunAt.gt(now.plus_millis(LEASE)))
        .filter(webhook_delivery::Column::LastFault.is_not_null())
        .exec(transaction.connection())
        .await
        .map(drop)
}

async fn disable(transaction: &Transaction, hook: &Webhook) -> Result<(), DbErr> {
    webhook::Entity::update_many()
        .set(webhook::ActiveModel { disabled_at: Set(Some(transaction.now())), ..Default::default() })
        .filter(webhook::Column::BrandId.eq(hook.app.brand_id))
        .filter(webhook::Column::AppId.eq(hook.app.id))
        .exec(transaction.connection())
        .await
        .map(drop)
}

/// Gives up on what could not even be tried for days; how many deliveries.
///
/// # Errors
/// When the database cannot be asked.
pub async fn give_up(deps: &Deps) -> Result<usize, DbErr> {
    let long_ago = deps.vault.now().await?.minus_days(MOST_DAYS);
    let failed = webhook_delivery::ActiveModel {
        state: Set(WebhookDeliveryState::Failed),
        run_at: Set(None),
        ..Default::default()
    };
    let given_up = webhook_delivery::Entity::update_many()
        .set(failed)
        .filter(webhook_delivery::Column::RunAt.lt(long_ago))
        .exec(deps.vault.store.writer())
        .await?;
    Ok(usize::try_from(given_up.rows_affected).unwrap_or(usize::MAX))
}

/// Deletes deliveries that were over long ago; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget(deps: &Deps) -> Result<usize, DbErr> {
    let long_ago = deps.vault.now().await?.minus_days(KEPT_DAYS);
    let forgotten = webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::QueuedAt.lt(long_ago))
        .exec(deps.vault.store.writer())
        .await?;
    Ok(usize::try_from(forgotten.rows_affected).unwrap_or(usize::MAX))
}

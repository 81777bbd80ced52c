//! Webhooks and their deliveries, as a brand's administrators see them.

use async_graphql::{ID, SimpleObject};
use entity::kinds::{WebhookDeliveryState, WebhookEvent, WebhookFault};
use entity::values::Timestamp;
use entity::webhook_delivery;

use crate::domain::webhooks;

/// How an app is told what happens, as [Standard Webhooks](https://www.standardwebhooks.com) says: a POST of JSON (`type`,
/// `timestamp`, `data`) with `webhook-id`, `webhook-timestamp` and `webhook-signature`. Data are ids and times: the app asks for
/// more as it always does. It is told of the grants for the purposes that it is registered for, and of messages and replies if
/// CUSTOMER_CARE is one of them. Deliveries come at least once and in no particular order; any 2xx within 15 seconds takes one,
/// a redirect does not. What is not taken is tried ten times in three days; 410 switches the webhook off. For the brand's
/// administrators.
#[derive(SimpleObject)]
pub struct Webhook {
    /// The app that is told.
    app_id: ID,
    /// Its public identifier.
    client_id: String,
    /// Where.
    url: String,
    /// Since when no attempt has succeeded; null if the last one did.
    failing_since: Option<Timestamp>,
    /// Since when it is switched off, because its address said that it is gone (410); null if it is not. What happens meanwhile is
    /// kept for four days: see `enableWebhook`.
    disabled_at: Option<Timestamp>,
    /// Until when deliveries are signed by the secret before the newest too; null if they are not.
    old_secret_until: Option<Timestamp>,
}

impl From<webhooks::Webhook> for Webhook {
    fn from(hook: webhooks::Webhook) -> Self {
        let webhooks::Webhook { app, row } = hook;
        Self {
            app_id: app.id.into(),
            client_id: app.client_id,
            url: app.webhook_url.unwrap_or_default(),
            failing_since: row.as_ref().and_then(|row| row.failing_since),
            disabled_at: row.as_ref().and_then(|row| row.disabled_at),
            old_secret_until: row.as_ref().and_then(|row| row.previous_until),
        }
    }
}

/// Something that an app is told. For the brand's administrators.
#[derive(SimpleObject)]
pub struct WebhookDelivery {
    /// The delivery: `webhook-id`, the same with every attempt.
    id: ID,
    /// The app that is told.
    app_id: ID,
    /// What happened.
    event: WebhookEvent,
    /// What is sent, byte for byte.
    body: String,
    /// Where it stands.
    state: WebhookDeliveryState,
    /// When it was queued, or queued again by a replay.
    queued_at: Timestamp,
    /// When it is tried next; null once it is over.
    next_attempt_at: Option<Timestamp>,
    /// How often it was tried since it was queued.
    attempts: i32,
    /// When it was tried last.
    last_attempt_at: Option<Timestamp>,
    /// The HTTP status of the answer to the last attempt; null if there was none.
    last_status: Option<i32>,
    /// Why the last attempt did not deliver; null if it did, or there was none.
    last_fault: Option<WebhookFault>,
}

impl From<webhook_delivery::Model> for WebhookDelivery {
    fn from(row: webhook_delivery::Model) -> Self {
        Self {
            id: row.id.into(),
            app_id: row.app_id.into(),
            event: row.event,
            body: row.body,
            state: row.state,
            queued_at: row.queued_at,
            next_attempt_at: row.run_at,
            attempts: row.attempts,
            last_attempt_at: row.last_attempt_at,
            last_status: row.last_status,
            last_fault: row.last_fault,
        }
    }
}

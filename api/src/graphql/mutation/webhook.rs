//! Webhooks, looked after by their brand's administrators. Addresses are set with the app.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::values::Timestamp;

use crate::domain::apps::OVERLAP_HOURS;
use crate::domain::webhooks;
use crate::graphql::context::{ContextExt, admin};
use crate::graphql::types::user_error::payload;
use crate::graphql::types::webhook::{Webhook, WebhookDelivery};

/// Which app's deliveries get another secret.
#[derive(InputObject)]
pub struct RotateWebhookSecretInput {
    /// Which app.
    app_id: ID,
    /// For how many hours they are signed by the secret before it too, 168 at most; 24 if left out.
    overlap_hours: Option<i64>,
}

/// Which app.
#[derive(InputObject)]
pub struct EnableWebhookInput {
    /// Which app.
    app_id: ID,
}

/// Which app.
#[derive(InputObject)]
pub struct TestWebhookInput {
    /// Which app.
    app_id: ID,
}

/// Which delivery.
#[derive(InputObject)]
pub struct ReplayWebhookDeliveryInput {
    /// Which delivery.
    delivery_id: ID,
}

/// Which deliveries.
#[derive(InputObject)]
pub struct ReplayFailedWebhookDeliveriesInput {
    /// To which app.
    app_id: ID,
    /// Those that were queued at this time or later.
    since: Timestamp,
}

payload! {
    /// What another secret gives.
    RotateWebhookSecretPayload {
        /// The webhook as it is now.
        webhook: Webhook,
        /// Its new secret (`whsec_..`): told once.
        webhook_secret: String,
    }
}

payload! {
    /// What enabling gives.
    EnableWebhookPayload {
        /// The webhook as it is now.
        webhook: Webhook,
    }
}

payload! {
    /// What trying gives.
    TestWebhookPayload {
        /// The delivery: what came of it is seen in `Brand.webhookDeliveries` a second later.
        delivery: WebhookDelivery,
    }
}

payload! {
    /// What replaying gives.
    ReplayWebhookDeliveryPayload {
        /// The delivery, which waits again.
        delivery: WebhookDelivery,
    }
}

payload! {
    /// What replaying all gives.
    ReplayFailedWebhookDeliveriesPayload {
        /// How many deliveries wait again.
        replayed: u64,
    }
}

/// Brands' webhooks.
#[derive(Default)]
pub struct WebhookMutation;

#[Object]
impl WebhookMutation {
    /// Lets an app's deliveries be signed by a new secret; for a while they bear a signature by the one before it too, so that the
    /// receiver can change over. For administrators.
    async fn rotate_webhook_secret(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app.")] input: RotateWebhookSecretInput,
    ) -> Result<RotateWebhookSecretPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        let hours = input.overlap_hours.unwrap_or(OVERLAP_HOURS);
        match webhooks::rotate_as(deps, &admin, &input.app_id, hours).await {
            Ok((hook, secret)) => {
                let (webhook, webhook_secret) = (Some(hook.into()), Some(secret));
                Ok(RotateWebhookSecretPayload { webhook, webhook_secret, user_errors: Vec::new() })
            }
            Err(refusal) => RotateWebhookSecretPayload::refused(refusal),
        }
    }

    /// Tells an app again whose address had said that it was gone (410): first what has waited meanwhile. For administrators.
    async fn enable_webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app.")] input: EnableWebhookInput,
    ) -> Result<EnableWebhookPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match webhooks::enable_as(deps, &admin, &input.app_id).await {
            Ok(hook) => Ok(EnableWebhookPayload { webhook: Some(hook.into()), user_errors: Vec::new() }),
            Err(refusal) => EnableWebhookPayload::refused(refusal),
        }
    }

    /// Queues a delivery of type `webhook.test`. For administrators.
    async fn test_webhook(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which app.")] input: TestWebhookInput,
    ) -> Result<TestWebhookPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match webhooks::test_as(deps, &admin, &input.app_id).await {
            Ok(row) => Ok(TestWebhookPayload { delivery: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => TestWebhookPayload::refused(refusal),
        }
    }

    /// Queues a delivery again, whether it was taken or has failed, under the same id. For administrators.
    async fn replay_webhook_delivery(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which delivery.")] input: ReplayWebhookDeliveryInput,
    ) -> Result<ReplayWebhookDeliveryPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match webhooks::replay_as(deps, &admin, &input.delivery_id).await {
            Ok(row) => Ok(ReplayWebhookDeliveryPayload { delivery: Some(row.into()), user_errors: Vec::new() }),
            Err(refusal) => ReplayWebhookDeliveryPayload::refused(refusal),
        }
    }

    /// Queues everything again that an app was not told, once its address does well. For administrators.
    async fn replay_failed_webhook_deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which deliveries.")] input: ReplayFailedWebhookDeliveriesInput,
    ) -> Result<ReplayFailedWebhookDeliveriesPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match webhooks::replay_failed_as(deps, &admin, &input.app_id, input.since).await {
            Ok(count) => Ok(ReplayFailedWebhookDeliveriesPayload { replayed: Some(count), user_errors: Vec::new() }),
            Err(refusal) => ReplayFailedWebhookDeliveriesPayload::refused(refusal),
        }
    }
}

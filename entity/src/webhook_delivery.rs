//! Deliveries: what an app is told by its webhook, from when it happened until a month after.

use sea_orm::entity::prelude::*;

use crate::ids::{AppId, BrandId, WebhookDeliveryId};
use crate::kinds::{WebhookDeliveryState, WebhookEvent, WebhookFault};
use crate::values::Timestamp;

/// A row of `webhook_delivery`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_delivery")]
pub struct Model {
    /// The brand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The delivery: `webhook-id`, the same with every attempt, so that the receiver knows what it has got already.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    /// Who is told.
    pub app_id: AppId,
    /// What happened.
    pub event: WebhookEvent,
    /// The bytes that are sent and signed: JSON with ids and times, nothing personal.
    pub body: String,
    /// Where it stands.
    pub state: WebhookDeliveryState,
    /// When it was queued, or queued again by a replay.
    pub queued_at: Timestamp,
    /// When it is tried next; none once it is over.
    pub run_at: Option<Timestamp>,
    /// How often it was tried since it was queued.
    pub attempts: i32,
    /// When it was tried last.
    pub last_attempt_at: Option<Timestamp>,
    /// The status of the answer to the last attempt, if there was one.
    pub last_status: Option<i32>,
    /// Why the last attempt did not deliver.
    pub last_fault: Option<WebhookFault>,
}

/// None: joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

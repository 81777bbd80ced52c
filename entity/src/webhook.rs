//! Webhooks: how deliveries to an app are signed, and how its address does. The address itself stands with the app.

use sea_orm::entity::prelude::*;

use crate::ids::{AppId, BrandId};
use crate::values::Timestamp;

/// A row of `webhook`. An app that has none yet has an empty salt, and an address that does well.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook")]
pub struct Model {
    /// The brand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// Its app.
    #[sea_orm(primary_key, auto_increment = false)]
    pub app_id: AppId,
    /// What makes the secret ([`Keys::webhook`](crate::keys::Keys::webhook)) a new one.
    pub salt: Vec<u8>,
    /// The salt of the secret before it, during a rotation.
    pub previous_salt: Option<Vec<u8>>,
    /// Until when deliveries are signed by that one too (exclusive).
    pub previous_until: Option<Timestamp>,
    /// Since when no attempt has succeeded; none if the last one did.
    pub failing_since: Option<Timestamp>,
    /// Since when it is switched off: its address has said that it is gone for good (410).
    pub disabled_at: Option<Timestamp>,
}

/// None: joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Misses: lookups by a brand that found nobody. A row as large as a disclosure, so that work and time are alike.

use sea_orm::entity::prelude::*;

use crate::ids::{AppId, BrandId, DisclosureId};
use crate::kinds::Purpose;
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "miss")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DisclosureId,
    pub app_id: AppId,
    /// Random, in the place of the customer.
    pub nobody: Uuid,
    pub purpose: Option<Purpose>,
    pub revision: i64,
    pub occurred_at: Timestamp,
    pub key_id: i32,
    pub payload: Payload,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

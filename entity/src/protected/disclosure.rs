//! Disclosures: every lookup by a brand, answered or blocked. Only appended.
//!
//! A lookup that found nobody is written down too, under a random customer: statement, row and size are the same, so a
//! brand learns nothing from the work. Rows whose customer is not there are that brand's ledger of misses.

use sea_orm::entity::prelude::*;

use crate::ids::{AppId, BrandId, CustomerId, DisclosureId, GrantId, StaffId};
use crate::kinds::{Purpose, StaffRole};
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "disclosure")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DisclosureId,
    pub brand_id: BrandId,
    pub app_id: AppId,
    /// None for a read through `node`, which opens no scope.
    pub purpose: Option<Purpose>,
    /// The live grant, if there was one.
    pub grant_id: Option<GrantId>,
    pub grant_version: Option<i32>,
    /// The customer's consent revision in the snapshot that gave grants and values.
    pub revision: i64,
    pub occurred_at: Timestamp,
    /// The sealed list of fields and outcomes.
    pub key_id: i32,
    pub payload: Payload,
    /// Who looked, if it was a member of staff through the brand's console app, and in which role then.
    pub staff_id: Option<StaffId>,
    pub staff_role: Option<StaffRole>,
    /// Whether anything left; none in records from before this was noted.
    pub answered: Option<bool>,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

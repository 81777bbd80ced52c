//! The audit trail: every act on a brand's apps and people. Only appended. Ids and settings; no secret, nothing personal.

use std::collections::BTreeMap;

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ids::{AuditEntryId, BrandId, StaffId};
use crate::kinds::AuditAct;
use crate::values::Timestamp;

/// A row of `audit_entry`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
pub struct Model {
    /// Whose trail.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The act.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AuditEntryId,
    /// Who did it; none for the operator.
    pub staff_id: Option<StaffId>,
    /// What was done.
    pub act: AuditAct,
    /// To what: the id of an app, of a member of staff, or of the brand.
    pub subject: String,
    /// What exactly.
    pub details: Details,
    /// When.
    pub occurred_at: Timestamp,
}

/// What exactly was done, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Details(pub BTreeMap<String, String>);

/// None: tables of brands are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

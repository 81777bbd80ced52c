//! Sessions of staff. The row is checked on every request, so what ends one bites at once.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, StaffId, StaffSessionId};
use crate::kinds::StaffSessionEnd;
use crate::values::Timestamp;

/// A row of `staff_session`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff_session")]
pub struct Model {
    /// For whom they work.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StaffSessionId,
    /// Who it is.
    pub staff_id: StaffId,
    /// A keyed hash of the refresh token that is good next.
    pub refresh_hash: Vec<u8>,
    /// Of the one before it: used again, it ends the session.
    pub used_refresh_hash: Option<Vec<u8>>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when, however often it is refreshed.
    pub expires_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<StaffSessionEnd>,
}

/// None: tables of brands are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

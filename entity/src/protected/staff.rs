//! Staff: who works for a brand. Name and address are sealed under a key of their own; found by a keyed hash.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, StaffId};
use crate::kinds::{StaffRole, StaffStatus};
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staff")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StaffId,
    pub role: StaffRole,
    pub status: StaffStatus,
    /// A keyed hash of the address; none once they are removed.
    pub login: Option<Vec<u8>>,
    /// Sealed name and address; empty once they are removed.
    pub key_id: i32,
    pub payload: Payload,
    /// Argon2id in PHC form; none until the invitation is accepted.
    pub password_hash: Option<String>,
    /// A keyed hash of the invitation's secret; none once it is accepted.
    pub invitation_hash: Option<Vec<u8>>,
    pub invited_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub joined_at: Option<Timestamp>,
    pub removed_at: Option<Timestamp>,
}

/// None: the vault joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

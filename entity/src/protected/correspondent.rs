//! Correspondents: who writes to a brand, by the account they write from. Each has a data key of their own, under which all
//! that they and the brand say to each other is sealed.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, CorrespondentId, CustomerId};
use crate::values::{Channel, Timestamp};

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "correspondent")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CorrespondentId,
    pub channel: Channel,
    /// The keyed hash of the account, as the directory has it of a customer's; none once they are erased, or it is
    /// somebody else's.
    pub lookup: Option<Vec<u8>>,
    /// Sealed handle, account and name; empty once they are erased.
    pub key_id: i32,
    pub payload: Payload,
    pub created_at: Timestamp,
    /// The customer whose erasure took them out.
    pub erased_with: Option<CustomerId>,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

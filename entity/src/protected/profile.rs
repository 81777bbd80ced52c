//! Pairwise ids: how one brand knows one customer. Random, so that nothing can be computed from them.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, CustomerId, ProfileId};
use crate::values::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "profile")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    pub id: ProfileId,
    pub created_at: Timestamp,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

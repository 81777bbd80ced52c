//! Brands: organisations that customers write to.

use sea_orm::entity::prelude::*;

use crate::ids::BrandId;
use crate::values::Timestamp;

/// A row of `brand`. Small and read everywhere: a reference table in a sharded deployment.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "brand")]
pub struct Model {
    /// The brand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BrandId,
    /// Its short name in inputs; never changes.
    #[sea_orm(unique)]
    pub slug: String,
    /// Its name as customers know it.
    pub name: String,
    /// Since when it is registered.
    pub created_at: Timestamp,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

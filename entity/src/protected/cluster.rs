//! Clusters: a customer's data, one row per (customer, scope). The scope is the unit of consent and of disclosure.

use sea_orm::entity::prelude::*;

use crate::ids::CustomerId;
use crate::scope::Scope;
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cluster")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: Scope,
    pub key_id: i32,
    pub payload: Payload,
    pub changed_at: Timestamp,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

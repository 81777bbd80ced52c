//! Idempotency keys that were used: a repeated request does nothing a second time.

use sea_orm::entity::prelude::*;

use crate::ids::CustomerId;
use crate::values::Timestamp;

/// A row of `idempotency`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    /// Whose request it was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// A keyed hash of the caller's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// When it was used first.
    pub used_at: Timestamp,
}

/// None: keys are looked up by customer.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

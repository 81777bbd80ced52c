//! Authenticators: the secret that a customer's app makes its codes from (RFC 6238). One per customer.

use sea_orm::entity::prelude::*;

use crate::ids::CustomerId;
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authenticator")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The sealed secret.
    pub key_id: i32,
    pub payload: Payload,
    pub created_at: Timestamp,
    /// Since when sign-ins want it; none until a first code has shown that the app has the secret.
    pub confirmed_at: Option<Timestamp>,
    /// The time step of the newest code that was accepted: neither it nor an older one is accepted again.
    pub last_step: Option<i64>,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Credentials: the address a customer signs in with, and a hash of their password.

use sea_orm::entity::prelude::*;

use crate::ids::CustomerId;
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The sealed address.
    pub key_id: i32,
    pub payload: Payload,
    /// Argon2id in PHC form; none until an imported account is claimed.
    pub password_hash: Option<String>,
    pub changed_at: Timestamp,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

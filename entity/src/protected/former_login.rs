//! Addresses that a customer signed in with before: for some days whoever reads there can take the change back.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, FormerLoginId};
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "former_login")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FormerLoginId,
    /// Where the directory keeps the address from being taken meanwhile.
    pub lookup: Vec<u8>,
    /// The sealed address.
    pub key_id: i32,
    pub payload: Payload,
    /// A keyed hash of the secret that was mailed to it.
    pub secret_hash: Vec<u8>,
    pub replaced_at: Timestamp,
    /// From then on it is over.
    pub until: Timestamp,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

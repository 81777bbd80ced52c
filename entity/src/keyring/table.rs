//! Wrapped data keys: the one table of the keyring's store.

use sea_orm::entity::prelude::*;

use crate::values::Timestamp;

use super::Holder;

#[derive(Clone, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_key")]
pub struct Model {
    /// Whose; the column is named after those who were the first to have keys.
    #[sea_orm(primary_key, auto_increment = false, column_name = "customer_id")]
    pub holder: Holder,
    /// The operator's key that it is wrapped under.
    pub wrapping_id: i32,
    /// Nonce, wrapped key and tag.
    pub wrapped: Vec<u8>,
    pub created_at: Timestamp,
}

/// Nobody prints a key, not even a wrapped one.
impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Model(…)")
    }
}

/// None: the keyring is one table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

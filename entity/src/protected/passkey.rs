//! Passkeys: public keys of customers' authenticators. What is secret of them never leaves the authenticator.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, PasskeyId};
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PasskeyId,
    /// Where the directory has the credential id, so that it is one customer's only.
    pub lookup: Vec<u8>,
    /// The sealed credential id, public key and name.
    pub key_id: i32,
    pub payload: Payload,
    /// How often the authenticator has signed, as it says; zero where it does not count.
    pub counter: i64,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
    /// Since when it opens the account without the password; none from a recovery until it was used beside the new one.
    pub alone_since: Option<Timestamp>,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

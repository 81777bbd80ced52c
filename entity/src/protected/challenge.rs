//! Challenges: codes that were sent to prove a handle or to claim an account, or that are to be sent from a handle. Only a keyed hash of the code is kept.

use sea_orm::entity::prelude::*;

use crate::ids::{ChallengeId, CustomerId};
use crate::values::{Channel, Timestamp};

use super::sealed::Payload;

/// What a right answer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Kind {
    /// Links the handle.
    #[sea_orm(string_value = "LINK")]
    Link,
    /// Links the handle, by a message that is sent from it.
    #[sea_orm(string_value = "MESSAGE")]
    Message,
    /// Gives an imported account to the owner of its address.
    #[sea_orm(string_value = "CLAIM")]
    Claim,
    /// Lets the owner of the account's address set a new password.
    #[sea_orm(string_value = "RESET")]
    Reset,
    /// Lets the customer sign in with the address that it went to.
    #[sea_orm(string_value = "ADDRESS")]
    Address,
    /// Shows that a session is still its customer's.
    #[sea_orm(string_value = "PROOF")]
    Proof,
}

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "challenge")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ChallengeId,
    pub kind: Kind,
    pub channel: Channel,
    /// A keyed hash of the handle, to count the codes that go there.
    pub target: Vec<u8>,
    pub issued_at: Timestamp,
    /// The sealed handle that is to be proven.
    pub key_id: i32,
    pub payload: Payload,
    pub code_hash: Vec<u8>,
    /// Answers so far.
    pub attempts: i32,
    pub expires_at: Timestamp,
    /// When it was answered rightly; good for once.
    pub completed_at: Option<Timestamp>,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

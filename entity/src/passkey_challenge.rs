//! Challenges that a passkey is to answer: each is good for one answer, for one purpose, to whom it was given.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, SessionId};
use crate::kinds::PasskeyPurpose;
use crate::values::Timestamp;

/// A row of `passkey_challenge`, found by what the authenticator has signed. It is taken out when it is answered.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey_challenge")]
pub struct Model {
    /// A keyed hash of the challenge.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// What the answer is for.
    pub purpose: PasskeyPurpose,
    /// Who is to answer; none while somebody signs in.
    pub customer_id: Option<CustomerId>,
    /// In which session; none before there is one.
    pub session_id: Option<SessionId>,
    /// When it was given out.
    pub issued_at: Timestamp,
    /// Until when it can be answered.
    pub expires_at: Timestamp,
}

/// None: challenges are found by their hash.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

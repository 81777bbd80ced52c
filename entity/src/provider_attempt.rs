//! Attempts to prove who one is at a provider: whoever was sent there has to come back with the same browser.

use sea_orm::entity::prelude::*;

use crate::ids::{ChallengeId, CustomerId, SessionId};
use crate::kinds::AttemptKind;
use crate::values::Timestamp;

/// A row of `provider_attempt`, found by what the browser brings back. It is taken out when it is used.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provider_attempt")]
pub struct Model {
    /// A keyed hash of the state that went along.
    #[sea_orm(primary_key, auto_increment = false)]
    pub state_hash: Vec<u8>,
    /// The attempt.
    pub id: ChallengeId,
    /// What it is for.
    pub kind: AttemptKind,
    /// The provider's name here.
    pub provider: String,
    /// The customer who began it; none while somebody signs in.
    pub customer_id: Option<CustomerId>,
    /// And their session: when it ends, the attempt comes to nothing.
    pub session_id: Option<SessionId>,
    /// A keyed hash of the browser's cookie.
    pub cookie_hash: Vec<u8>,
    /// When it began.
    pub begun_at: Timestamp,
    /// Until when it can be finished.
    pub expires_at: Timestamp,
}

/// None: attempts are found by their hash.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

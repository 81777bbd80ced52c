//! Consent events, as the customer sees them.

use async_graphql::{ID, SimpleObject};
use entity::consent_event;
use entity::kinds::{ConsentActor, ConsentEventKind};
use entity::values::Timestamp;

/// Something that happened to a grant. Never changed, only appended. For the customer only.
#[derive(SimpleObject)]
pub struct ConsentEvent {
    /// Its place in the order of all the customer's consent events.
    revision: i64,
    /// What happened.
    kind: ConsentEventKind,
    /// Who caused it.
    actor: ConsentActor,
    /// The grant's version after it.
    version: i32,
    /// Why, if an operator did it and said so.
    reason: Option<String>,
    /// The brand's request that it answered; null if it answered none.
    request_id: Option<ID>,
    /// When it took effect.
    occurred_at: Timestamp,
}

impl From<consent_event::Model> for ConsentEvent {
    fn from(row: consent_event::Model) -> Self {
        Self {
            revision: row.revision,
            kind: row.kind,
            actor: row.actor,
            version: row.version,
            reason: row.reason,
            request_id: row.request_id.map(Into::into),
            occurred_at: row.occurred_at,
        }
    }
}

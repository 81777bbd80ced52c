//! A brand's feed of changes.

use async_graphql::{ID, SimpleObject};
use entity::kinds::{ConsentEventKind, GrantState, Purpose};
use entity::scope::Scope;
use entity::values::Timestamp;
use entity::vault::changes::Change;

use crate::domain::consent::state_at;

/// Something that happened to a grant of the brand's. For the brand's own apps that are registered for the purpose.
#[derive(SimpleObject)]
pub struct GrantChange {
    /// The change: the same however often it is read.
    id: ID,
    /// What happened.
    kind: ConsentEventKind,
    /// When it took effect.
    at: Timestamp,
    /// Whether the customer asks, with this ending, that the brand delete what it holds of them, or has erased their account,
    /// which asks the same: GDPR article 17(1)(b) then binds the brand, unless it has another legal ground to keep some of
    /// it. False for what is no ending by the customer.
    deletion_wanted: bool,
    /// The grant.
    grant_id: ID,
    /// The brand's own id of the customer, which finds nobody once they are erased. Null if it was known to nobody any more
    /// when the change was noted.
    profile_id: Option<ID>,
    /// For what the grant is.
    purpose: Purpose,
    /// The grant's version after this change.
    version: i32,
    /// What could be read after this change, while the grant was active.
    scopes: Vec<Scope>,
    /// When the grant was to end after this change.
    expires_at: Timestamp,
    /// Where the grant stands now, whatever happened since: act on this.
    now: GrantStanding,
}

/// Where a grant stands now. For the brand's own apps that are registered for the purpose.
#[derive(SimpleObject)]
pub struct GrantStanding {
    /// Its state; only ACTIVE permits reads.
    state: GrantState,
    /// What may be read while it is active.
    scopes: Vec<Scope>,
    /// From then on it permits nothing.
    expires_at: Timestamp,
}

impl GrantChange {
    /// As it looks at a time.
    pub fn seen_at(change: Change, now: Timestamp) -> Self {
        let Change { place, kind, at, deletion_wanted, profile, version, grant } = change;
        Self {
            id: place.id.into(),
            kind,
            at,
            deletion_wanted,
            grant_id: grant.id.into(),
            profile_id: profile.map(Into::into),
            purpose: grant.purpose,
            version: version.version,
            scopes: version.pins.scopes().iter().collect(),
            expires_at: version.expires_at,
            now: GrantStanding {
                state: state_at(&grant, now),
                scopes: grant.scopes.iter().collect(),
                expires_at: grant.expires_at,
            },
        }
    }
}

//! What a decision rests on: the grants of one customer as one snapshot shows them, and the question.

use crate::ids::{BrandId, GrantId};
use crate::kinds::{GrantState, Purpose};
use crate::scope::{Pins, Scope, ScopeSet};
use crate::values::Timestamp;

use super::period::Period;

/// A grant as the law sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRecord {
    /// The grant.
    pub id: GrantId,
    /// Its current version.
    pub version: i32,
    /// Who may read.
    pub brand: BrandId,
    /// For what.
    pub purpose: Purpose,
    /// Where it stands.
    pub state: GrantState,
    /// What may be read, each scope at the version agreed to.
    pub pins: Pins,
    /// Scopes that an earlier version held.
    pub withdrawn: ScopeSet,
    /// When it holds.
    pub period: Period,
}

impl GrantRecord {
    /// Open (active or paused) and within its dates: the brand may know that the profile is there.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.state.is_open() && self.period.holds(now)
    }

    /// Whether this grant, by itself, permits reading the scope now.
    #[must_use]
    pub fn permits(&self, scope: Scope, now: Timestamp) -> bool {
        self.state == GrantState::Active && self.period.holds(now) && self.pins.version(scope).is_some()
    }
}

/// One customer's grants and switch, all from one snapshot. Empty denies everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ledger {
    /// In any order; of any brand, any purpose, any state.
    pub grants: Vec<GrantRecord>,
    /// The customer wants no direct marketing (GDPR article 21(3)): whatever was granted for it stands no more.
    pub marketing_blocked: bool,
}

impl Ledger {
    /// Whether the customer's switch forbids this purpose, whatever was granted. It can only deny.
    #[must_use]
    pub const fn blocks(&self, purpose: Purpose) -> bool {
        self.marketing_blocked && purpose.is_marketing()
    }
}

/// What the operator lets an app do, from a live row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppStanding {
    /// Not suspended, and its secret is still the one it signed in with.
    pub active: bool,
    /// The scopes it is registered for.
    pub scopes: ScopeSet,
    /// The purposes it is registered for, as [`Purpose::bit`]s.
    pub purposes: i64,
}

impl AppStanding {
    /// Whether it is registered for a purpose.
    #[must_use]
    pub const fn may_declare(&self, purpose: Purpose) -> bool {
        self.purposes & purpose.bit() != 0
    }
}

/// Who asks, why, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// The brand of the calling app.
    pub brand: BrandId,
    /// The app's standing.
    pub app: AppStanding,
    /// The operation's one declared purpose; none permits nothing.
    pub purpose: Option<Purpose>,
    /// The database's time in the statement that read the ledger.
    pub now: Timestamp,
}

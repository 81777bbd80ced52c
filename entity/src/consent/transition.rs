//! Which event may follow in which state, and what changing a grant amounts to.

use crate::kinds::{ConsentEventKind, GrantState};
use crate::scope::{Pins, ScopeSet};
use crate::values::Timestamp;

/// The state after an event, or none if the event cannot happen in this state. Terminal states never reopen.
#[must_use]
pub const fn next_state(state: GrantState, event: ConsentEventKind) -> Option<GrantState> {
    use ConsentEventKind as Event;
    use GrantState as State;
    match (state, event) {
        (State::Active, Event::Narrowed | Event::Widened | Event::Renewed) => Some(State::Active),
        (State::Paused, Event::Narrowed) => Some(State::Paused),
        (State::Active, Event::Paused) => Some(State::Paused),
        (State::Paused, Event::Resumed) => Some(State::Active),
        (State::Active | State::Paused, Event::Withdrawn) => Some(State::Withdrawn),
        (State::Active | State::Paused, Event::Revoked) => Some(State::Revoked),
        (State::Active | State::Paused, Event::Expired) => Some(State::Expired),
        (State::Active | State::Paused, Event::Invalidated) => Some(State::Invalidated),
        _ => None,
    }
}

/// What a changed grant would allow that it does not now, and what it would no longer allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Scopes that would join.
    pub added: ScopeSet,
    /// Scopes that would go.
    pub removed: ScopeSet,
    /// The end as it is.
    pub expires_from: Timestamp,
    /// The end as it would be.
    pub expires_to: Timestamp,
}

impl Difference {
    /// What it means to go from one version to the other. A scope at a later version counts as added.
    #[must_use]
    pub fn between(old: (&Pins, Timestamp), new: (&Pins, Timestamp)) -> Self {
        let added = new.0.0.iter().filter(|(scope, version)| old.0.version(**scope).is_none_or(|had| had < **version));
        Self {
            added: added.map(|(scope, _)| *scope).collect(),
            removed: old.0.scopes().without(new.0.scopes()),
            expires_from: old.1,
            expires_to: new.1,
        }
    }

    /// More is allowed, or for longer: needs an explicit act on a screen that shows the difference.
    #[must_use]
    pub fn widens(&self) -> bool {
        !self.added.is_empty() || self.expires_to > self.expires_from
    }

    /// Of these scopes, which it is to hold, those that it would hold anew or for longer.
    #[must_use]
    pub fn grows_by(&self, held: ScopeSet) -> ScopeSet {
        if self.expires_to > self.expires_from { held } else { self.added }
    }

    /// Longer, and nothing more: what is agreed to again is what was agreed to before.
    #[must_use]
    pub fn renews(&self) -> bool {
        self.added.is_empty() && self.expires_to > self.expires_from
    }

    /// Nothing would change.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.expires_to == self.expires_from
    }
}

//! A brand's request: how long it waits, what the brand is told of it, and what may answer it.

use crate::consent_request::AskedScopes;
use crate::kinds::{RequestState, RequestStatus};
use crate::scope::{Pins, ScopeSet};
use crate::values::Timestamp;

/// When nothing else is said, a request waits for so many days.
pub const DEFAULT_WAIT_DAYS: i64 = 14;
/// No request waits longer than so many days.
pub const MAXIMUM_WAIT_DAYS: i64 = 30;
/// After a refusal the same brand cannot ask the same customer for the same purpose for so many days.
pub const REST_DAYS: i64 = 90;

/// Why an answer is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerFault {
    /// Nothing was chosen.
    Nothing,
    /// These were chosen and not asked for.
    NotAsked(ScopeSet),
    /// These are required and were not chosen.
    Missing(ScopeSet),
}

impl AskedScopes {
    /// All of them without their versions.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.0.iter().map(|asked| asked.scope).collect()
    }

    /// What an answer pins: every chosen scope at the version of the request.
    ///
    /// # Errors
    /// When nothing is chosen, something that was not asked for, or not everything that is required.
    pub fn answered(&self, chosen: ScopeSet) -> Result<Pins, AnswerFault> {
        if chosen.is_empty() {
            return Err(AnswerFault::Nothing);
        }
        let beyond = chosen.without(self.scopes());
        if !beyond.is_empty() {
            return Err(AnswerFault::NotAsked(beyond));
        }
        let required: ScopeSet = self.0.iter().filter(|asked| asked.required).map(|asked| asked.scope).collect();
        let missing = required.without(chosen);
        if !missing.is_empty() {
            return Err(AnswerFault::Missing(missing));
        }
        let pinned = self.0.iter().filter(|asked| chosen.contains(asked.scope));
        Ok(Pins(pinned.map(|asked| (asked.scope, asked.version)).collect()))
    }
}

/// Where a request stands now: its date counts even if nobody has written the lapse down.
#[must_use]
pub fn state_at(state: RequestState, lapses_at: Timestamp, now: Timestamp) -> RequestState {
    if state == RequestState::Requested && lapses_at <= now { RequestState::Lapsed } else { state }
}

/// What the brand is told: until it lapses, a refusal looks like nobody's having opened it; and after that too.
#[must_use]
pub fn status_at(state: RequestState, lapses_at: Timestamp, now: Timestamp) -> RequestStatus {
    match state {
        RequestState::Given => RequestStatus::Given,
        RequestState::Requested | RequestState::Refused | RequestState::Lapsed if now < lapses_at => {
            RequestStatus::Pending
        }
        RequestState::Requested | RequestState::Refused | RequestState::Lapsed => RequestStatus::Lapsed,
    }
}

/// The pins of a grant after an answer: what was asked for becomes as it was answered, everything else stays. A scope that
/// was agreed to at a later version keeps it.
#[must_use]
pub fn merged(held: &Pins, asked: ScopeSet, answered: &Pins) -> Pins {
    let mut pins = held.clone();
    pins.0.retain(|scope, _| !asked.contains(*scope));
    for (scope, version) in &answered.0 {
        pins.0.insert(*scope, held.version(*scope).map_or(*version, |had| had.max(*version)));
    }
    pins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent_request::AskedScope;
    use crate::scope::Scope;

    fn asked() -> AskedScopes {
        let one = |scope, version, required| AskedScope { scope, version, required, reason: "because".into() };
        AskedScopes(vec![one(Scope::Name, 1, true), one(Scope::Area, 2, true), one(Scope::Context, 1, false)])
    }

    fn set(scopes: &[Scope]) -> ScopeSet {
        scopes.iter().copied().collect()
    }

    fn pins(pins: &[(Scope, u16)]) -> Pins {
        Pins(pins.iter().copied().collect())
    }

    #[test]
    fn an_answer_has_all_that_is_required_and_nothing_that_was_not_asked_for() {
        let answer = |scopes: &[Scope]| asked().answered(set(scopes));
        assert_eq!(answer(&[]), Err(AnswerFault::Nothing));
        assert_eq!(answer(&[Scope::Name]), Err(AnswerFault::Missing(set(&[Scope::Area]))));
        assert_eq!(answer(&[Scope::Context]), Err(AnswerFault::Missing(set(&[Scope::Name, Scope::Area]))));
        assert_eq!(answer(&[Scope::Name, Scope::Contact]), Err(AnswerFault::NotAsked(set(&[Scope::Contact]))));
        assert_eq!(answer(&[Scope::Area, Scope::Name]), Ok(pins(&[(Scope::Name, 1), (Scope::Area, 2)])));
        let all = pins(&[(Scope::Name, 1), (Scope::Area, 2), (Scope::Context, 1)]);
        assert_eq!(answer(&[Scope::Name, Scope::Area, Scope::Context]), Ok(all));
    }

    #[test]
    fn what_was_not_asked_for_stays_and_a_later_version_is_kept() {
        let held = pins(&[(Scope::Name, 3), (Scope::Contact, 1), (Scope::Context, 1)]);
        let answered = pins(&[(Scope::Name, 1), (Scope::Area, 2)]);
        let expected = pins(&[(Scope::Name, 3), (Scope::Contact, 1), (Scope::Area, 2)]);
        assert_eq!(merged(&held, asked().scopes(), &answered), expected);
    }

    #[test]
    fn the_brand_is_told_the_same_whatever_became_of_a_request_that_was_not_given() {
        let at = Timestamp::from_millis;
        for (state, before, after) in [
            (RequestState::Requested, RequestStatus::Pending, RequestStatus::Lapsed),
            (RequestState::Refused, RequestStatus::Pending, RequestStatus::Lapsed),
            (RequestState::Lapsed, RequestStatus::Pending, RequestStatus::Lapsed),
            (RequestState::Given, RequestStatus::Given, RequestStatus::Given),
        ] {
            assert_eq!(status_at(state, at(10), at(9)), before, "{state:?}");
            assert_eq!(status_at(state, at(10), at(10)), after, "{state:?}");
        }
    }

    #[test]
    fn only_what_waits_lapses() {
        let at = Timestamp::from_millis;
        assert_eq!(state_at(RequestState::Requested, at(10), at(9)), RequestState::Requested);
        assert_eq!(state_at(RequestState::Requested, at(10), at(10)), RequestState::Lapsed);
        assert_eq!(state_at(RequestState::Refused, at(10), at(10)), RequestState::Refused);
    }
}

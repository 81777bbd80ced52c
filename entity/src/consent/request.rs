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

/// Where a request stands now: given or not, and else by its date. Who has opened or refused it does not come into it.
#[must_use]
pub fn status_at(given_at: Option<Timestamp>, lapses_at: Timestamp, now: Timestamp) -> RequestStatus {
    match given_at {
        Some(_) => RequestStatus::Given,
        None if now < lapses_at => RequestStatus::Pending,
        None => RequestStatus::Lapsed,
    }
}

/// Where a customer's opening of a request stands now: one that they have not answered waits as long as the request does,
/// even if nobody has written its end down.
#[must_use]
pub const fn state_at(state: RequestState, request: RequestStatus) -> RequestState {
    match (state, request) {
        (RequestState::Requested, RequestStatus::Given | RequestStatus::Lapsed) => RequestState::Lapsed,
        (state, _) => state,
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
    fn a_request_is_pending_until_its_date_and_given_stays_given() {
        let at = Timestamp::from_millis;
        assert_eq!(status_at(None, at(10), at(9)), RequestStatus::Pending);
        assert_eq!(status_at(None, at(10), at(10)), RequestStatus::Lapsed);
        assert_eq!(status_at(Some(at(9)), at(10), at(9)), RequestStatus::Given);
        assert_eq!(status_at(Some(at(9)), at(10), at(10)), RequestStatus::Given);
    }

    #[test]
    fn only_what_waits_lapses_and_it_waits_as_long_as_the_request() {
        use {RequestState as State, RequestStatus as Status};
        assert_eq!(state_at(State::Requested, Status::Pending), State::Requested);
        assert_eq!(state_at(State::Requested, Status::Lapsed), State::Lapsed);
        assert_eq!(state_at(State::Requested, Status::Given), State::Lapsed, "somebody else was the first to give");
        for answered in [State::Given, State::Refused, State::Lapsed] {
            for status in Status::ALL {
                assert_eq!(state_at(answered, *status), answered);
            }
        }
    }
}

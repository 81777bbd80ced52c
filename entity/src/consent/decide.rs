//! Whether one scope may leave, and if not, why.

use crate::ids::GrantId;
use crate::kinds::{AccessStatus, GrantState};
use crate::scope::Scope;

use super::ledger::{Ask, GrantRecord, Ledger};

/// The law's answer for one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The value may leave under this grant version, at the scope version it pins.
    Permit {
        /// The grant that permits it.
        grant: GrantId,
        /// Its version.
        version: i32,
        /// The scope version that was agreed to.
        pinned: u16,
    },
    /// The value stays.
    Deny(Denial),
}

/// Why a value stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// The app is suspended, or not registered for this scope or purpose.
    Forbidden,
    /// No grant of this brand for this purpose covers the scope.
    NotGranted,
    /// The grant is halted.
    Paused,
    /// There is a grant, and the customer wants no direct marketing from anybody. They read it as PAUSED: the grant is
    /// as it was, permits nothing, and would again if they switched direct marketing on. No other of the five says so.
    MarketingBlocked,
    /// The customer took it back.
    Withdrawn,
    /// Its date has come.
    Expired,
}

impl From<Decision> for AccessStatus {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Permit { .. } => Self::Granted,
            Decision::Deny(Denial::Forbidden | Denial::NotGranted) => Self::NotGranted,
            Decision::Deny(Denial::Paused | Denial::MarketingBlocked) => Self::Paused,
            Decision::Deny(Denial::Withdrawn) => Self::Withdrawn,
            Decision::Deny(Denial::Expired) => Self::Expired,
        }
    }
}

/// Decides one scope. Deny is the default: every condition must hold.
#[must_use]
pub fn decide(ledger: &Ledger, ask: &Ask, scope: Scope) -> Decision {
    let Some(purpose) = ask.purpose else { return Decision::Deny(Denial::NotGranted) };
    if !ask.app.active || !ask.app.may_declare(purpose) || !ask.app.scopes.contains(scope) {
        return Decision::Deny(Denial::Forbidden);
    }
    if ledger.blocks(purpose) {
        return Decision::Deny(why_blocked(ledger, ask, scope));
    }
    match standing(ledger, ask) {
        Some(grant) => under(grant, ask, scope),
        None => Decision::Deny(why_none(ledger, ask, scope)),
    }
}

/// The live grant of this brand for this purpose: the one that makes the profile visible at all. The customer's switch
/// comes first: while they block the purpose, no grant for it stands.
#[must_use]
pub fn standing<'l>(ledger: &'l Ledger, ask: &Ask) -> Option<&'l GrantRecord> {
    if ask.purpose.is_none_or(|purpose| ledger.blocks(purpose)) {
        return None;
    }
    live(ledger, ask)
}

fn live<'l>(ledger: &'l Ledger, ask: &Ask) -> Option<&'l GrantRecord> {
    of_ask(ledger, ask).find(|grant| grant.is_live(ask.now))
}

fn of_ask<'l>(ledger: &'l Ledger, ask: &Ask) -> impl Iterator<Item = &'l GrantRecord> {
    let (brand, purpose) = (ask.brand, ask.purpose);
    ledger.grants.iter().filter(move |grant| grant.brand == brand && Some(grant.purpose) == purpose)
}

fn under(grant: &GrantRecord, ask: &Ask, scope: Scope) -> Decision {
    match grant.pins.version(scope) {
        Some(pinned) if grant.permits(scope, ask.now) => {
            Decision::Permit { grant: grant.id, version: grant.version, pinned }
        }
        Some(_) => Decision::Deny(Denial::Paused),
        None if grant.withdrawn.contains(scope) => Decision::Deny(Denial::Withdrawn),
        None => Decision::Deny(Denial::NotGranted),
    }
}

/// For the customer's own view of what happened: where nothing would have left anyway, the switch is not the reason.
fn why_blocked(ledger: &Ledger, ask: &Ask, scope: Scope) -> Denial {
    match live(ledger, ask).map(|grant| under(grant, ask, scope)) {
        Some(Decision::Permit { .. }) => Denial::MarketingBlocked,
        Some(Decision::Deny(denial)) => denial,
        None => why_none(ledger, ask, scope),
    }
}

/// For the customer's own view of what happened; a brand sees a null profile whatever the reason.
fn why_none(ledger: &Ledger, ask: &Ask, scope: Scope) -> Denial {
    let latest = of_ask(ledger, ask)
        .filter(|grant| grant.period.from <= ask.now)
        .filter(|grant| grant.pins.version(scope).is_some() || grant.withdrawn.contains(scope))
        .max_by_key(|grant| (grant.period.from, grant.version));
    match latest.map(|grant| grant.state) {
        Some(GrantState::Withdrawn | GrantState::Revoked | GrantState::Invalidated) => Denial::Withdrawn,
        Some(GrantState::Active | GrantState::Paused | GrantState::Expired) => Denial::Expired,
        None => Denial::NotGranted,
    }
}

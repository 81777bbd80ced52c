//! The law as properties: whatever the ledger, these hold.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

use super::*;
use crate::ids::{BrandId, GrantId};
use crate::kinds::{ConsentEventKind, GrantState, Purpose};
use crate::scope::{Pins, Scope, ScopeSet};
use crate::values::Timestamp;

fn brand() -> impl Strategy<Value = BrandId> {
    (0u128..3).prop_map(|n| BrandId(Uuid::from_u128(n)))
}

fn purpose() -> impl Strategy<Value = Purpose> {
    select(Purpose::ALL)
}

fn scopes() -> impl Strategy<Value = ScopeSet> {
    (0i64..128).prop_map(ScopeSet)
}

fn grant() -> impl Strategy<Value = GrantRecord> {
    let pins = btree_map(select(Scope::ALL), 1u16..3, 0..7).prop_map(Pins);
    let period = (0i64..100, 1i64..100).prop_map(|(from, length)| Period {
        from: Timestamp::from_millis(from),
        until: Timestamp::from_millis(from + length),
    });
    (any::<u128>(), 1i32..5, brand(), purpose(), select(GrantState::ALL), pins, scopes(), period).prop_map(
        |(id, version, brand, purpose, state, pins, withdrawn, period)| GrantRecord {
            id: GrantId(Uuid::from_u128(id)),
            version,
            brand,
            purpose,
            state,
            pins,
            withdrawn,
            period,
        },
    )
}

fn switch() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.2)
}

fn ledger() -> impl Strategy<Value = Ledger> {
    (vec(grant(), 0..6), switch()).prop_map(|(grants, marketing_blocked)| Ledger { grants, marketing_blocked })
}

fn ask() -> impl Strategy<Value = Ask> {
    (brand(), prop::bool::weighted(0.9), scopes(), 0i64..32, prop::option::weighted(0.9, purpose()), 0i64..200)
        .prop_map(|(brand, active, scopes, purposes, purpose, now)| Ask {
            brand,
            app: AppStanding { active, scopes, purposes },
            purpose,
            now: Timestamp::from_millis(now),
        })
}

/// A ledger, a question, and one of the ledger's grants.
fn case() -> impl Strategy<Value = (Ledger, Ask, usize)> {
    (vec(grant(), 1..6), switch(), ask()).prop_flat_map(|(grants, marketing_blocked, ask)| {
        let count = grants.len();
        (Just(Ledger { grants, marketing_blocked }), Just(ask), 0..count)
    })
}

/// These grants of somebody who blocks nothing.
fn of(grants: Vec<GrantRecord>) -> Ledger {
    Ledger { grants, marketing_blocked: false }
}

/// What the other grants are worth by themselves.
fn without(ledger: &Ledger, index: usize) -> Ledger {
    let mut others = ledger.clone();
    others.grants.remove(index);
    others
}

fn disclosed(ledger: &Ledger, ask: &Ask) -> ScopeSet {
    Scope::ALL.iter().copied().filter(|scope| matches!(decide(ledger, ask, *scope), Decision::Permit { .. })).collect()
}

fn reduced(ledger: &Ledger, index: usize, change: impl Fn(&mut GrantRecord)) -> Ledger {
    let mut reduced = ledger.clone();
    change(&mut reduced.grants[index]);
    reduced
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_scope_leaves_only_when_app_grant_purpose_state_and_time_all_agree(ledger in ledger(), ask in ask()) {
        for scope in Scope::ALL.iter().copied() {
            if let Decision::Permit { grant, version, pinned } = decide(&ledger, &ask, scope) {
                let purpose = ask.purpose.unwrap();
                prop_assert!(ask.app.active && ask.app.scopes.contains(scope) && ask.app.may_declare(purpose));
                let held = ledger.grants.iter().any(|held| {
                    held.id == grant
                        && held.version == version
                        && held.brand == ask.brand
                        && held.purpose == purpose
                        && held.state == GrantState::Active
                        && held.period.from <= ask.now
                        && ask.now < held.period.until
                        && held.pins.version(scope) == Some(pinned)
                });
                prop_assert!(held);
                prop_assert!(!(ledger.marketing_blocked && purpose == Purpose::DirectMarketing));
            }
        }
    }

    #[test]
    fn what_everything_permits_does_leave(mut held in grant(), ask in ask(), scope in select(Scope::ALL)) {
        let purpose = Purpose::CustomerCare;
        held.brand = ask.brand;
        held.purpose = purpose;
        held.state = GrantState::Active;
        held.pins.0.insert(scope, 1);
        held.period = Period { from: ask.now, until: Timestamp::from_millis(ask.now.as_millis() + 1) };
        let app = AppStanding { active: true, scopes: ScopeSet(scope.bit()), purposes: purpose.bit() };
        let ask = Ask { app, purpose: Some(purpose), ..ask };
        let permitted = matches!(decide(&of(vec![held]), &ask, scope), Decision::Permit { .. });
        prop_assert!(permitted);
    }

    #[test]
    fn absence_denies(ask in ask()) {
        prop_assert_eq!(disclosed(&Ledger::default(), &ask), ScopeSet::EMPTY);
    }

    #[test]
    fn without_a_purpose_nothing_leaves(ledger in ledger(), ask in ask()) {
        prop_assert_eq!(disclosed(&ledger, &Ask { purpose: None, ..ask }), ScopeSet::EMPTY);
    }

    #[test]
    fn ending_or_pausing_a_grant_never_widens_what_leaves(
        (ledger, ask, index) in case(),
        state in select(&[GrantState::Withdrawn, GrantState::Paused, GrantState::Revoked, GrantState::Expired,
            GrantState::Invalidated][..]),
    ) {
        let after = reduced(&ledger, index, |grant| grant.state = state);
        // Ending one of two overlapping grants may let the other one stand, which it did before by itself.
        let allowed = disclosed(&ledger, &ask).with(disclosed(&without(&ledger, index), &ask));
        prop_assert!(disclosed(&after, &ask).without(allowed).is_empty());
    }

    #[test]
    fn narrowing_a_grant_never_widens_what_leaves((ledger, ask, index) in case(), scope in select(Scope::ALL)) {
        let after = reduced(&ledger, index, |grant| { grant.pins.0.remove(&scope); });
        prop_assert!(disclosed(&after, &ask).without(disclosed(&ledger, &ask)).is_empty());
    }

    #[test]
    fn an_earlier_end_never_widens_what_leaves((ledger, ask, index) in case(), end in 0i64..200) {
        let after = reduced(&ledger, index, |grant| {
            grant.period.until = grant.period.until.min(Timestamp::from_millis(end));
        });
        let allowed = disclosed(&ledger, &ask).with(disclosed(&without(&ledger, index), &ask));
        prop_assert!(disclosed(&after, &ask).without(allowed).is_empty());
    }

    #[test]
    fn a_grant_of_another_brand_is_worth_nothing(ledger in ledger(), ask in ask()) {
        let stranger = Ask { brand: BrandId(Uuid::from_u128(99)), ..ask };
        prop_assert_eq!(disclosed(&ledger, &stranger), ScopeSet::EMPTY);
    }

    #[test]
    fn a_grant_for_another_purpose_is_worth_nothing(ledger in ledger(), ask in ask()) {
        let others = of(ledger.grants.into_iter().filter(|g| Some(g.purpose) != ask.purpose).collect());
        prop_assert_eq!(disclosed(&others, &ask), ScopeSet::EMPTY);
    }

    #[test]
    fn a_suspended_app_gets_nothing(ledger in ledger(), ask in ask()) {
        let suspended = Ask { app: AppStanding { active: false, ..ask.app }, ..ask };
        prop_assert_eq!(disclosed(&ledger, &suspended), ScopeSet::EMPTY);
    }

    #[test]
    fn once_every_grant_has_ended_nothing_leaves_ever_again(ledger in ledger(), ask in ask(), later in 0i64..1_000) {
        let end = ledger.grants.iter().map(|grant| grant.period.until.as_millis()).max().unwrap_or_default();
        let ask = Ask { now: Timestamp::from_millis(end + later), ..ask };
        prop_assert_eq!(disclosed(&ledger, &ask), ScopeSet::EMPTY);
    }

    #[test]
    fn blocking_direct_marketing_never_widens_what_leaves_and_touches_no_other_purpose(ledger in ledger(), ask in ask()) {
        let open = Ledger { marketing_blocked: false, ..ledger.clone() };
        let blocked = Ledger { marketing_blocked: true, ..ledger };
        prop_assert!(disclosed(&blocked, &ask).without(disclosed(&open, &ask)).is_empty());
        if ask.purpose == Some(Purpose::DirectMarketing) {
            prop_assert_eq!(disclosed(&blocked, &ask), ScopeSet::EMPTY);
            prop_assert!(standing(&blocked, &ask).is_none());
        } else {
            prop_assert_eq!(disclosed(&blocked, &ask), disclosed(&open, &ask));
            prop_assert_eq!(standing(&blocked, &ask), standing(&open, &ask));
        }
    }

    #[test]
    fn lifting_the_block_never_gives_more_than_before_it_was_set(
        (ledger, ask, index) in case(),
        happened in select(&[ConsentEventKind::Narrowed, ConsentEventKind::Paused, ConsentEventKind::Withdrawn,
            ConsentEventKind::Revoked, ConsentEventKind::Expired, ConsentEventKind::Invalidated][..]),
        scope in select(Scope::ALL),
        end in 0i64..200,
    ) {
        let before = Ledger { marketing_blocked: false, ..ledger.clone() };
        // Whatever is reduced meanwhile stays reduced; the services let nothing else happen to a blocked grant.
        let meanwhile = reduced(&Ledger { marketing_blocked: true, ..ledger }, index, |grant| {
            grant.state = next_state(grant.state, happened).unwrap_or(grant.state);
            grant.pins.0.remove(&scope);
            grant.period.until = grant.period.until.min(Timestamp::from_millis(end));
        });
        let lifted = Ledger { marketing_blocked: false, ..meanwhile };
        let allowed = disclosed(&before, &ask).with(disclosed(&without(&before, index), &ask));
        prop_assert!(disclosed(&lifted, &ask).without(allowed).is_empty());
    }

    #[test]
    fn a_blocked_read_is_said_to_be_paused_only_where_a_value_would_have_left(ledger in ledger(), ask in ask()) {
        let open = Ledger { marketing_blocked: false, ..ledger.clone() };
        let blocked = Ledger { marketing_blocked: true, ..ledger };
        for scope in Scope::ALL.iter().copied() {
            match (decide(&open, &ask, scope), decide(&blocked, &ask, scope)) {
                (Decision::Permit { .. }, Decision::Deny(denial)) => prop_assert_eq!(denial, Denial::MarketingBlocked),
                (was, is) => prop_assert_eq!(was, is),
            }
        }
    }

    #[test]
    fn a_terminal_state_never_reopens(event in select(ConsentEventKind::ALL), state in select(GrantState::ALL)) {
        if let Some(next) = next_state(state, event) {
            prop_assert!(state.is_open());
            let widens = state == GrantState::Paused && next == GrantState::Active;
            prop_assert!(!widens || event == ConsentEventKind::Resumed);
        }
    }

    #[test]
    fn a_period_has_an_end_within_a_year(now in 0i64..4_000_000_000_000, until in prop::option::of(any::<i64>())) {
        let now = Timestamp::from_millis(now);
        if let Ok(period) = Period::starting(now, until.map(Timestamp::from_millis)) {
            prop_assert!(period.holds(now));
            prop_assert!(!period.holds(now.plus_days(MAXIMUM_DAYS)));
            prop_assert!(until.is_some() || period.until == now.plus_days(DEFAULT_DAYS));
        }
    }
}

//! Who shares what with whom: grants in every state, in the life that a customer would give them.

use super::brands::{self, BRANDS};
use super::chance::Chance;
use super::time::{DAY, HOUR, rfc3339, second_between};
use super::{Answer, Narrowing, Pause};
use crate::import::line::Grant;

/// A grant with all that happens to it until `now`.
#[derive(Clone)]
pub(super) struct Planned {
    /// The brand's slug.
    pub(super) brand: &'static str,
    /// The purpose.
    pub(super) purpose: &'static str,
    /// The scopes as given.
    pub(super) scopes: Vec<&'static str>,
    /// From when on.
    pub(super) from: i64,
    /// Until when.
    pub(super) until: i64,
    /// When the customer withdrew it.
    pub(super) withdrawn: Option<i64>,
    /// When the customer paused it.
    pub(super) paused: Option<i64>,
    /// What the customer took out of it, and when.
    pub(super) narrowed: Option<(&'static str, i64)>,
}

/// What becomes of a grant.
#[derive(Clone, Copy, Default)]
enum Fate {
    #[default]
    Active,
    Paused,
    Narrowed,
    Withdrawn,
    Expired,
    Expiring,
    Future,
}

impl Planned {
    /// A grant that nothing has happened to.
    pub(super) fn new(
        brand: &'static str,
        purpose: &'static str,
        scopes: &[&'static str],
        (from, until): (i64, i64),
    ) -> Self {
        let scopes = scopes.to_vec();
        Self { brand, purpose, scopes, from, until, withdrawn: None, paused: None, narrowed: None }
    }

    /// When it ends or ended.
    pub(super) fn end(&self) -> i64 {
        self.withdrawn.unwrap_or(self.until)
    }

    /// True if it has begun by `at` and not ended.
    pub(super) fn is_live(&self, at: i64) -> bool {
        self.from <= at && at < self.end()
    }

    /// What it says to a read of `scope` at `at`, at or after its beginning.
    pub(super) fn answer(&self, scope: &str, at: i64) -> Answer {
        let gone = |(lost, when): (&str, i64)| lost == scope && when <= at;
        if !self.scopes.contains(&scope) {
            Answer::NotGranted
        } else if self.withdrawn.is_some_and(|when| when <= at) || self.narrowed.is_some_and(gone) {
            Answer::Withdrawn
        } else if self.until <= at {
            Answer::Expired
        } else if self.paused.is_some_and(|when| when <= at) {
            Answer::Paused
        } else {
            Answer::Granted
        }
    }

    fn line(&self) -> Grant {
        Grant {
            brand: self.brand.to_owned(),
            purpose: self.purpose.to_owned(),
            scopes: brands::owned(&self.scopes),
            from: rfc3339(self.from),
            until: rfc3339(self.until),
            withdrawn_at: self.withdrawn.map(rfc3339),
        }
    }
}

/// The grants as import lines.
pub(super) fn lines(plans: &[Planned]) -> Vec<Grant> {
    plans.iter().map(Planned::line).collect()
}

/// The pauses among them.
pub(super) fn pauses(plans: &[Planned]) -> Vec<Pause> {
    let pause = |plan: &Planned| {
        let (brand, purpose) = (plan.brand.to_owned(), plan.purpose.to_owned());
        plan.paused.map(|at_ms| Pause { brand, purpose, at_ms })
    };
    plans.iter().filter_map(pause).collect()
}

/// The narrowings among them.
pub(super) fn narrowings(plans: &[Planned]) -> Vec<Narrowing> {
    let narrowing = |plan: &Planned| {
        let (brand, purpose) = (plan.brand.to_owned(), plan.purpose.to_owned());
        plan.narrowed.map(|(scope, at_ms)| Narrowing { brand, purpose, scope: scope.to_owned(), at_ms })
    };
    plans.iter().filter_map(narrowing).collect()
}

/// The grants of one person, oldest first; one in twelve shares nothing.
pub(super) fn invent(chance: &mut Chance, base: i64) -> Vec<Planned> {
    if chance.percent(8) {
        return Vec::new();
    }
    let mut plans = Vec::new();
    let count = chance.pick(&[1, 1, 2, 2, 2, 3, 3, 4, 5]);
    for (brand, _) in chance.sample(&BRANDS, count) {
        for purpose in chosen(chance, brand) {
            let plan = plan(chance, base, brand, purpose);
            plans.extend(earlier(chance, &plan));
            plans.push(plan);
        }
    }
    plans.sort_by_key(|plan| plan.from);
    plans
}

fn chosen(chance: &mut Chance, brand: &str) -> Vec<&'static str> {
    let mut chosen = brands::purposes(brand);
    chosen.retain(|purpose| chance.percent(if *purpose == "CUSTOMER_CARE" { 85 } else { 26 }));
    if chosen.is_empty() {
        chosen.push("CUSTOMER_CARE");
    }
    chosen
}

fn plan(chance: &mut Chance, base: i64, brand: &'static str, purpose: &'static str) -> Planned {
    let fate = fate(chance);
    let span = chance.pick(&[30, 60, 90, 90, 90, 90, 180, 365]) * DAY;
    let from = beginning(chance, base, fate, span);
    let scopes = scopes(chance, brand, purpose);
    let mut plan = Planned::new(brand, purpose, &scopes, (from, from + span));
    match fate {
        Fate::Paused => plan.paused = Some(second_between(chance, from + HOUR, base - HOUR / 2)),
        Fate::Narrowed if scopes.len() > 1 => {
            plan.narrowed = Some((chance.pick(&scopes), second_between(chance, from + HOUR, base - HOUR / 2)));
        }
        Fate::Withdrawn => {
            let last = (base - HOUR / 2).min(plan.until - HOUR);
            plan.withdrawn = Some(second_between(chance, from + HOUR, last));
        }
        _ => {}
    }
    plan
}

fn fate(chance: &mut Chance) -> Fate {
    match chance.below(100) {
        0..50 => Fate::Active,
        50..59 => Fate::Narrowed,
        59..68 => Fate::Paused,
        68..81 => Fate::Withdrawn,
        81..90 => Fate::Expired,
        90..96 => Fate::Expiring,
        _ => Fate::Future,
    }
}

fn beginning(chance: &mut Chance, base: i64, fate: Fate, span: i64) -> i64 {
    let age = match fate {
        Fate::Active | Fate::Paused | Fate::Narrowed => second_between(chance, 2 * DAY, span - 12 * DAY),
        Fate::Withdrawn => second_between(chance, 2 * DAY, 200 * DAY),
        Fate::Expired => span + second_between(chance, HOUR, 90 * DAY),
        Fate::Expiring => span - second_between(chance, 2 * HOUR, 6 * DAY),
        Fate::Future => -second_between(chance, DAY, 30 * DAY),
    };
    base - age
}

/// What people tick: all that is asked, or most of it, the sensitive parts less often.
fn scopes(chance: &mut Chance, brand: &str, purpose: &str) -> Vec<&'static str> {
    let offered = brands::scopes(brand, purpose);
    let mut ticked = offered.clone();
    ticked.retain(|scope| match *scope {
        "CONTACT" => chance.percent(45),
        "AREA" => chance.percent(55),
        "HANDLES" => chance.percent(40),
        _ => chance.percent(85),
    });
    if ticked.is_empty() { offered } else { ticked }
}

/// Some had given the same before, and withdrawn it or let it run out.
fn earlier(chance: &mut Chance, later: &Planned) -> Option<Planned> {
    if !chance.percent(10) {
        return None;
    }
    let span = chance.pick(&[60, 90, 90]) * DAY;
    let until = later.from - second_between(chance, HOUR, 40 * DAY);
    let from = until - span;
    let withdrawn = chance.percent(40).then(|| second_between(chance, from + DAY, until - DAY));
    Some(Planned { from, until, withdrawn, paused: None, narrowed: None, ..later.clone() })
}

//! Judges what was seen against what was permitted. Pure: the actors' notes go in, what broke a promise comes out.

use std::time::Duration;

use super::history::{Cycle, Scope, Sighting, Span};
use crate::clock::Moment;
use crate::site::{APPS, PURPOSES};

/// How a promise was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing permitted a value at any instant of the request.
    NotPermitted,
    /// A value was seen that was written after the ending.
    New,
    /// Two values of one profile are from different times.
    Torn,
    /// An answer that was under way at the ending came too long after it.
    Late,
}

impl Kind {
    /// In words, with the promise.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotPermitted => "nothing permitted it when it was asked for (P1)",
            Self::New => "it was written after the ending (P3)",
            Self::Torn => "two values of one profile are from two snapshots (P2)",
            Self::Late => "it was under way at the ending and came too long after it (P1)",
        }
    }
}

/// What broke a promise, and when.
pub struct Violation {
    /// When the request was sent.
    pub at: Moment,
    /// How.
    pub kind: Kind,
    /// In words.
    pub text: String,
}

/// What came of it.
#[derive(Default)]
pub struct Verdict {
    /// None if the promises hold.
    pub violations: Vec<Violation>,
    /// Answers with values that were under way when an ending was acknowledged.
    pub in_flight: u64,
    /// The longest time from then to the first byte of such an answer, whoever held it up.
    pub longest_in_flight: Duration,
}

/// P1 and P3: a value may be seen if some instant of the request was one in which a grant may have permitted it to an app
/// that may have been active, and if the answer came no later than `bound` after the end of it. `cycles` are per customer,
/// `apps` the times in which each app was active. In the `stalls` the machine did not run the trial, so they do not count as
/// time that an answer took.
pub fn judge(
    sightings: &[Sighting],
    cycles: &[Vec<Cycle>],
    apps: &[Vec<Span>; 2],
    bound: Duration,
    stalls: &[Span],
) -> Verdict {
    let mut verdict = Verdict::default();
    for sighting in sightings {
        let end = latest_end(sighting, cycles, apps);
        let late = end.map_or(Duration::ZERO, |end| sighting.first_byte.since(end));
        let kind = match end {
            _ if sighting.is_new => Some(Kind::New),
            _ if sighting.is_torn => Some(Kind::Torn),
            None => Some(Kind::NotPermitted),
            Some(end) => {
                (late > bound && late - stalled(stalls, end, sighting.first_byte) > bound).then_some(Kind::Late)
            }
        };
        verdict.in_flight += u64::from(!late.is_zero());
        verdict.longest_in_flight = verdict.longest_in_flight.max(late);
        if let Some(kind) = kind {
            verdict.violations.push(Violation { at: sighting.started, kind, text: describe(sighting, late) });
        }
    }
    verdict.violations.sort_by_key(|violation| (violation.kind, violation.at));
    verdict
}

/// How much of a time lies in stalls.
fn stalled(stalls: &[Span], from: Moment, until: Moment) -> Duration {
    stalls.iter().map(|stall| stall.until.min(until).since(stall.from.max(from))).sum()
}

/// Until when everything that was seen may have been permitted; none if some of it was not.
fn latest_end(sighting: &Sighting, cycles: &[Vec<Cycle>], apps: &[Vec<Span>; 2]) -> Option<Moment> {
    let cycle = cycles.get(sighting.customer)?.get(sighting.cycle)?;
    let scopes = [(sighting.name, Scope::Name), (sighting.area, Scope::Area)];
    let ends = scopes.iter().filter(|(seen, _)| *seen).map(|(_, scope)| {
        let permissions = cycle.permissions.iter();
        let fitting = permissions.filter(|one| Some(one.purpose) == sighting.purpose && one.scope == *scope);
        let both = fitting.flat_map(|one| apps[sighting.app].iter().map(|active| overlap(one.span, *active)));
        both.filter(|span| may_see(sighting, *span)).map(|span| span.until).max()
    });
    ends.min_by_key(|end| end.unwrap_or(Moment(0))).flatten()
}

fn overlap(one: Span, other: Span) -> Span {
    Span { from: one.from.max(other.from), until: one.until.min(other.until) }
}

/// Whether the request and the span have an instant in common.
fn may_see(sighting: &Sighting, span: Span) -> bool {
    span.from <= span.until && span.from <= sighting.ended && sighting.started <= span.until
}

fn describe(sighting: &Sighting, late: Duration) -> String {
    let Sighting { customer, cycle, name, area, .. } = sighting;
    let purpose = sighting.purpose.map_or("no purpose", |purpose| PURPOSES[purpose]);
    let app = APPS[sighting.app];
    let (from, until, late) = (sighting.started.0 / 1_000, sighting.first_byte.0 / 1_000, late.as_millis());
    format!(
        "customer {customer}, cycle {cycle}, name {name}, area {area}, {purpose}, {app}, sent at {from} us, \
         answered at {until} us, {late} ms after an ending"
    )
}

#[cfg(test)]
mod tests {
    use super::super::history::FOREVER;
    use super::*;

    fn milliseconds(time: u64) -> Moment {
        Moment(time * 1_000_000)
    }

    fn span(from: u64, until: u64) -> Span {
        Span { from: milliseconds(from), until: milliseconds(until) }
    }

    fn sighting(started: u64, ended: u64) -> Sighting {
        Sighting {
            customer: 0,
            cycle: 0,
            is_new: false,
            is_torn: false,
            name: true,
            area: false,
            purpose: Some(0),
            app: 0,
            started: milliseconds(started),
            first_byte: milliseconds(ended),
            ended: milliseconds(ended),
        }
    }

    /// The name was permitted from 100 to 200 ms.
    fn violations(sighting: Sighting, active: Span) -> usize {
        let mut cycle = Cycle::default();
        cycle.permit(0, Scope::Name, milliseconds(100));
        cycle.end(milliseconds(200), |_| true);
        judge(&[sighting], &[vec![cycle]], &[vec![active], vec![]], Duration::from_millis(250), &[]).violations.len()
    }

    fn with_an_active_app(sighting: Sighting) -> usize {
        violations(sighting, Span { from: Moment(0), until: FOREVER })
    }

    #[test]
    fn whatever_overlaps_the_permission_is_legal() {
        for (started, ended) in [(90, 100), (120, 130), (199, 240), (200, 300), (50, 400)] {
            assert_eq!(with_an_active_app(sighting(started, ended)), 0, "{started} {ended}");
        }
    }

    #[test]
    fn what_began_after_the_acknowledgement_or_ended_before_the_giving_is_not() {
        for (started, ended) in [(201, 210), (10, 99)] {
            assert_eq!(with_an_active_app(sighting(started, ended)), 1, "{started} {ended}");
        }
    }

    #[test]
    fn an_answer_that_comes_too_long_after_the_ending_is_not_legal_although_it_was_under_way() {
        assert_eq!(with_an_active_app(sighting(150, 449)), 0);
        assert_eq!(with_an_active_app(sighting(150, 451)), 1);
    }

    #[test]
    fn what_the_machine_did_not_run_is_not_time_that_an_answer_took() {
        let stalls = [span(100, 220), span(300, 330), span(900, 999)];
        assert_eq!(stalled(&stalls, milliseconds(200), milliseconds(451)), Duration::from_millis(50));
    }

    #[test]
    fn another_purpose_another_scope_and_a_new_value_are_not_legal() {
        assert_eq!(with_an_active_app(Sighting { purpose: Some(1), ..sighting(120, 130) }), 1);
        assert_eq!(with_an_active_app(Sighting { purpose: None, ..sighting(120, 130) }), 1);
        assert_eq!(with_an_active_app(Sighting { area: true, ..sighting(120, 130) }), 1);
        assert_eq!(with_an_active_app(Sighting { is_new: true, ..sighting(120, 130) }), 1);
    }

    #[test]
    fn grant_and_app_must_have_an_instant_of_the_request_in_common() {
        assert_eq!(violations(sighting(120, 130), span(0, 121)), 0);
        assert_eq!(violations(sighting(120, 130), span(0, 119)), 1);
        assert_eq!(violations(sighting(190, 260), span(250, 900)), 1, "active only after the grant's end");
        assert_eq!(with_an_active_app(Sighting { app: 1, ..sighting(120, 130) }), 1);
    }
}

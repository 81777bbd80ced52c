//! How long a proof of a handle holds: names change hands, so whoever proved one long ago may have lost it since.

use crate::values::Timestamp;

const DAY: i64 = 86_400_000;
/// Nobody is reminded earlier than this.
const LONGEST_NOTICE: i64 = 7 * DAY;

/// How long a proof holds. After that the handle finds nobody until it is proven again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofPeriod(i64);

impl ProofPeriod {
    /// A period of so many days, one at least.
    #[must_use]
    pub fn days(days: u16) -> Self {
        Self(i64::from(days.max(1)).saturating_mul(DAY))
    }

    /// In milliseconds, for statements.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// When a handle that was proven then has to be proven again.
    #[must_use]
    pub fn due_at(self, proven_at: Timestamp) -> Timestamp {
        proven_at.plus_millis(self.0)
    }

    /// Whether a handle that was proven then finds nobody any more.
    #[must_use]
    pub fn is_due(self, proven_at: Timestamp, now: Timestamp) -> bool {
        now >= self.due_at(proven_at)
    }

    /// Whoever proved a handle at this time or earlier is to be reminded by now: a week before it is due, and where the
    /// period is short, when a quarter of it is left.
    #[must_use]
    pub fn reminded_since(self, now: Timestamp) -> Timestamp {
        now.minus_millis(self.0 - LONGEST_NOTICE.min(self.0 / 4))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_to_the_millisecond_and_reminds_a_week_before() {
        let (period, proven) = (ProofPeriod::days(30), Timestamp::from_millis(1_000));
        let due = period.due_at(proven);
        assert_eq!(due.millis_since(proven), 30 * DAY);
        assert!(!period.is_due(proven, due.minus_millis(1)) && period.is_due(proven, due));
        assert_eq!(period.reminded_since(due.minus_millis(7 * DAY)), proven);
        let short = ProofPeriod::days(1);
        assert_eq!(short.reminded_since(short.due_at(proven).minus_millis(DAY / 4)), proven);
        assert_eq!(ProofPeriod::days(0), ProofPeriod::days(1));
    }
}

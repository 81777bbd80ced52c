//! How long a grant holds: never without an end.

use crate::values::Timestamp;

/// When nothing else is said, a grant ends after this many days.
pub const DEFAULT_DAYS: i64 = 90;
/// No grant lasts longer than this many days.
pub const MAXIMUM_DAYS: i64 = 365;

/// From (inclusive) until (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// Why a period is not allowed; each says how to mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodFault {
    /// It would be over already.
    #[error("the end must lie in the future")]
    Past,
    /// It would end before it starts.
    #[error("the end must come after the start")]
    Backwards,
    /// It would last too long.
    #[error("the end must come within 365 days of the start; ask again when it nears")]
    TooLong,
}

impl Period {
    /// A period that starts now, by default for 90 days.
    ///
    /// # Errors
    /// When the end is past or more than 365 days away.
    pub fn starting(now: Timestamp, until: Option<Timestamp>) -> Result<Self, PeriodFault> {
        let until = until.unwrap_or_else(|| now.plus_days(DEFAULT_DAYS));
        if until <= now {
            return Err(PeriodFault::Past);
        }
        Self::between(now, until)
    }

    /// A period with both ends given; it may lie in the past.
    ///
    /// # Errors
    /// When it runs backwards or lasts more than 365 days.
    pub fn between(from: Timestamp, until: Timestamp) -> Result<Self, PeriodFault> {
        if until <= from {
            return Err(PeriodFault::Backwards);
        }
        if until > from.plus_days(MAXIMUM_DAYS) {
            return Err(PeriodFault::TooLong);
        }
        Ok(Self { from, until })
    }

    /// Whether this moment lies in it.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

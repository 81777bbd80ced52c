//! Times of the demo: Unix milliseconds inside, RFC 3339 in import lines.

use super::chance::Chance;
use jiff::Timestamp;

/// One minute in milliseconds.
pub(super) const MINUTE: i64 = 60_000;
/// One hour in milliseconds.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// One day in milliseconds.
pub(super) const DAY: i64 = 24 * HOUR;

/// 1 January 9900: far enough from what RFC 3339 can write.
const LATEST: i64 = 250_245_590_400_000;

/// The last whole second at or before `now_ms`, within the years 1972 to 9899, so that no later sum can overflow.
pub(super) fn whole_second(now_ms: i64) -> i64 {
    let now = now_ms.clamp(730 * DAY, LATEST);
    now.saturating_sub(now.rem_euclid(1000))
}

/// `ms` as in `2026-05-01T09:30:00Z`.
pub(super) fn rfc3339(ms: i64) -> String {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// A whole second in `low..=high`; `low` if the range is empty.
pub(super) fn second_between(chance: &mut Chance, low: i64, high: i64) -> i64 {
    let seconds = (high - low).max(0) / 1000;
    low + chance.between(0, seconds) * 1000
}

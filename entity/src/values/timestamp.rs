//! Points in time: Unix milliseconds inside, RFC 3339 outside.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil::Date;

use super::Malformed;
use super::checked::{text_scalar, text_serde};

/// A point in time in UTC, to the millisecond, in the years 1970 to 9999; the scalar `DateTime`.
///
/// Stored as BIGINT: milliseconds since 1970-01-01T00:00:00Z. Written as RFC 3339, always in UTC and with three
/// decimals: `2026-11-23T15:27:24.123Z`. Read from RFC 3339 with any offset; further decimals are cut off, and a leap
/// second is read as the second after it. Arithmetic saturates at [`Timestamp::MIN`] and [`Timestamp::MAX`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
pub struct Timestamp(i64);

const EXPECTED: &str = "a date and time after RFC 3339, such as 2026-11-23T15:27:24.123Z";
const EPOCH: Date = Date::constant(1970, 1, 1);
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// 1970-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(0);
    /// 9999-12-31T23:59:59.999Z.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// The point this many milliseconds after 1970-01-01T00:00:00Z, or the nearest that there is.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis).clamp(Self::MIN, Self::MAX)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down: a `NumericDate` of RFC 7519.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// Milliseconds from `earlier` to this point; negative when it is the later one.
    #[must_use]
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Later by this many milliseconds; earlier when negative.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// Earlier by this many milliseconds; later when negative.
    #[must_use]
    pub fn minus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_sub(millis))
    }

    /// Later by this many seconds; earlier when negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        self.plus_millis(seconds.saturating_mul(SECOND))
    }

    /// Earlier by this many seconds; later when negative.
    #[must_use]
    pub fn minus_seconds(self, seconds: i64) -> Self {
        self.minus_millis(seconds.saturating_mul(SECOND))
    }

    /// Later by this many minutes; earlier when negative.
    #[must_use]
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_millis(minutes.saturating_mul(MINUTE))
    }

    /// Earlier by this many minutes; later when negative.
    #[must_use]
    pub fn minus_minutes(self, minutes: i64) -> Self {
        self.minus_millis(minutes.saturating_mul(MINUTE))
    }

    /// Later by this many hours; earlier when negative.
    #[must_use]
    pub fn plus_hours(self, hours: i64) -> Self {
        self.plus_millis(hours.saturating_mul(HOUR))
    }

    /// Earlier by this many hours; later when negative.
    #[must_use]
    pub fn minus_hours(self, hours: i64) -> Self {
        self.minus_millis(hours.saturating_mul(HOUR))
    }

    /// Later by this many days of 24 hours; earlier when negative.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        self.plus_millis(days.saturating_mul(DAY))
    }

    /// Earlier by this many days of 24 hours; later when negative.
    #[must_use]
    pub fn minus_days(self, days: i64) -> Self {
        self.minus_millis(days.saturating_mul(DAY))
    }
}

impl FromStr for Timestamp {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        read(text)
            .filter(|millis| (Self::MIN.0..=Self::MAX.0).contains(millis))
            .map(Self)
            .ok_or(Malformed::new(EXPECTED))
    }
}

/// The milliseconds of an RFC 3339 `date-time`, which may lie outside the supported years.
fn read(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let [year, month, day] = fields(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = fields(clock, ':', [2, 2, 2])?;
    let (millis, rest) = read_fraction(rest)?;
    let offset = read_offset(rest)?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let days = date.duration_since(EPOCH).as_secs() * SECOND;
    let total = days + hour * HOUR + minute * MINUTE + second * SECOND + millis - offset;
    (second < 60 || follows_month_end(total)).then_some(total)
}

/// Whether the point is in the first second of a month: only the second before one can be a leap second.
fn follows_month_end(millis: i64) -> bool {
    let at = EPOCH.at(0, 0, 0, 0).saturating_add(SignedDuration::from_millis(millis));
    (at.day(), at.hour(), at.minute(), at.second()) == (1, 0, 0, 0)
}

/// The decimals after the seconds, cut to milliseconds, and what follows them.
fn read_fraction(text: &str) -> Option<(i64, &str)> {
    let Some(decimals) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = decimals.find(|character: char| !character.is_ascii_digit())?;
    let (decimals, rest) = decimals.split_at_checked(end)?;
    let digits = decimals.bytes().map(|byte| i64::from(byte - b'0')).chain([0, 0]).take(3);
    (end > 0).then_some((digits.fold(0, |sum, digit| sum * 10 + digit), rest))
}

/// The offset from UTC in milliseconds: `Z`, `+hh:mm` or `-hh:mm`.
fn read_offset(text: &str) -> Option<i64> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let (sign, clock) = match text.strip_prefix('+') {
        Some(clock) => (1, clock),
        None => (-1, text.strip_prefix('-')?),
    };
    let [hours, minutes] = fields(clock, ':', [2, 2])?;
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * HOUR + minutes * MINUTE))
}

/// The numbers of a text such as `2026-11-23`: as many as there are widths, each of exactly so many digits.
fn fields<const COUNT: usize>(text: &str, separator: char, widths: [usize; COUNT]) -> Option<[i64; COUNT]> {
    let mut parts = text.split(separator);
    let mut numbers = [0; COUNT];
    for (number, width) in numbers.iter_mut().zip(widths) {
        let part = parts.next()?;
        let sound = part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = if sound { part.parse().ok()? } else { return None };
    }
    parts.next().is_none().then_some(numbers)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.clamp(Self::MIN.0, Self::MAX.0);
        let at = EPOCH.at(0, 0, 0, 0).saturating_add(SignedDuration::from_millis(millis));
        write!(formatter, "{:04}-{:02}-{:02}T", at.year(), at.month(), at.day())?;
        write!(formatter, "{:02}:{:02}:{:02}.{:03}Z", at.hour(), at.minute(), at.second(), at.millisecond())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Timestamp({self})")
    }
}

text_serde!([] Timestamp, to_string, EXPECTED);
text_scalar!(
    Timestamp, to_string, EXPECTED, "DateTime", "https://www.rfc-editor.org/rfc/rfc3339",
    #[doc = "A point in time after RFC 3339. Answered in UTC to the millisecond, `2026-11-23T15:27:24.123Z`; accepted with"]
    #[doc = "any offset, in the years 1970 to 9999."]
);

#[cfg(test)]
mod tests;

//! Points in time as people write them, in their language and where their clock is. The order of day, month and year is the
//! translators': the messages `date` and `time`.

use entity::values::Timestamp;
use fluent_bundle::FluentArgs;
use jiff::ZonedDateTime;
use jiff::tz::TimeZone;

use super::words::{Language, Words};

/// A day, such as "3 June 2026".
pub fn day(words: &Words, language: Language, time: &str, zone: Option<&str>) -> Option<String> {
    let time = zoned(time, zone)?;
    let month = words.say(language, &format!("month-{}", time.month()), &FluentArgs::new())?;
    let mut arguments = FluentArgs::new();
    arguments.set("day", time.day().to_string());
    arguments.set("month", month);
    arguments.set("year", time.year().to_string());
    words.say(language, "date", &arguments)
}

/// A day with the time on it, such as "3 June 2026, 14:03:22 (Europe/Madrid)".
pub fn moment(words: &Words, language: Language, time: &str, zone: Option<&str>) -> Option<String> {
    let at = zoned(time, zone)?;
    let mut arguments = FluentArgs::new();
    arguments.set("date", day(words, language, time, zone)?);
    arguments.set("time", at.strftime("%H:%M:%S").to_string());
    arguments.set("zone", at.time_zone().iana_name().unwrap_or("UTC").to_owned());
    words.say(language, "time", &arguments)
}

/// Whole days from one time to a later one, rounded up; 0 if it is past.
pub fn days_between(from: Timestamp, to: &str) -> Option<i64> {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let left = to.parse::<jiff::Timestamp>().ok()?.as_millisecond() - from.as_millis();
    Some((left.max(0) + DAY - 1) / DAY)
}

fn zoned(time: &str, zone: Option<&str>) -> Option<ZonedDateTime> {
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    Some(time.parse::<jiff::Timestamp>().ok()?.to_zoned_datetime(zone))
}

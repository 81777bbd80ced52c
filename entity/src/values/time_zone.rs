//! Time zones by their IANA names.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZoneDatabase;

use super::Malformed;
use super::checked::{text_scalar, text_serde};

/// A time zone of the IANA database, such as `Europe/Berlin` or `UTC`, in the spelling of the database.
///
/// What is known is what the executable was built with, not what the host has, so that every node answers alike. Any
/// case is accepted. A former name (`Asia/Calcutta`) is kept, because the customer chose it. `Factory` and
/// `Etc/Unknown`, which say that no zone was set, are refused.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeZone(String);

const EXPECTED: &str = "a time zone by its IANA name, such as Europe/Berlin";

impl TimeZone {
    /// The IANA name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TimeZone {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let zone = TimeZoneDatabase::bundled().get(text).ok();
        match zone.as_ref().and_then(jiff::tz::TimeZone::iana_name) {
            Some(name) if name != "Factory" => Ok(Self(name.to_owned())),
            _ => Err(Malformed::new(EXPECTED)),
        }
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TimeZone({})", self.0)
    }
}

text_serde!([] TimeZone, as_str, EXPECTED);
text_scalar!(
    TimeZone, as_str, EXPECTED, "TimeZone", "https://www.iana.org/time-zones",
    #[doc = "A time zone by its name in the IANA database, such as `Europe/Berlin`. Any case is accepted and answered in"]
    #[doc = "the spelling of the database; offsets and abbreviations outside it are refused."]
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<TimeZone, Malformed> {
        text.parse()
    }

    #[test]
    fn known_names_are_accepted_in_any_case_and_kept_in_the_spelling_of_the_database() {
        for (written, kept) in [
            ("Europe/Berlin", "Europe/Berlin"),
            ("europe/berlin", "Europe/Berlin"),
            ("AMERICA/ARGENTINA/BUENOS_AIRES", "America/Argentina/Buenos_Aires"),
            ("utc", "UTC"),
            ("etc/utc", "Etc/UTC"),
            ("Asia/Calcutta", "Asia/Calcutta"),
        ] {
            assert_eq!(parse(written).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn every_name_of_the_database_reads_back_the_same() {
        let mut count = 0;
        for name in TimeZoneDatabase::bundled().available().filter(|name| name.as_str() != "Factory") {
            let zone = parse(name.as_str()).unwrap();
            assert_eq!(parse(&zone.to_string()), Ok(zone));
            count += 1;
        }
        assert!(count > 400, "{count}");
    }

    #[test]
    fn unknown_names_offsets_and_paths_are_refused() {
        for written in [
            "",
            "Berlin",
            "Europe/Bärlin",
            " Europe/Berlin",
            "Europe/Berlin ",
            "+01:00",
            "GMT+25",
            "CET-1CEST",
            "Factory",
            "factory",
            "Etc/Unknown",
            "../etc/passwd",
            "Europe/",
            "local",
            "Z",
        ] {
            assert_eq!(parse(written), Err(Malformed::new(EXPECTED)), "{written:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}

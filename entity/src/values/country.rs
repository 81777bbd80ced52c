//! Countries, as ISO 3166-1 names them by two letters.

use std::fmt;
use std::str::FromStr;

use super::Malformed;
use super::checked::{text_scalar, text_serde};

/// A country or territory: one of the 249 officially assigned ISO 3166-1 alpha-2 codes, in upper case.
///
/// Lower-case input is raised. Reserved and user-assigned codes (`UK`, `EU`, `XK`, `ZZ`) are refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode(&'static str);

const EXPECTED: &str = "a country as a two-letter ISO 3166-1 code, such as DE";

impl CountryCode {
    /// The two letters, in upper case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Every assigned code, in alphabetical order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        ASSIGNED.iter().map(|code| Self(code))
    }
}

impl FromStr for CountryCode {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let raised = text.to_ascii_uppercase();
        ASSIGNED
            .binary_search(&raised.as_str())
            .ok()
            .and_then(|place| ASSIGNED.get(place))
            .map(|code| Self(code))
            .ok_or(Malformed::new(EXPECTED))
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CountryCode({})", self.0)
    }
}

text_serde!([] CountryCode, as_str, EXPECTED);
text_scalar!(
    CountryCode, as_str, EXPECTED, "CountryCode", "https://www.iso.org/iso-3166-country-codes.html",
    #[doc = "A country or territory by its two-letter ISO 3166-1 code, such as `DE`. Lower case is accepted and answered"]
    #[doc = "in upper case."]
);

/// The officially assigned codes, sorted, as of ISO 3166-1:2020 (unchanged since South Sudan joined in 2011).
#[rustfmt::skip]
const ASSIGNED: [&str; 249] = [
    "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AS", "AT", "AU", "AW", "AX", "AZ",
    "BA", "BB", "BD", "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY", "BZ",
    "CA", "CC", "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CW", "CX", "CY", "CZ",
    "DE", "DJ", "DK", "DM", "DO", "DZ",
    "EC", "EE", "EG", "EH", "ER", "ES", "ET",
    "FI", "FJ", "FK", "FM", "FO", "FR",
    "GA", "GB", "GD", "GE", "GF", "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY",
    "HK", "HM", "HN", "HR", "HT", "HU",
    "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IR", "IS", "IT",
    "JE", "JM", "JO", "JP",
    "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KY", "KZ",
    "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY",
    "MA", "MC", "MD", "ME", "MF", "MG", "MH", "MK", "ML", "MM", "MN", "MO", "MP", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ",
    "NA", "NC", "NE", "NF", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ",
    "OM",
    "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN", "PR", "PS", "PT", "PW", "PY",
    "QA",
    "RE", "RO", "RS", "RU", "RW",
    "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ", "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SY", "SZ",
    "TC", "TD", "TF", "TG", "TH", "TJ", "TK", "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ",
    "UA", "UG", "UM", "US", "UY", "UZ",
    "VA", "VC", "VE", "VG", "VI", "VN", "VU",
    "WF", "WS",
    "YE", "YT",
    "ZA", "ZM", "ZW",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_assigned_code_reads_back_in_either_case() {
        assert!(ASSIGNED.is_sorted_by(|left, right| left < right));
        assert_eq!(CountryCode::all().len(), 249);
        for country in CountryCode::all() {
            assert_eq!(country.to_string().parse(), Ok(country));
            assert_eq!(country.as_str().to_ascii_lowercase().parse(), Ok(country));
        }
    }

    #[test]
    fn exactly_249_of_all_letter_pairs_are_accepted() {
        let pairs = ('A'..='Z').flat_map(|first| ('A'..='Z').map(move |second| format!("{first}{second}")));
        assert_eq!(pairs.filter(|pair| pair.parse::<CountryCode>().is_ok()).count(), 249);
    }

    #[test]
    fn reserved_codes_and_other_texts_are_refused() {
        for written in ["", "D", "DEU", "276", "UK", "EU", "XK", "ZZ", "AN", "D E", " DE", "DE ", "ſe", "ÐE"] {
            assert_eq!(written.parse::<CountryCode>(), Err(Malformed::new(EXPECTED)), "{written:?}");
        }
    }
}

//! Languages, with script and region where they matter, as BCP 47 tags.

use std::fmt;
use std::str::FromStr;

use super::checked::{text_scalar, text_serde};
use super::{CountryCode, Malformed};

/// A language tag (BCP 47, RFC 5646), such as `de`, `de-CH` or `zh-Hant-TW`, in canonical case.
///
/// Narrower than the standard where a tag would be of no use: the language has 2 or 3 letters and is not `und`, a
/// region of letters is an assigned ISO 3166-1 code (one of digits, such as `es-419`, is kept), and the whole has at
/// most 64 characters. Deprecated codes are kept, not replaced.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(String);

const EXPECTED: &str = "a language tag after BCP 47, such as de, de-CH or zh-Hant-TW";
const EXPECTED_HYPHEN: &str = "a language tag after BCP 47, with hyphens and without an encoding: write de-DE";
const EXPECTED_REGION: &str = "a language tag whose region is an ISO 3166-1 code, such as de-DE or en-GB";
const MAX_BYTES: usize = 64;

impl Locale {
    /// The tag in canonical case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language subtag alone, in lower case: `de` of `de-CH`.
    #[must_use]
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl FromStr for Locale {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.contains(['_', '.', '@']) || text.eq_ignore_ascii_case("c") || text.eq_ignore_ascii_case("posix") {
            return Err(Malformed::new(EXPECTED_HYPHEN));
        }
        let refusal = Malformed::new(EXPECTED);
        if text.len() > MAX_BYTES {
            return Err(refusal);
        }
        let tag = icu_locale_core::Locale::try_from_str(text).map_err(|_| refusal)?;
        let language = tag.id.language;
        if language.is_unknown() || !(2..=3).contains(&language.as_str().len()) {
            return Err(refusal);
        }
        if let Some(region) = tag.id.region.filter(icu_locale_core::subtags::Region::is_alphabetic) {
            region.as_str().parse::<CountryCode>().map_err(|_| Malformed::new(EXPECTED_REGION))?;
        }
        Ok(Self(tag.to_string()))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Locale({})", self.0)
    }
}

text_serde!([] Locale, as_str, EXPECTED);
text_scalar!(
    Locale, as_str, EXPECTED, "Locale", "https://www.rfc-editor.org/rfc/rfc5646",
    #[doc = "A language tag after BCP 47, such as `de`, `de-CH` or `zh-Hant-TW`. Any case is accepted and answered in"]
    #[doc = "canonical case; POSIX forms, such as `de_DE.UTF-8`, are refused."]
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Locale, Malformed> {
        text.parse()
    }

    #[test]
    fn tags_are_accepted_in_any_case_and_kept_in_canonical_case() {
        for (written, kept) in [
            ("de", "de"),
            ("DE-ch", "de-CH"),
            ("zh-hANT-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("gsw-CH", "gsw-CH"),
            ("sl-ROZAJ-biske-1994", "sl-1994-biske-rozaj"),
            ("de-DE-u-co-PHONEBK", "de-DE-u-co-phonebk"),
        ] {
            assert_eq!(parse(written).unwrap().as_str(), kept);
        }
        assert_eq!(parse("zh-Hant-TW").unwrap().language(), "zh");
    }

    #[test]
    fn every_other_form_is_refused_with_the_mend_that_fits() {
        for (written, expected) in [
            ("", EXPECTED),
            ("d", EXPECTED),
            ("german", EXPECTED),
            ("und", EXPECTED),
            ("und-DE", EXPECTED),
            ("de-", EXPECTED),
            ("de DE", EXPECTED),
            (" de", EXPECTED),
            ("x-private", EXPECTED),
            ("i-klingon", EXPECTED),
            ("dé", EXPECTED),
            ("de_DE", EXPECTED_HYPHEN),
            ("de_DE.UTF-8", EXPECTED_HYPHEN),
            ("ca_ES@valencia", EXPECTED_HYPHEN),
            ("C", EXPECTED_HYPHEN),
            ("POSIX", EXPECTED_HYPHEN),
            ("de-EU", EXPECTED_REGION),
            ("en-UK", EXPECTED_REGION),
            ("en-ZZ", EXPECTED_REGION),
        ] {
            assert_eq!(parse(written), Err(Malformed::new(expected)), "{written:?}");
        }
        assert!(parse(&format!("de{}", "-abcde".repeat(11))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*", near in "[a-zA-Z0-9_-]{0,40}") {
            let _ = (parse(&text), parse(&near));
        }

        #[test]
        fn what_was_accepted_reads_back_the_same(text in "[a-zA-Z]{2,3}(-[a-zA-Z]{4})?(-[a-zA-Z]{2})?(-[a-z0-9]{5,8}){0,2}(-u(-[a-z]{2}-[a-z]{3,8}){1,2})?(-x-[a-z0-9]{1,8})?") {
            if let Ok(locale) = parse(&text) {
                prop_assert_eq!(parse(&locale.to_string()), Ok(locale.clone()));
                prop_assert_eq!(parse(&text.to_ascii_lowercase()), Ok(locale));
            }
        }
    }
}

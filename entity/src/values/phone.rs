//! Phone numbers in international form.

use std::str::FromStr;

use super::Malformed;
use super::checked::{redacted_debug, text_scalar, text_serde};

/// A phone number in E.164 form: `+`, then 7 to 15 ASCII digits of which the first is not 0.
///
/// Nothing is repaired: a number with spaces or brackets, or without its country code, is refused with the way to
/// write it, because a guess could reach a stranger.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

const EXPECTED: &str = "a phone number in E.164 form, such as +4930901820";
const EXPECTED_BARE: &str = "a phone number in E.164 form, such as +4930901820: \
    a plus sign and digits only, without spaces, dots, hyphens or parentheses";
const EXPECTED_COUNTRY: &str = "a phone number in E.164 form, such as +4930901820: \
    it starts with a plus sign and the country code, without the 0 of a national or the 00 of an international call";
const EXPECTED_LENGTH: &str = "a phone number in E.164 form, such as +4930901820: 7 to 15 digits after the plus sign";

impl PhoneNumber {
    /// The number: `+` and digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhoneNumber {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let punctuated = text.chars().any(|character| character.is_ascii_digit())
            && text
                .chars()
                .all(|character| character.is_ascii_digit() || is_punctuation(character) || character == '+');
        let expected = match (all_digits, punctuated) {
            (true, _) if digits.len() == text.len() || digits.starts_with('0') => EXPECTED_COUNTRY,
            (true, _) if !(7..=15).contains(&digits.len()) => EXPECTED_LENGTH,
            (true, _) => return Ok(Self(text.to_owned())),
            (false, true) => EXPECTED_BARE,
            (false, false) => EXPECTED,
        };
        Err(Malformed::new(expected))
    }
}

fn is_punctuation(character: char) -> bool {
    character.is_whitespace() || matches!(character, '.' | '-' | '/' | '(' | ')' | '\u{2010}'..='\u{2015}')
}

redacted_debug!([] PhoneNumber, "PhoneNumber(…)");
text_serde!([] PhoneNumber, as_str, EXPECTED);
text_scalar!(
    PhoneNumber, as_str, EXPECTED, "PhoneNumber", "https://www.itu.int/rec/T-REC-E.164",
    #[doc = "A phone number in E.164 form, such as `+4930901820`: a plus sign, the country code and the number,"]
    #[doc = "7 to 15 digits in all, without spaces or punctuation."]
);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<PhoneNumber, Malformed> {
        text.parse()
    }

    #[test]
    fn numbers_in_international_form_are_kept_as_they_are() {
        for written in ["+4930901820", "+1234567", "+123456789012345", "+14155550100"] {
            assert_eq!(parse(written).unwrap().as_str(), written);
        }
    }

    #[test]
    fn every_other_form_is_refused_with_the_mend_that_fits() {
        for (written, expected) in [
            ("", EXPECTED),
            ("+", EXPECTED),
            ("call me", EXPECTED),
            ("+49x30901820", EXPECTED),
            ("+٤٩٣٠٩٠١٨٢٠", EXPECTED),
            ("+49 30 901820", EXPECTED_BARE),
            ("+49.30.901820", EXPECTED_BARE),
            ("+49-30-901820", EXPECTED_BARE),
            ("+49 (0)30 901820", EXPECTED_BARE),
            (" +4930901820", EXPECTED_BARE),
            ("+4930901820\n", EXPECTED_BARE),
            ("++4930901820", EXPECTED_BARE),
            ("030901820", EXPECTED_COUNTRY),
            ("004930901820", EXPECTED_COUNTRY),
            ("4930901820", EXPECTED_COUNTRY),
            ("+04930901820", EXPECTED_COUNTRY),
            ("+123456", EXPECTED_LENGTH),
            ("+1234567890123456", EXPECTED_LENGTH),
        ] {
            assert_eq!(parse(written).unwrap_err().expected, expected, "{written:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", parse("+4930901820").unwrap()), "PhoneNumber(…)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*", near in "[+0-9 ().-]{0,20}") {
            let _ = (parse(&text), parse(&near));
        }

        #[test]
        fn exactly_the_e164_form_is_accepted(text in "\\+?[0-9]{5,17}") {
            let accepted = text.strip_prefix('+').is_some_and(|d| (7..=15).contains(&d.len()) && !d.starts_with('0'));
            prop_assert_eq!(parse(&text).is_ok(), accepted);
            prop_assert!(parse(&text).is_err() || parse(&text).unwrap().as_str() == text);
        }
    }
}

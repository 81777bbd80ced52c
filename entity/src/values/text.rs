//! Short free text: one line ([`Text`]) or several ([`Prose`]).

use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

use super::Malformed;
use super::characters::{is_bidi_override, is_separator, is_visible};
use super::checked::{redacted_debug, text_serde};

/// One line of text that a person wrote: a name, a label, a postcode.
///
/// In Unicode normalisation form C, trimmed, with at least one visible character and at most `MAX` characters (Unicode
/// scalar values). Control characters, line breaks and bidi embeddings, overrides and isolates are refused.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// Several lines of text that a person wrote: as [`Text`], and line feeds may stand inside.
///
/// The line ends of forms and other systems (CR LF, CR) become line feeds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prose<const MAX: usize>(String);

const EXPECTED: &str = "a text";
const EXPECTED_SOME: &str = "a text that is not empty";
const EXPECTED_LINE: &str =
    "a text of one line, without control characters or characters that change the direction of writing";
const EXPECTED_LINES: &str = "a text without control characters or characters that change the direction of writing";

impl<const MAX: usize> Text<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Prose<MAX> {
    /// The text, its lines ended by line feeds.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let plain = |character: char| !character.is_control();
        tidy(text, plain, EXPECTED_LINE, TooLong::<MAX>::EXPECTED, MAX).map(Self)
    }
}

impl<const MAX: usize> FromStr for Prose<MAX> {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let plain = |character: char| character == '\n' || !character.is_control();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        tidy(&text, plain, EXPECTED_LINES, TooLong::<MAX>::EXPECTED, MAX).map(Self)
    }
}

/// The trimmed text in form C, when every character is plain, one is visible, and there are at most `max`.
fn tidy(
    text: &str,
    plain: fn(char) -> bool,
    expected_plain: &'static str,
    expected_length: &'static str,
    max: usize,
) -> Result<String, Malformed> {
    let tidy: String = text.trim().nfc().collect();
    let expected = if !tidy.chars().any(is_visible) {
        EXPECTED_SOME
    } else if !tidy
        .chars()
        .all(|character| plain(character) && !is_bidi_override(character) && !is_separator(character))
    {
        expected_plain
    } else if tidy.chars().count() > max {
        expected_length
    } else {
        return Ok(tidy);
    };
    Err(Malformed::new(expected))
}

redacted_debug!([const MAX: usize] Text<MAX>, "Text(…)");
redacted_debug!([const MAX: usize] Prose<MAX>, "Prose(…)");
text_serde!([const MAX: usize] Text<MAX>, as_str, EXPECTED);
text_serde!([const MAX: usize] Prose<MAX>, as_str, EXPECTED);

/// The mend for a text that is too long, with the number in it, made by the compiler for each `MAX`.
struct TooLong<const MAX: usize>;

impl<const MAX: usize> TooLong<MAX> {
    const EXPECTED: &'static str = match str::from_utf8(Self::SENTENCE) {
        Ok(sentence) => sentence,
        Err(_) => "a shorter text",
    };
    const SENTENCE: &'static [u8] = Self::BUFFER.0.split_at(Self::BUFFER.1).0;
    const BUFFER: ([u8; 64], usize) = sentence(MAX);
}

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler: an index out of range does not compile")]
const fn sentence(max: usize) -> ([u8; 64], usize) {
    const BEFORE: &[u8] = b"a text of at most ";
    const AFTER: &[u8] = b" characters";
    let (mut buffer, mut end, mut place) = ([0; 64], 0, 1);
    while end < BEFORE.len() {
        buffer[end] = BEFORE[end];
        end += 1;
    }
    while max / place >= 10 {
        place *= 10;
    }
    while place > 0 {
        buffer[end] = b'0' + (max / place % 10) as u8;
        end += 1;
        place /= 10;
    }
    let mut at = 0;
    while at < AFTER.len() {
        buffer[end] = AFTER[at];
        end += 1;
        at += 1;
    }
    (buffer, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(text: &str) -> Result<Text<5>, Malformed> {
        text.parse()
    }

    fn lines(text: &str) -> Result<Prose<5>, Malformed> {
        text.parse()
    }

    #[test]
    fn texts_are_trimmed_and_composed() {
        for (written, kept) in [
            ("Ada", "Ada"),
            ("  Ada\n", "Ada"),
            ("e\u{301}", "é"),
            ("山田 太郎", "山田 太郎"),
            ("👩‍🚀", "👩‍🚀"),
            ("ن\u{200F}", "ن\u{200F}"),
        ] {
            assert_eq!(line(written).unwrap().as_str(), kept);
            assert_eq!(lines(written).unwrap().as_str(), kept);
        }
        assert_eq!(line("e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}").unwrap().as_str(), "ééééé");
    }

    #[test]
    fn line_breaks_are_for_prose_only_and_become_line_feeds() {
        for (written, kept) in [("a\nb", "a\nb"), ("a\r\nb", "a\nb"), ("a\rb\n", "a\nb"), ("a\n\r\nb", "a\n\nb")] {
            assert_eq!(line(written).unwrap_err().expected, EXPECTED_LINE);
            assert_eq!(lines(written).unwrap().as_str(), kept);
        }
    }

    #[test]
    fn empty_long_and_deceiving_texts_are_refused_with_the_mend_that_fits() {
        for (written, expected) in [
            ("", EXPECTED_SOME),
            (" \n\t", EXPECTED_SOME),
            ("\u{200B}\u{FEFF}", EXPECTED_SOME),
            ("a\tb", EXPECTED_LINE),
            ("a\0b", EXPECTED_LINE),
            ("a\u{85}b", EXPECTED_LINE),
            ("a\u{2028}b", EXPECTED_LINE),
            ("a\u{202E}b", EXPECTED_LINE),
            ("a\u{2067}b", EXPECTED_LINE),
            ("abcdef", "a text of at most 5 characters"),
        ] {
            assert_eq!(line(written).unwrap_err().expected, expected, "{written:?}");
            let expected = if expected == EXPECTED_LINE { EXPECTED_LINES } else { expected };
            assert_eq!(lines(written).unwrap_err().expected, expected, "{written:?}");
        }
    }

    #[test]
    fn the_mend_for_a_long_text_names_the_length() {
        assert_eq!(TooLong::<1>::EXPECTED, "a text of at most 1 characters");
        assert_eq!(TooLong::<10>::EXPECTED, "a text of at most 10 characters");
        assert_eq!(TooLong::<2000>::EXPECTED, "a text of at most 2000 characters");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?} {:?}", line("Ada").unwrap(), lines("Ada").unwrap()), "Text(…) Prose(…)");
    }

    proptest! {
        #[test]
        fn what_was_accepted_reads_back_the_same(text in any::<String>()) {
            if let Ok(accepted) = text.parse::<Text<100>>() {
                prop_assert_eq!(accepted.as_str().parse(), Ok(accepted.clone()));
            }
            if let Ok(accepted) = text.parse::<Prose<100>>() {
                prop_assert_eq!(accepted.as_str().parse(), Ok(accepted.clone()));
            }
        }
    }
}

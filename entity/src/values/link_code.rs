//! The code that a customer sends from a profile to prove that it is theirs.

use std::str::FromStr;

use super::Malformed;

/// Letters and digits that are not taken for each other: Crockford's base 32, without `i`, `l`, `o` and `u`.
const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// How many of them: 40 bits.
const LENGTH: usize = 8;
/// It says what it is for, so that nobody posts one for somebody else without knowing what they do.
const WORD: &str = "rapport";

/// A code such as `rapport-7k2m-9qxa`. Case, and how its parts are joined, do not count.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkCode(String);

impl LinkCode {
    /// The code of eight random bytes, of each of which five bits count.
    #[must_use]
    pub fn of(bytes: [u8; LENGTH]) -> Self {
        let symbol = |byte: u8| SYMBOLS.get(usize::from(byte & 31)).map_or('0', |symbol| char::from(*symbol));
        Self(bytes.into_iter().map(symbol).collect())
    }

    /// The symbols alone, for hashing.
    #[must_use]
    pub fn symbols(&self) -> &str {
        &self.0
    }

    /// As it is shown, to be sent.
    #[must_use]
    pub fn shown(&self) -> String {
        let (front, back) = self.0.split_at(self.0.len().min(LENGTH / 2));
        format!("{WORD}-{front}-{back}")
    }

    /// The first code in a message. Further ones are not looked at, so that one message is one try.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let after = text.match_indices(WORD).map(|(place, word)| text.get(place + word.len()..).unwrap_or_default());
        after.into_iter().find_map(|rest| {
            let parts = rest.strip_prefix(is_joint)?;
            let (symbols, end) = read(parts)?;
            // What goes on is another word.
            (!end.starts_with(char::is_alphanumeric)).then_some(Self(symbols))
        })
    }
}

/// Hyphens become dashes on many a phone.
const fn is_joint(letter: char) -> bool {
    matches!(letter, '-' | ' ' | '\u{2010}'..='\u{2015}' | '\u{2212}' | ':')
}

/// Eight symbols, in which joints may stand, and what comes after them.
fn read(text: &str) -> Option<(String, &str)> {
    let mut symbols = String::with_capacity(LENGTH);
    for (place, letter) in text.char_indices() {
        if symbols.len() == LENGTH {
            return Some((symbols, text.get(place..)?));
        }
        let letter = match letter {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        if SYMBOLS.iter().any(|symbol| char::from(*symbol) == letter) {
            symbols.push(letter);
        } else if !is_joint(letter) {
            return None;
        }
    }
    (symbols.len() == LENGTH).then_some((symbols, ""))
}

impl FromStr for LinkCode {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::find(text).ok_or(Malformed::new("a code such as rapport-7k2m-9qxa"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_found_in_a_message_however_it_was_typed() {
        for text in [
            "rapport-7k2m-9qxa",
            "Hello! RAPPORT-7K2M-9QXA, thanks",
            "rapport 7k2m 9qxa.",
            "rapport\u{2013}7k2m\u{2014}9qxa",
            "I use rapport. Rapport: 7k2m9qxa",
            "rapport-7k2m-9qxa rapport-0000-0000",
        ] {
            assert_eq!(LinkCode::find(text).map(|code| code.shown()).as_deref(), Some("rapport-7k2m-9qxa"), "{text}");
        }
        assert_eq!(LinkCode::find("rapport-oil0-0000").map(|code| code.0).as_deref(), Some("01100000"));
    }

    #[test]
    fn other_words_are_no_code() {
        for text in
            ["", "7k2m-9qxa", "rapport", "rapport-7k2m", "rapport-7k2m-9qxab", "rapport7k2m9qxa", "rapport-7k2m-9qx!"]
        {
            assert!(LinkCode::find(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_code_is_found_as_it_is_shown(bytes: [u8; 8], before in "[^rR]{0,20}", after in "( .{0,20})?") {
            let code = LinkCode::of(bytes);
            let found = LinkCode::find(&format!("{before}{}{after}", code.shown()));
            prop_assert!(found == Some(code));
        }

        #[test]
        fn no_text_is_too_strange(text in any::<String>()) {
            let _ = LinkCode::find(&text);
            let _ = LinkCode::find(&format!("rapport-{text}"));
        }
    }
}

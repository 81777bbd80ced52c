//! What a channel itself calls an account, which stays when its handle changes.

use std::str::FromStr;

use super::Malformed;
use super::characters::is_visible;
use super::checked::{redacted_debug, text_serde};

/// The opaque, immutable id of an account on its channel: 1 to 128 visible characters, compared exactly.
///
/// Nothing is normalised: the channel gave it, and only the channel knows what it means.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccountId(String);

const EXPECTED: &str = "an account id of 1 to 128 visible characters, without spaces";
const MAX: usize = 128;

impl AccountId {
    /// The id, exactly as the channel gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let sound = text.chars().all(is_visible) && (1..=MAX).contains(&text.chars().count());
        if sound { Ok(Self(text.to_owned())) } else { Err(Malformed::new(EXPECTED)) }
    }
}

redacted_debug!([] AccountId, "AccountId(…)");
text_serde!([] AccountId, as_str, EXPECTED);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_kept_exactly() {
        for written in [
            "1",
            "4711",
            "AbC",
            "https://mastodon.example/users/ada",
            "e\u{301}",
            "urn:li:person:x_Y-z",
            &"x".repeat(128),
        ] {
            assert_eq!(written.parse::<AccountId>().unwrap().as_str(), written);
        }
    }

    #[test]
    fn empty_long_and_invisible_ids_are_refused() {
        for written in ["", " ", "a b", " a", "a\n", "a\u{200B}", "a\u{202E}b", &"x".repeat(129)] {
            assert_eq!(written.parse::<AccountId>(), Err(Malformed::new(EXPECTED)), "{written:?}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", "4711".parse::<AccountId>().unwrap()), "AccountId(…)");
    }

    proptest! {
        #[test]
        fn an_accepted_id_is_the_text_itself(text in any::<String>()) {
            prop_assert!(text.parse::<AccountId>().is_ok_and(|id| id.as_str() == text) || text.parse::<AccountId>().is_err());
        }
    }
}

//! Handles on channels, and the published rules by which two spellings are the same handle.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::checked::deserialize_text;
use super::spelling::{Spelling, email, exact, spell};
use super::{Channel, EmailAddress, Malformed, PhoneNumber};

/// The name of an account on a channel; it can change its owner, unlike an [`AccountId`](super::AccountId).
///
/// Handles are equal when channel and normalised form are equal. JSON: `{"channel": "X", "text": "Ada_L"}`, where
/// `text` is the form for display. `Debug` shows the channel only.
///
/// # The published rules
///
/// Handles are looked up by a keyed hash of their normalised form, so these rules are a contract: whoever computes the
/// form elsewhere must get the same bytes, and a change of a rule needs every stored hash to be made anew.
///
/// First, on every channel: Unicode normalisation form KC, then white space at either end is cut off. What remains has
/// 1 to 320 characters, all visible: no white space, no control, no bidi control, none that is ignorable by default.
///
/// | channel | accepted then | kept for display | compared and hashed |
/// |---|---|---|---|
/// | X | an optional leading `@`; 1 to 15 of `A-Z a-z 0-9 _` | without `@` | in lower case |
/// | INSTAGRAM | an optional leading `@`; 1 to 30 of `A-Z a-z 0-9 . _` | without `@` | in lower case |
/// | FACEBOOK | 1 to 50 of `A-Z a-z 0-9 .`, not only dots | as written | in lower case, without dots |
/// | LINKEDIN | an optional leading `in/` or `@`; 3 to 100 Unicode letters with their marks, digits, `-` | without prefix | in lower case, form KC |
/// | MASTODON | an optional leading `@`; `user@host`; user of `A-Z a-z 0-9 _ . -`, dots and hyphens inside; host as in EMAIL | without leading `@`, host in lower case | in lower case |
/// | EMAIL | an [`EmailAddress`] | domain in lower case | in lower case |
/// | PHONE | a [`PhoneNumber`] | as written | as written |
/// | WEB | 1 to 128 characters | as written | as written, case kept |
///
/// Lower case is Unicode's, each character by itself (no rule for a final sigma); where only ASCII is accepted it is
/// ASCII's. An international host is written in its `xn--` form. In e-mail addresses neither dots nor `+tags` are
/// folded: whether they tell mailboxes apart only the receiving host knows, and where they do, folding would answer a
/// brand's question about one person with the profile of another.
#[derive(Clone)]
pub struct Handle {
    channel: Channel,
    written: String,
    normalised: String,
}

impl Handle {
    /// Reads a handle by the rules of its channel.
    ///
    /// # Errors
    /// [`Malformed`] with the way in which handles are written on that channel.
    pub fn parse(channel: Channel, text: &str) -> Result<Self, Malformed> {
        spell(channel, text).map(|spelling| Self::new(channel, spelling))
    }

    fn new(channel: Channel, spelling: Spelling) -> Self {
        Self { channel, written: spelling.written, normalised: spelling.normalised }
    }

    /// The channel it is a name on.
    #[must_use]
    pub const fn channel(&self) -> Channel {
        self.channel
    }

    /// The form that is compared, and hashed for lookup together with the channel.
    #[must_use]
    pub fn normalised(&self) -> &str {
        &self.normalised
    }

    /// The form to show: case and dots as the person wrote them, no `@` or `in/` before it.
    #[must_use]
    pub fn as_written(&self) -> &str {
        &self.written
    }
}

impl From<&EmailAddress> for Handle {
    fn from(address: &EmailAddress) -> Self {
        Self::new(Channel::Email, email(address))
    }
}

impl From<&PhoneNumber> for Handle {
    fn from(number: &PhoneNumber) -> Self {
        Self::new(Channel::Phone, exact(number.as_str()))
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.channel == other.channel && self.normalised == other.normalised
    }
}

impl Eq for Handle {}

impl Hash for Handle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.channel.hash(state);
        self.normalised.hash(state);
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Handle({}, …)", self.channel.as_str())
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    channel: Channel,
    text: &'a str,
}

#[derive(Deserialize)]
struct Stored {
    channel: Channel,
    #[serde(deserialize_with = "any_text")]
    text: String,
}

fn any_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserialize_text(deserializer, "a handle", |text| Ok(text.to_owned()))
}

impl Serialize for Handle {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown { channel: self.channel, text: &self.written }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { channel, text } = Stored::deserialize(deserializer)?;
        Self::parse(channel, &text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;

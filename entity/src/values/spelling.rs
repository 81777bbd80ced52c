//! How a handle is spelled on each channel: the rules behind the table at `Handle`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::characters::is_visible;
use super::email::is_host;
use super::{Channel, EmailAddress, Malformed, PhoneNumber};

/// A handle in its two spellings: for people, and for comparison.
pub(super) struct Spelling {
    pub(super) written: String,
    pub(super) normalised: String,
}

/// Spells a handle, or says how it is written on its channel.
pub(super) fn spell(channel: Channel, text: &str) -> Result<Spelling, Malformed> {
    let folded: String = text.nfkc().collect();
    let text = folded.trim();
    if !text.chars().all(is_visible) || !has_length(text, 1, 320) {
        return Err(Malformed::new(expected(channel)));
    }
    let spelling = match channel {
        Channel::X => lowered(without_at(text), |byte| byte.is_ascii_alphanumeric() || byte == b'_', 15),
        Channel::Instagram => {
            lowered(without_at(text), |byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte), 30)
        }
        Channel::Facebook => facebook(text),
        Channel::Linkedin => linkedin(text),
        Channel::Mastodon => mastodon(text),
        Channel::Email => return text.parse().map(|address: EmailAddress| email(&address)),
        Channel::Phone => return text.parse().map(|number: PhoneNumber| exact(number.as_str())),
        Channel::Web => has_length(text, 1, 128).then(|| exact(text)),
    };
    spelling.ok_or(Malformed::new(expected(channel)))
}

/// The spellings of an address that was checked before.
pub(super) fn email(address: &EmailAddress) -> Spelling {
    Spelling { written: address.as_str().to_owned(), normalised: address.normalised() }
}

/// The spellings of a text that is compared as it is.
pub(super) fn exact(text: &str) -> Spelling {
    Spelling { written: text.to_owned(), normalised: text.to_owned() }
}

/// How a handle is written on the channel.
pub(super) const fn expected(channel: Channel) -> &'static str {
    match channel {
        Channel::X => "a handle on X, such as @ada: at most 15 letters a-z, digits and underscores",
        Channel::Instagram => {
            "a handle on Instagram, such as @ada: at most 30 letters a-z, digits, dots and underscores"
        }
        Channel::Facebook => {
            "the name in a Facebook address, such as ada.lovelace: at most 50 letters a-z, digits and dots"
        }
        Channel::Linkedin => {
            "the name in a LinkedIn address, such as in/ada-lovelace: 3 to 100 letters, digits and hyphens"
        }
        Channel::Mastodon => "a Mastodon handle with its server, such as @ada@mastodon.example",
        Channel::Email => "an e-mail address, such as ada@example.org",
        Channel::Phone => "a phone number in E.164 form, such as +4930901820",
        Channel::Web => "an id of 1 to 128 visible characters, without spaces",
    }
}

fn has_length(text: &str, min: usize, max: usize) -> bool {
    (min..=max).contains(&text.chars().count())
}

fn without_at(text: &str) -> &str {
    text.strip_prefix('@').unwrap_or(text)
}

/// A name of at most `max` ASCII characters of the alphabet, compared in lower case.
fn lowered(text: &str, alphabet: fn(u8) -> bool, max: usize) -> Option<Spelling> {
    let sound = (1..=max).contains(&text.len()) && text.bytes().all(alphabet);
    sound.then(|| Spelling { written: text.to_owned(), normalised: text.to_ascii_lowercase() })
}

fn facebook(text: &str) -> Option<Spelling> {
    let spelling = lowered(text, |byte| byte.is_ascii_alphanumeric() || byte == b'.', 50)?;
    let normalised = spelling.normalised.replace('.', "");
    (!normalised.is_empty()).then_some(Spelling { normalised, ..spelling })
}

/// Both spellings must obey the rule, so that a normalised handle is a handle.
fn linkedin(text: &str) -> Option<Spelling> {
    let name = text.strip_prefix("in/").or_else(|| text.strip_prefix('@')).unwrap_or(text);
    let normalised: String = name.chars().flat_map(char::to_lowercase).nfkc().collect();
    let sound = |name: &str| {
        has_length(name, 3, 100)
            && !name.starts_with(is_combining_mark)
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || character == '-' || is_combining_mark(character))
    };
    (sound(name) && sound(&normalised)).then(|| Spelling { written: name.to_owned(), normalised })
}

fn mastodon(text: &str) -> Option<Spelling> {
    let (user, host) = without_at(text).split_once('@')?;
    let user_is_sound = !user.is_empty()
        && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
        && !user.starts_with(['.', '-'])
        && !user.ends_with(['.', '-']);
    let sound = user_is_sound && is_host(host);
    sound.then(|| Spelling {
        written: format!("{user}@{}", host.to_ascii_lowercase()),
        normalised: format!("{user}@{host}").to_ascii_lowercase(),
    })
}

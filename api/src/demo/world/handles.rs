//! Handles and account ids: unique per channel, in the shape that each channel allows.

use super::chance::Chance;
use super::time::{DAY, HOUR, rfc3339, second_between};
use crate::import::line::Link;
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// Channels of the demo, with the share of people in 100 who linked each.
const CHANNELS: [(&str, u64); 7] =
    [("X", 50), ("INSTAGRAM", 42), ("EMAIL", 38), ("PHONE", 24), ("MASTODON", 14), ("FACEBOOK", 28), ("LINKEDIN", 18)];

/// Mastodon servers; `.example` belongs to nobody.
const SERVERS: [&str; 4] = ["social.example", "mastodon.example", "toot.example", "fedi.example"];

/// What has been given away, so that nobody gets it twice.
#[derive(Default)]
pub(super) struct Taken {
    words: HashSet<(&'static str, String)>,
}

impl Taken {
    /// Takes `word` on `channel`; false if somebody has it.
    pub(super) fn claim(&mut self, channel: &'static str, word: &str) -> bool {
        self.words.insert((channel, word.to_owned()))
    }

    /// The first free one of `wishes` that has at most `longest` characters, else the first with a number at its end.
    pub(super) fn first(&mut self, channel: &'static str, wishes: &[String], longest: usize) -> String {
        for wish in wishes.iter().filter(|wish| wish.len() <= longest) {
            if self.claim(channel, wish) {
                return wish.clone();
            }
        }
        let stem: String = wishes.first().map(|wish| wish.chars().take(longest - 4).collect()).unwrap_or_default();
        let numbered = (2..10_000).map(|number| format!("{stem}{number}"));
        numbered.into_iter().find(|word| self.claim(channel, word)).unwrap_or_default()
    }
}

/// Who is to be linked.
pub(super) struct Holder<'a> {
    /// The place in the list of people; makes account ids unique.
    pub(super) number: u64,
    /// First name.
    pub(super) given: &'a str,
    /// Last name.
    pub(super) family: &'a str,
    /// E-mail address.
    pub(super) email: &'a str,
    /// Phone number.
    pub(super) phone: &'a str,
}

/// One to four links of a person.
pub(super) fn invent(chance: &mut Chance, base: i64, holder: &Holder, taken: &mut Taken) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (channel, share) in CHANNELS {
        if links.len() < 4 && chance.percent(share) {
            links.push(link(chance, base, holder, channel, taken));
        }
    }
    if links.is_empty() {
        links.push(link(chance, base, holder, "X", taken));
    }
    links
}

fn link(chance: &mut Chance, base: i64, holder: &Holder, channel: &'static str, taken: &mut Taken) -> Link {
    let handle = handle(chance, holder, channel, taken);
    let account_id = account_id(chance, channel, holder.number, &handle);
    let verified = verified(chance, base);
    Link { channel: channel.to_owned(), handle, account_id, verified_at: rfc3339(verified) }
}

/// Nearly always less than 30 days ago: older links will have to be proven again.
fn verified(chance: &mut Chance, base: i64) -> i64 {
    if chance.percent(97) {
        second_between(chance, base - 28 * DAY, base - HOUR)
    } else {
        second_between(chance, base - 120 * DAY, base - 31 * DAY)
    }
}

fn handle(chance: &mut Chance, holder: &Holder, channel: &'static str, taken: &mut Taken) -> String {
    match channel {
        "EMAIL" => holder.email.to_owned(),
        "PHONE" => holder.phone.to_owned(),
        "X" => taken.first(channel, &wishes(chance, holder, '_'), 15),
        "LINKEDIN" => {
            let tail = format!("-{:05x}", chance.below(1 << 20));
            let names: Vec<String> = wishes(chance, holder, '-').into_iter().map(|wish| wish + &tail).collect();
            taken.first(channel, &names, 60)
        }
        "MASTODON" => {
            let server = chance.pick(&SERVERS);
            let names = wishes(chance, holder, '_').into_iter().map(|wish| format!("{wish}@{server}"));
            taken.first(channel, &names.collect::<Vec<_>>(), 60)
        }
        _ => taken.first(channel, &wishes(chance, holder, '.'), 30),
    }
}

/// What this person might want to be called, the favourite first.
fn wishes(chance: &mut Chance, holder: &Holder, joint: char) -> Vec<String> {
    let (given, family) = (plain(holder.given), plain(holder.family));
    let initial: String = given.chars().take(1).collect();
    let year = chance.between(60, 99);
    let mut wishes = vec![
        format!("{given}{joint}{family}"),
        format!("{initial}{joint}{family}"),
        format!("{family}{joint}{given}"),
        format!("{given}{family}"),
        format!("{family}{joint}{year}"),
        format!("{initial}{family}{year}"),
    ];
    let turns = usize::try_from(chance.below(wishes.len() as u64)).unwrap_or(0);
    wishes.rotate_left(turns);
    wishes
}

/// `name` in lower case letters a to z: `Özkayan` becomes `ozkayan`.
pub(super) fn plain(name: &str) -> String {
    name.nfd().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The channel's own id of the account; an address is its own id. Numbers have the channel's length, and begin with a
/// nine, so high that no account has one.
fn account_id(chance: &mut Chance, channel: &str, number: u64, handle: &str) -> String {
    match channel {
        "X" => format!("90{:013}{number:04}", chance.below(10_000_000_000_000)),
        "INSTAGRAM" => format!("990000{:07}{number:04}", chance.below(10_000_000)),
        "FACEBOOK" => format!("9900{:07}{number:04}", chance.below(10_000_000)),
        "MASTODON" => format!("99{:012}{number:04}", chance.below(1_000_000_000_000)),
        "LINKEDIN" => format!("{:07x}{number:03x}", chance.below(1 << 28)),
        _ => handle.to_owned(),
    }
}

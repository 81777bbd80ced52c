//! Everybody but the personas: names, addresses, places and what hangs on them.

use super::chance::{Chance, Topic};
use super::handles::{self, Holder, Taken, plain};
use super::names::{COUNTRIES, Country, Place};
use super::{Draft, Person, contexts, preferences, sharing};
use crate::import::line::{Area, Contact, Customer, CustomerLine, Language, Link, Name};

/// Who somebody is and where they live, before anything is written down.
struct Identity {
    number: u64,
    given: &'static str,
    family: &'static str,
    pronouns: &'static str,
    email: String,
    phone: String,
    town: &'static str,
    area: Area,
    language: Language,
}

/// One resident of a country, by their place in its list.
struct Slot {
    country: &'static Country,
    index: u64,
}

/// All people but the personas, countries mixed.
pub(super) fn drafts(base: i64, seed: u64, taken: &mut Taken) -> Vec<Draft> {
    let numbered = slots(seed).into_iter().zip(1..);
    numbered.map(|(slot, number)| draft(base, seed, &slot, number, taken)).collect()
}

fn slots(seed: u64) -> Vec<Slot> {
    let everybody = COUNTRIES.iter().flat_map(|country| (0..country.people).map(move |index| Slot { country, index }));
    let mut slots: Vec<(u64, Slot)> =
        everybody.zip(0..).map(|(slot, number)| (Chance::new(seed, Topic::Order, number).next(), slot)).collect();
    slots.sort_by_key(|(order, _)| *order);
    slots.into_iter().map(|(_, slot)| slot).collect()
}

fn draft(base: i64, seed: u64, slot: &Slot, number: u64, taken: &mut Taken) -> Draft {
    let stream = |topic| Chance::new(seed, topic, number);
    let mut traits = stream(Topic::Person);
    let identity = identity(&mut traits, slot, number, taken);
    let holder = Holder {
        number,
        given: identity.given,
        family: identity.family,
        email: &identity.email,
        phone: &identity.phone,
    };
    let links = handles::invent(&mut stream(Topic::Links), base, &holder, taken);
    let plans = sharing::invent(&mut stream(Topic::Sharing), base);
    let contexts = contexts::invent(&mut stream(Topic::Contexts), base, identity.town, &identity.area, &plans);
    let customer = customer(&mut traits, identity, &links);
    let mut tastes = stream(Topic::Preferences);
    let count = tastes.below(11);
    let preferences = preferences::invent(&mut tastes, count);
    let line = CustomerLine { customer, links, preferences, grants: sharing::lines(&plans) };
    let person = Person { line, contexts, paused: sharing::pauses(&plans), narrowed: sharing::narrowings(&plans) };
    Draft { person, plans, lively: false }
}

fn identity(chance: &mut Chance, slot: &Slot, number: u64, taken: &mut Taken) -> Identity {
    let country = slot.country;
    let (given, family, pronouns) = name(country, slot.index, chance.percent(6));
    let places = country.places();
    let count = places.len().max(1) as u64;
    let turn = usize::try_from(slot.index % count).unwrap_or(0);
    let home = places.get(turn);
    let text = |cell: fn(&Place) -> &'static str| home.map(cell).unwrap_or_default();
    Identity {
        number,
        given,
        family,
        pronouns,
        email: email(chance, given, family, taken),
        phone: home.map(|place| place.number(slot.index / count)).unwrap_or_default(),
        town: text(|place| place.town),
        area: Area {
            postal_code: Some(chance.word(text(|place| place.postcodes), '/').to_owned()),
            region: Some(text(|place| place.region).to_owned()),
            country: Some(country.code.to_owned()),
        },
        language: Language {
            locale: Some(text(|place| place.locale).to_owned()),
            time_zone: Some(text(|place| place.zone).to_owned()),
        },
    }
}

/// The `index`th pair of names: 97 has no divisor in common with any number of pairs, so each comes up once.
fn name(country: &Country, index: u64, theirs: bool) -> (&'static str, &'static str, &'static str) {
    let women: Vec<&'static str> = country.she.split(' ').collect();
    let given: Vec<&'static str> = women.iter().copied().chain(country.he.split(' ')).collect();
    let families: Vec<&'static str> = country.family.split_whitespace().collect();
    let pairs = (given.len() * families.len()).max(1);
    let pair = (usize::try_from(index).unwrap_or(0) * 97 + 5) % pairs;
    let first = pair % given.len().max(1);
    let gender = if theirs { 2 } else { usize::from(first >= women.len()) };
    let word = |words: &[&'static str], at: usize| words.get(at).copied().unwrap_or_default();
    let pronouns = country.pronouns.split('|').nth(gender).unwrap_or_default();
    (word(&given, first), word(&families, pair / given.len().max(1)), pronouns)
}

fn email(chance: &mut Chance, given: &str, family: &str, taken: &mut Taken) -> String {
    let (given, family) = (plain(given), plain(family));
    let initial: String = given.chars().take(1).collect();
    let domain = chance.pick(&["example.org", "example.com", "example.net"]);
    let mut wishes = [format!("{given}.{family}"), format!("{initial}.{family}"), format!("{family}.{given}")];
    let turns = chance.pick(&[0, 0, 0, 1, 2]);
    wishes.rotate_left(turns);
    let user = taken.first("account", &wishes, 64);
    format!("{user}@{domain}")
}

fn customer(chance: &mut Chance, identity: Identity, links: &[Link]) -> Customer {
    let channels: Vec<&str> = links.iter().map(|link| link.channel.as_str()).chain(["EMAIL"]).collect();
    let contact = Contact {
        email: Some(identity.email.clone()),
        phone: chance.percent(72).then_some(identity.phone),
        preferred_channel: chance.percent(80).then(|| chance.pick(&channels).to_owned()),
    };
    let name = Name {
        display_name: Some(display(chance, identity.given, identity.family)),
        given_name: Some(identity.given.to_owned()),
        family_name: chance.percent(95).then(|| identity.family.to_owned()),
        pronouns: chance.percent(45).then(|| identity.pronouns.to_owned()),
    };
    let mut area = identity.area;
    area.postal_code = area.postal_code.filter(|_| chance.percent(90));
    Customer {
        key: format!("person-{:04}", identity.number),
        email: identity.email,
        name: Some(name),
        contact: chance.percent(92).then_some(contact),
        area: chance.percent(88).then_some(area),
        language: chance.percent(96).then_some(identity.language),
    }
}

fn display(chance: &mut Chance, given: &str, family: &str) -> String {
    let initial: String = given.chars().take(1).collect();
    match chance.below(10) {
        0 => format!("{initial}. {family}"),
        1..=3 => format!("{given} {family}"),
        _ => given.to_owned(),
    }
}

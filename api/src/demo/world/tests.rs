//! The promises of the demo's world.

use super::{Answer, Person, Read, World, brands, build};
use crate::import::line::{Grant, Link};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

const NOW: i64 = 1_781_000_000_123;
const DAY: i64 = 86_400_000;
const PURPOSES: [&str; 5] = ["CUSTOMER_CARE", "PERSONALISATION", "RECOMMENDATIONS", "DIRECT_MARKETING", "ANALYTICS"];
const CHANNELS: [&str; 7] = ["X", "INSTAGRAM", "EMAIL", "PHONE", "MASTODON", "FACEBOOK", "LINKEDIN"];

fn world() -> World {
    build(NOW, 7)
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().map_or(i64::MIN, Timestamp::as_millisecond)
}

fn grants(world: &World) -> impl Iterator<Item = (&Person, &Grant)> {
    world.people.iter().flat_map(|person| person.line.grants.iter().map(move |grant| (person, grant)))
}

fn links(world: &World) -> impl Iterator<Item = &Link> {
    world.people.iter().flat_map(|person| &person.line.links)
}

/// When a grant ends or ended.
fn end(grant: &Grant) -> i64 {
    grant.withdrawn_at.as_deref().map_or_else(|| ms(&grant.until), ms)
}

fn is_live(grant: &Grant) -> bool {
    ms(&grant.from) <= NOW && NOW < end(grant)
}

fn same(grant: &Grant, brand: &str, purpose: &str) -> bool {
    grant.brand == brand && grant.purpose == purpose
}

fn state(person: &Person, grant: &Grant) -> &'static str {
    let live = is_live(grant);
    if grant.withdrawn_at.is_some() {
        "withdrawn"
    } else if ms(&grant.from) > NOW {
        "future"
    } else if !live {
        "expired"
    } else if person.paused.iter().any(|pause| same(grant, &pause.brand, &pause.purpose)) {
        "paused"
    } else if person.narrowed.iter().any(|cut| same(grant, &cut.brand, &cut.purpose)) {
        "narrowed"
    } else if ms(&grant.until) < NOW + 7 * DAY {
        "expiring"
    } else {
        "active"
    }
}

fn states(world: &World) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for (person, grant) in grants(world) {
        *counts.entry(state(person, grant)).or_insert(0) += 1;
    }
    counts
}

fn duplicates<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = HashSet::new();
    words.map(str::to_lowercase).filter(|word| !seen.insert(word.clone())).collect()
}

fn is_e164(number: &str) -> bool {
    let digits = number.strip_prefix('+').unwrap_or_default();
    (8..=15).contains(&digits.len()) && !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[test]
fn the_same_seed_and_time_give_the_same_world() {
    assert_eq!(format!("{:?}", world()), format!("{:?}", world()));
}

#[test]
fn another_seed_gives_other_people_and_another_time_other_dates() {
    assert_ne!(format!("{:?}", world().people), format!("{:?}", build(NOW, 8).people));
    assert_ne!(format!("{:?}", world().reads), format!("{:?}", build(NOW + DAY, 7).reads));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test measures how long it takes")]
fn a_world_takes_well_under_a_second() {
    let fastest = (0..3).map(|_| {
        let start = Instant::now();
        let people = world().people.len();
        (start.elapsed(), people)
    });
    let fastest = fastest.min();
    assert!(fastest.is_some_and(|(time, people)| time < Duration::from_secs(1) && people == 642), "{fastest:?}");
}

#[test]
fn extreme_times_do_not_panic() {
    for now in [i64::MIN, -1, 0, i64::MAX] {
        assert_eq!(build(now, u64::MAX).people.len(), 642);
    }
}

#[test]
fn emails_keys_handles_and_accounts_are_unique() {
    for seed in [0, 1, 7, 42, u64::MAX] {
        let world = build(NOW, seed);
        let customers = || world.people.iter().map(|person| &person.line.customer);
        assert_eq!(duplicates(customers().map(|customer| customer.email.as_str())), [""; 0]);
        assert_eq!(duplicates(customers().map(|customer| customer.key.as_str())), [""; 0]);
        let phones = customers().filter_map(|customer| customer.contact.as_ref()?.phone.as_deref());
        assert_eq!(duplicates(phones), [""; 0]);
        for channel in CHANNELS {
            let of_channel = || links(&world).filter(|link| link.channel == channel);
            assert_eq!(duplicates(of_channel().map(|link| link.handle.as_str())), [""; 0]);
            assert_eq!(duplicates(of_channel().map(|link| link.account_id.as_str())), [""; 0]);
        }
    }
}

#[test]
fn everybody_has_one_to_four_links_of_known_channels_on_different_ones() {
    let world = world();
    for person in &world.people {
        let links = &person.line.links;
        assert!((1..=4).contains(&links.len()), "{links:?}");
        assert_eq!(duplicates(links.iter().map(|link| link.channel.as_str())), [""; 0]);
        assert!(links.iter().all(|link| CHANNELS.contains(&link.channel.as_str())), "{links:?}");
        assert!(links.iter().all(|link| !link.handle.is_empty() && !link.account_id.is_empty()));
    }
}

#[test]
fn handles_have_the_shape_of_their_channel() {
    for link in links(&world()) {
        let allowed = match link.channel.as_str() {
            "X" => "_",
            "LINKEDIN" => "-",
            "MASTODON" => "_@.",
            "EMAIL" => "@.",
            "PHONE" => "+",
            _ => ".",
        };
        let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || allowed.contains(letter);
        assert!(link.handle.chars().all(fits), "{link:?}");
        assert!(link.channel != "X" || (4..=15).contains(&link.handle.len()), "{link:?}");
    }
}

#[test]
fn nearly_all_links_were_proven_within_thirty_days_and_none_in_the_future() {
    let world = world();
    let ages: Vec<i64> = links(&world).map(|link| NOW - ms(&link.verified_at)).collect();
    let old = ages.iter().filter(|age| **age >= 30 * DAY).count();
    assert!((10..ages.len() / 20).contains(&old), "{old} of {}", ages.len());
    assert!(ages.iter().all(|age| (0..130 * DAY).contains(age)));
}

#[test]
fn every_phone_is_e164_and_every_address_belongs_to_nobody() {
    for person in &world().people {
        let customer = &person.line.customer;
        let domain = customer.email.split('@').nth(1).unwrap_or_default();
        assert!(["example.org", "example.com", "example.net"].contains(&domain), "{}", customer.email);
        assert!(customer.email.is_ascii());
        let phone = customer.contact.as_ref().and_then(|contact| contact.phone.as_deref());
        assert!(phone.is_none_or(is_e164), "{phone:?}");
    }
    assert!(links(&world()).filter(|link| link.channel == "PHONE").all(|link| is_e164(&link.handle)));
}

#[test]
fn every_row_of_the_country_tables_is_complete() {
    for country in &super::names::COUNTRIES {
        for place in country.places() {
            let cells = [place.town, place.region, place.zone, place.locale, place.postcodes, place.phone];
            assert!(cells.iter().all(|cell| !cell.is_empty()), "{cells:?}");
            assert!(place.digits >= 2 && is_e164(&place.number(0)), "{cells:?}");
            assert!(jiff::tz::TimeZone::get(place.zone).is_ok(), "{cells:?}");
        }
        assert_eq!(country.pronouns.split('|').count(), 3, "{}", country.code);
    }
}

#[test]
fn every_grant_obeys_the_rules() {
    for (_, grant) in grants(&world()) {
        let (from, until) = (ms(&grant.from), ms(&grant.until));
        assert!(0 < from && from < until && until - from <= 365 * DAY, "{grant:?}");
        let withdrawn = grant.withdrawn_at.as_deref().map(ms);
        assert!(withdrawn.is_none_or(|at| from <= at && at <= until && at <= NOW), "{grant:?}");
        let offered = brands::scopes(&grant.brand, &grant.purpose);
        assert!(PURPOSES.contains(&grant.purpose.as_str()) && !grant.scopes.is_empty(), "{grant:?}");
        assert!(grant.scopes.iter().all(|scope| offered.contains(&scope.as_str())), "{grant:?}");
        assert_eq!(duplicates(grant.scopes.iter().map(String::as_str)), [""; 0]);
    }
}

#[test]
fn grants_of_one_brand_and_purpose_never_overlap() {
    for person in &world().people {
        let grants = &person.line.grants;
        for (at, one) in grants.iter().enumerate() {
            for other in grants.iter().skip(at + 1).filter(|other| same(other, &one.brand, &one.purpose)) {
                assert!(end(one) <= ms(&other.from), "{one:?} {other:?}");
            }
        }
    }
}

#[test]
fn every_grant_state_occurs_and_some_people_share_nothing() {
    for seed in [0, 7, 42] {
        let world = build(NOW, seed);
        let states = states(&world);
        assert_eq!(states.len(), 7, "{states:?}");
        assert!(states.values().all(|count| *count >= 10), "{states:?}");
        let nothing = world.people.iter().filter(|person| person.line.grants.is_empty()).count();
        assert!(nothing >= 10, "{nothing}");
    }
}

#[test]
fn pauses_and_narrowings_are_of_live_grants_and_leave_something() {
    for person in &world().people {
        let live = |brand: &str, purpose: &str| {
            person.line.grants.iter().find(|grant| is_live(grant) && same(grant, brand, purpose))
        };
        for pause in &person.paused {
            let grant = live(&pause.brand, &pause.purpose);
            assert!(grant.is_some_and(|grant| (ms(&grant.from)..NOW).contains(&pause.at_ms)), "{pause:?}");
        }
        for cut in &person.narrowed {
            let grant = live(&cut.brand, &cut.purpose);
            assert!(grant.is_some_and(|grant| (ms(&grant.from)..NOW).contains(&cut.at_ms)), "{cut:?}");
            assert!(grant.is_some_and(|grant| grant.scopes.contains(&cut.scope) && grant.scopes.len() > 1));
        }
    }
}

#[test]
fn preferences_are_at_most_ten_and_never_two_for_one_thing() {
    let world = world();
    for person in &world.people {
        let likes = &person.line.preferences;
        let keys: HashSet<_> = likes.iter().map(|like| (&like.category, &like.key)).collect();
        assert!(likes.len() <= 10 && keys.len() == likes.len(), "{likes:?}");
        assert!(likes.iter().all(|like| !like.value.is_empty()), "{likes:?}");
    }
    assert!(world.people.iter().any(|person| person.line.preferences.is_empty()));
}

#[test]
fn about_a_third_have_stated_a_context_in_the_past() {
    let world = world();
    let stating = world.people.iter().filter(|person| !person.contexts.is_empty()).count();
    assert!((170..260).contains(&stating), "{stating}");
    for context in world.people.iter().flat_map(|person| &person.contexts) {
        assert!(context.stated_at_ms < NOW && !context.topic.is_empty(), "{context:?}");
        assert!(!context.text.is_empty() && !context.text.contains('@'), "{context:?}");
    }
}

#[test]
fn apps_read_only_what_they_are_registered_for() {
    let world = world();
    let clients = &brands::CLIENTS;
    for read in &world.reads {
        let client = clients.iter().find(|client| client.id == read.client_id && client.brand == read.brand);
        assert!(client.is_some_and(|client| client.purposes.contains(&read.purpose.as_str())), "{read:?}");
        let known = |scope: &String| client.is_some_and(|client| client.scopes.contains(&scope.as_str()));
        assert!(!read.scopes.is_empty() && read.scopes.iter().all(known), "{read:?}");
        assert!((NOW - 43 * DAY..NOW).contains(&read.at_ms), "{read:?}");
    }
    assert!(world.reads.is_sorted_by_key(|read| read.at_ms));
}

/// The law, written a second time from the import line alone.
fn judged(person: &Person, read: &Read, scope: &str) -> Answer {
    let at = read.at_ms;
    let ours = |grant: &&Grant| same(grant, &read.brand, &read.purpose) && ms(&grant.from) <= at;
    let Some(grant) = person.line.grants.iter().filter(ours).max_by_key(|grant| ms(&grant.from)) else {
        return Answer::NotGranted;
    };
    let of_grant =
        |brand: &str, purpose: &str, when: i64| same(grant, brand, purpose) && when <= at && ms(&grant.from) <= when;
    let paused = person.paused.iter().any(|pause| of_grant(&pause.brand, &pause.purpose, pause.at_ms));
    let cut = |scope: &str| {
        person.narrowed.iter().any(|cut| cut.scope == scope && of_grant(&cut.brand, &cut.purpose, cut.at_ms))
    };
    match () {
        () if !grant.scopes.iter().any(|granted| granted == scope) => Answer::NotGranted,
        () if grant.withdrawn_at.as_deref().is_some_and(|when| ms(when) <= at) || cut(scope) => Answer::Withdrawn,
        () if ms(&grant.until) <= at => Answer::Expired,
        () if paused => Answer::Paused,
        () => Answer::Granted,
    }
}

#[test]
fn every_read_got_what_the_grants_of_its_time_allowed() {
    let world = world();
    let people: BTreeMap<&str, &Person> =
        world.people.iter().map(|person| (person.line.customer.key.as_str(), person)).collect();
    for read in &world.reads {
        let person = people.get(read.customer_key.as_str());
        let judge = |scope: &String| Some(judged(person?, read, scope));
        let expected: Option<Vec<Answer>> = read.scopes.iter().map(judge).collect();
        assert_eq!(expected.as_ref(), Some(&read.answers), "{read:?}");
    }
}

#[test]
fn reads_are_a_few_thousand_and_blocked_for_every_reason() {
    let world = world();
    assert!((3000..7000).contains(&world.reads.len()), "{}", world.reads.len());
    let blocked =
        |reason| world.reads.iter().filter(|read| read.is_blocked() && read.answers.contains(&reason)).count();
    for reason in [Answer::NotGranted, Answer::Paused, Answer::Withdrawn, Answer::Expired] {
        assert!(blocked(reason) >= 30, "{} {}", reason.as_str(), blocked(reason));
    }
}

#[test]
fn ada_is_the_first_persona_and_shares_as_her_story_says() {
    let world = world();
    let ada = world.people.iter().find(|person| person.line.customer.key == "ada");
    let told = |brand: &str| {
        ada.and_then(|ada| Some((ada, ada.line.grants.iter().find(|grant| same(grant, brand, "CUSTOMER_CARE"))?)))
    };
    let state_of = |brand: &str| told(brand).map(|(ada, grant)| state(ada, grant));
    assert_eq!(world.personas.first().map(|persona| persona.email.as_str()), Some("ada.moreno@example.org"));
    assert_eq!(state_of("larkfield-bank"), Some("active"));
    assert_eq!(state_of("harvest-market"), Some("withdrawn"));
    assert_eq!(state_of("meridian-air"), Some("expired"));
    assert_eq!(state_of("pinnacle-telecom"), Some("paused"));
    let scopes = told("larkfield-bank").map(|(_, grant)| grant.scopes.join(" "));
    assert_eq!(scopes.as_deref(), Some("NAME LANGUAGE PREFERENCES CONTEXT"));
    let link = ada.and_then(|ada| ada.line.links.iter().find(|link| link.channel == "X"));
    assert_eq!(link.map(|link| link.handle.as_str()), Some("ada_moreno"));
    let need = ada.and_then(|ada| ada.contexts.first());
    assert_eq!(
        need.map(|need| (need.topic.as_str(), need.brand.as_deref())),
        Some(("card declined", Some("larkfield-bank")))
    );
}

#[test]
fn six_personas_have_strong_passwords_and_a_lively_history_except_where_nothing_is_shared() {
    let world = world();
    assert_eq!(world.personas.len(), 6);
    for persona in &world.personas {
        let strength = zxcvbn::zxcvbn(&persona.password, &[&persona.email, &persona.customer_key]).score();
        assert!(strength >= zxcvbn::Score::Three && persona.password.len() >= 15, "{}", persona.customer_key);
        let reads: Vec<&Read> = world.reads.iter().filter(|read| read.customer_key == persona.customer_key).collect();
        let shares = reads.iter().any(|read| !read.is_blocked());
        assert!(reads.len() >= if shares { 40 } else { 3 }, "{} {}", persona.customer_key, reads.len());
    }
}

#[test]
fn brands_are_five_with_a_care_app_each_and_demo_secrets() {
    let world = world();
    assert_eq!(world.brands.len(), 5);
    for line in &world.brands {
        let care = line.apps.first();
        assert!(care.is_some_and(|app| app.scopes.len() == 7 && app.client_id.ends_with("-care")), "{line:?}");
        let secret = |secret: &str| secret.starts_with("demo-secret-") && secret.len() >= 24;
        assert!(line.apps.iter().all(|app| secret(&app.client_secret)), "{line:?}");
    }
}

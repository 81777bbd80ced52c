//! Writes synthetic customers as an import file (NDJSON) to standard output, in flat memory, for load tests:
//!
//! ```text
//! cargo run -p tests --example synthesize -- 100000 --now 2026-11-23T00:00:00Z [--seed 1] > customers.ndjson
//! ```
//!
//! First five brands with one app each, then the customers 0 to N-1. Everything is a function of the arguments: there
//! is no clock, so `--now` says what the dates are relative to. What a load test needs to know can be told from `n`:
//!
//! - customer n has the key `c{n}`, the X handle `c{n}`, the address `c{n}@example.org` and the phone number `+4930`
//!   with n in 8 digits;
//! - brand i (as listed below) holds one grant of every customer, for purpose i; 95 of 100 are live at `--now`.

use std::{
    env,
    error::Error,
    io::{self, BufWriter, ErrorKind, Write},
    process::ExitCode,
};

use serde_json::{Value, json};

const USAGE: &str = "usage: synthesize N --now YYYY-MM-DDTHH:MM:SSZ [--seed NUMBER]";

/// Slug, name, and the purpose for which each customer gave it a grant.
const BRANDS: [(&str, &str, &str); 5] = [
    ("larkfield-bank", "Larkfield Bank", "CUSTOMER_CARE"),
    ("meridian-air", "Meridian Air", "PERSONALISATION"),
    ("pinnacle-telecom", "Pinnacle Telecom", "RECOMMENDATIONS"),
    ("harvest-market", "Harvest Market", "DIRECT_MARKETING"),
    ("brightwater-energy", "Brightwater Energy", "ANALYTICS"),
];
const SCOPES: [&str; 7] = ["NAME", "CONTACT", "HANDLES", "AREA", "LANGUAGE", "PREFERENCES", "CONTEXT"];
const GIVEN: [&str; 16] = [
    "Ada", "Ben", "Chiara", "Daniel", "Emma", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katja", "Luis", "Mira",
    "Noah", "Olga", "Pavel",
];
const FAMILY: [&str; 16] = [
    "Albrecht", "Bauer", "Conti", "Dubois", "Engel", "Fischer", "Garcia", "Hofer", "Ivanova", "Jansen", "Keller",
    "Lindner", "Moreau", "Novak", "Okafor", "Petersen",
];
const PRONOUNS: [&str; 3] = ["she/her", "he/him", "they/them"];
/// Region, country, locale, time zone, digits of a postcode.
const PLACES: [(&str, &str, &str, &str, usize); 8] = [
    ("Berlin", "DE", "de-DE", "Europe/Berlin", 5),
    ("Bayern", "DE", "de-DE", "Europe/Berlin", 5),
    ("Hamburg", "DE", "en-GB", "Europe/Berlin", 5),
    ("Sachsen", "DE", "de-DE", "Europe/Berlin", 5),
    ("Wien", "AT", "de-AT", "Europe/Vienna", 4),
    ("Zürich", "CH", "de-CH", "Europe/Zurich", 4),
    ("Bretagne", "FR", "fr-FR", "Europe/Paris", 5),
    ("Lombardia", "IT", "it-IT", "Europe/Rome", 5),
];
const PREFERENCES: [(&str, &str, [&str; 4]); 8] = [
    ("travel", "seat", ["aisle", "window", "front", "any"]),
    ("travel", "meal", ["vegetarian", "vegan", "halal", "any"]),
    ("shopping", "diet", ["organic", "vegetarian", "gluten-free", "any"]),
    ("shopping", "delivery", ["evening", "morning", "pick-up", "neighbour"]),
    ("service", "tone", ["brief", "friendly", "formal", "detailed"]),
    ("service", "time", ["morning", "noon", "evening", "weekend"]),
    ("billing", "invoice", ["paper", "pdf", "app", "none"]),
    ("news", "frequency", ["never", "weekly", "monthly", "quarterly"]),
];

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "synthesize: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let Arguments { customers, now, seed } = arguments(env::args().skip(1))?;
    let lines = brands(seed).chain((0..customers).map(|n| customer(n, now, Dice { seed, n })));
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    for line in lines {
        match writeln!(out, "{line}") {
            // `| head` has seen enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
    Ok(out.flush()?)
}

fn brands(seed: u64) -> impl Iterator<Item = Value> {
    let purposes = BRANDS.map(|(.., purpose)| purpose);
    BRANDS.into_iter().zip(0..).map(move |((slug, name, _), n)| {
        json!({
            "brand": { "slug": slug, "name": name },
            "apps": [{
                "clientId": format!("{slug}-app"),
                // Derived, so that a load test can tell it; a secret of made-up data only.
                "clientSecret": format!("{slug}-{:016x}", Dice { seed, n }.roll("secret")),
                "scopes": SCOPES,
                "purposes": purposes,
            }],
        })
    })
}

fn customer(n: u64, now: i64, dice: Dice) -> Value {
    let (key, email, phone) = (format!("c{n}"), format!("c{n}@example.org"), format!("+4930{n:08}"));
    let (given, family) = (pick(&GIVEN, dice.roll("given")), pick(&FAMILY, dice.roll("family")));
    let (region, country, locale, time_zone, digits) = pick(&PLACES, dice.roll("place"));
    let verified_at = rfc3339(now - dice.below("verified", days(20)));
    let link = |channel: &str, handle: &str, account: &str| -> Value {
        json!({ "channel": channel, "handle": handle, "accountId": account, "verifiedAt": verified_at })
    };
    let preferences = PREFERENCES.iter().map(
        |(category, name, values)| json!({ "category": category, "key": name, "value": pick(values, dice.roll(name)) }),
    );
    json!({
        "customer": {
            "key": key,
            "email": email,
            "name": {
                "displayName": given,
                "givenName": given,
                "familyName": family,
                "pronouns": pick(&PRONOUNS, dice.roll("pronouns")),
            },
            "contact": {
                "email": email,
                "phone": phone,
                "preferredChannel": pick(&["EMAIL", "PHONE", "X"], dice.roll("channel")),
            },
            "area": {
                "postalCode": format!("{:0digits$}", 1000 + dice.below("postcode", 9000)),
                "region": region,
                "country": country,
            },
            "language": { "locale": locale, "timeZone": time_zone },
        },
        // An account id must outlive a change of handle: on X it is a number, elsewhere the address itself.
        "links": [
            link("X", &key, &(1_000_000_000 + n).to_string()),
            link("EMAIL", &email, &email),
            link("PHONE", &phone, &phone),
        ],
        "preferences": preferences.collect::<Vec<_>>(),
        "grants": BRANDS.iter().map(|(brand, _, purpose)| grant(brand, purpose, now, dice)).collect::<Vec<_>>(),
    })
}

/// 95 of 100 are live, 3 withdrawn, 2 ended by time.
fn grant(brand: &str, purpose: &str, now: i64, dice: Dice) -> Value {
    let below = |what: &str, bound| dice.below(&format!("{brand} {what}"), bound);
    let scopes = SCOPES.iter().filter(|scope| **scope == "NAME" || below(scope, 4) > 0);
    let (from, lasts, withdrawn_at) = match below("fate", 100) {
        0..2 => (now - days(100) - below("from", days(100)), 90, None),
        fate => {
            let age = days(2) + below("from", days(80));
            let withdrawn_at = (fate < 5).then(|| now - 1 - below("withdrawn", age - 1));
            (now - age, pick(&[90, 180, 365], dice.roll(brand)), withdrawn_at)
        }
    };
    let mut grant = json!({
        "brand": brand,
        "purpose": purpose,
        "scopes": scopes.collect::<Vec<_>>(),
        "from": rfc3339(from),
        "until": rfc3339(from + days(lasts)),
    });
    if let (Some(at), Some(grant)) = (withdrawn_at, grant.as_object_mut()) {
        grant.insert("withdrawnAt".to_owned(), rfc3339(at).into());
    }
    grant
}

/// Random numbers without a state: each is a hash of the seed, whom it is for and what it decides.
#[derive(Clone, Copy)]
struct Dice {
    seed: u64,
    n: u64,
}

impl Dice {
    fn roll(self, what: &str) -> u64 {
        let what = what.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3) // FNV-1a
        });
        mix(mix(mix(self.seed) ^ self.n) ^ what)
    }

    /// From 0 up to, not including, `bound`, which is positive.
    fn below(self, what: &str, bound: i64) -> i64 {
        i64::try_from(self.roll(what) >> 1).map_or(0, |roll| roll % bound)
    }
}

/// SplitMix64's output function.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn pick<T: Copy + Default>(list: &[T], roll: u64) -> T {
    let len = u64::try_from(list.len()).unwrap_or(1);
    usize::try_from(roll % len).ok().and_then(|at| list.get(at)).copied().unwrap_or_default()
}

const fn days(count: i64) -> i64 {
    count * 86_400
}

/// Seconds since 1970 as a UTC time.
fn rfc3339(seconds: i64) -> String {
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to date by eras of 400 years that begin on 1 March, so that the leap day is the last of a year.
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (date, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The reverse of `rfc3339`; whatever that would not have written is refused.
fn seconds(time: &str) -> Option<i64> {
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<i64>().ok();
    let (year, month, date) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (years, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, year) = (years.div_euclid(400), years.rem_euclid(400));
    let day = era * 146_097 + year * 365 + year / 4 - year / 100 + (153 * month + 2) / 5 + date - 1 - 719_468;
    let seconds = days(day) + number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?;
    (rfc3339(seconds) == time).then_some(seconds)
}

struct Arguments {
    customers: u64,
    now: i64,
    seed: u64,
}

fn arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments, Box<dyn Error>> {
    let (mut customers, mut now, mut seed) = (None, None, 1);
    while let Some(argument) = given.next() {
        match argument.as_str() {
            "--now" => now = Some(seconds(&given.next().ok_or(USAGE)?).ok_or(USAGE)?),
            "--seed" => seed = given.next().ok_or(USAGE)?.parse()?,
            _ if customers.is_none() => customers = Some(argument.parse().map_err(|_| USAGE)?),
            _ => return Err(USAGE.into()),
        }
    }
    let (Some(customers), Some(now)) = (customers, now) else { return Err(USAGE.into()) };
    if customers > 100_000_000 {
        return Err("there are phone numbers for 100000000 customers only".into());
    }
    Ok(Arguments { customers, now, seed })
}

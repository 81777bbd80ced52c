//! Six people whom a visitor can sign in as, each with a story worth looking at.

use super::handles::Taken;
use super::sharing::Planned;
use super::time::{DAY, HOUR, MINUTE, rfc3339};
use super::{ContextSeed, Draft, Person, Persona, preferences, sharing};
use crate::import::line::{Area, Contact, Customer, CustomerLine, Language, Link, Name};

/// One persona, all but what they share. Tables are texts: rows by semicolons, cells by bars.
struct Sketch {
    key: &'static str,
    /// Given name, family name, pronouns.
    name: &'static str,
    email: &'static str,
    password: &'static str,
    note: &'static str,
    phone: &'static str,
    preferred: &'static str,
    /// Postcode, region, country, locale, time zone.
    home: &'static str,
    /// Channel, handle, account id, days since it was proven.
    links: &'static str,
    /// Category, key, value.
    likes: &'static str,
    /// Minutes ago, brand or nothing, topic, text, wished outcome, postcode or nothing.
    needs: &'static str,
}

const SKETCHES: [Sketch; 6] = [
    Sketch {
        key: "ada",
        name: "Ada|Moreno|she/her",
        email: "ada.moreno@example.org",
        password: "copper-lantern-drizzle-fjord",
        note: "Her bank may help her; what she gave three other brands is withdrawn, expired and paused.",
        phone: "+15125550142",
        preferred: "X",
        home: "78704|Texas|US|en-US|America/Chicago",
        links: "X|ada_moreno|9000000000000000001|3;EMAIL|ada.moreno@example.org|ada.moreno@example.org|12;\
                INSTAGRAM|ada.moreno.demo|99000000000000001|9",
        likes: "banking|contact|chat not phone;banking|alerts|every payment;travel|seat|aisle;\
                travel|meal|vegetarian;language|tone|informal;care|follow-up|once it is solved",
        needs: "95|larkfield-bank|card declined|My card was declined twice today, at the chemist and at the petrol \
                station.|a working card before I travel on Friday|",
    },
    Sketch {
        key: "bruno",
        name: "Bruno|Nogueiral|ele/dele",
        email: "bruno.nogueiral@example.org",
        password: "velvet-toucan-harbour-mosaic",
        note: "Half of what he shares runs out this week; he has let it run out before and renewed.",
        phone: "+552055509017",
        preferred: "INSTAGRAM",
        home: "22250-000|Rio de Janeiro|BR|pt-BR|America/Sao_Paulo",
        links: "INSTAGRAM|bruno.nogueiral|99000000000000002|6;X|bnogueiral_rio|9000000000000000002|20;\
                PHONE|+552055509017|+552055509017|2",
        likes: "telecom|outages|text message;telecom|billing|one bill for all lines;retail|size|L;\
                retail|delivery|evenings;travel|seat|window",
        needs: "310|pinnacle-telecom|roaming bill|Roaming was charged although I am on the travel plan.|the bill \
                corrected|",
    },
    Sketch {
        key: "chiyo",
        name: "Chiyo|Kazehaya|she/her",
        email: "chiyo.kazehaya@example.com",
        password: "paper-thunder-quartz-marmalade",
        note: "Shares everything with all five brands: what a brand sees when nothing is held back.",
        phone: "+811055509023",
        preferred: "EMAIL",
        home: "150-0001|Tokyo|JP|ja-JP|Asia/Tokyo",
        links: "X|chiyo_kazehaya|9000000000000000003|1;MASTODON|chiyo@social.example|990000000000000003|15;\
                LINKEDIN|chiyo-kazehaya|c000000003|18;EMAIL|chiyo.kazehaya@example.com|chiyo.kazehaya@example.com|4",
        likes: "travel|seat|window;travel|meal|vegan;travel|baggage|carry-on only;banking|statements|paperless;\
                energy|tariff|green;energy|technician|mornings;retail|size|S;language|tone|formal;\
                language|length|every detail;care|hours|before noon",
        needs: "2900||moving house|I am moving at the end of the month and tell everybody once.|my new address taken \
                over by all|150-0001;45|meridian-air|flight delayed|Flight delayed by five hours, need rebooking.|a \
                seat on any flight that arrives tonight|",
    },
    Sketch {
        key: "dagmar",
        name: "Dagmar|Quastenberg|sie/ihr",
        email: "dagmar.quastenberg@example.net",
        password: "walnut-submarine-opera-gravel",
        note: "Withdrew everything some days ago; the brands still ask, and get nothing.",
        phone: "+493023125917",
        preferred: "EMAIL",
        home: "10405|Berlin|DE|de-DE|Europe/Berlin",
        links: "EMAIL|dagmar.quastenberg@example.net|dagmar.quastenberg@example.net|8;\
                X|dagmar_quast|9000000000000000004|24",
        likes: "care|calls|never;language|tone|formal;retail|substitutions|never",
        needs: "",
    },
    Sketch {
        key: "elodie",
        name: "Élodie|Sauvignac|elle",
        email: "elodie.sauvignac@example.org",
        password: "saffron-bicycle-monsoon-attic",
        note: "Keeps her address and her telephone to herself: her grants were narrowed one by one.",
        phone: "+33199009641",
        preferred: "MASTODON",
        home: "75020|Île-de-France|FR|fr-FR|Europe/Paris",
        links: "MASTODON|elodie_s@toot.example|990000000000000005|10;X|elodie_sauvig|9000000000000000005|5;\
                FACEBOOK|elodie.sauvignac|990000000000005|27",
        likes: "energy|tariff|green;energy|heating|heat pump;energy|technician|Saturdays;retail|offers|produce in \
                season;language|tone|informal;travel|meal|vegetarian",
        needs: "200|brightwater-energy|power out|Power is out in the whole street since seven.|when can you send a \
                technician?|75020",
    },
    Sketch {
        key: "farah",
        name: "Farah|Inamdari|she/her",
        email: "farah.inamdari@example.org",
        password: "indigo-kettle-avalanche-prose",
        note: "Has linked her profiles and shares nothing yet: start here to give a first consent.",
        phone: "+911000009052",
        preferred: "X",
        home: "560038|Karnataka|IN|en-IN|Asia/Kolkata",
        links: "X|farah_inamdari|9000000000000000006|1;LINKEDIN|farah-inamdari|c000000006|1",
        likes: "travel|seat|aisle;travel|rebooking|ask me first;language|length|short answers",
        needs: "1500||meal request|I booked vegetarian meals, the ticket says otherwise.|the meals corrected before \
                Sunday|",
    },
];

const EVERYTHING: &[&str] = &super::brands::SCOPES;
const HELP: &[&str] = &["NAME", "LANGUAGE", "PREFERENCES", "CONTEXT"];
const TASTE: &[&str] = &["NAME", "LANGUAGE", "PREFERENCES"];

/// Whom a visitor can sign in as.
pub(super) fn list() -> Vec<Persona> {
    let persona = |sketch: &Sketch| Persona {
        customer_key: sketch.key.to_owned(),
        email: sketch.email.to_owned(),
        password: sketch.password.to_owned(),
        note: sketch.note.to_owned(),
    };
    SKETCHES.iter().map(persona).collect()
}

/// The personas as people; takes their handles and addresses before anybody else does.
pub(super) fn drafts(base: i64, taken: &mut Taken) -> Vec<Draft> {
    SKETCHES.iter().map(|sketch| draft(base, sketch, taken)).collect()
}

fn draft(base: i64, sketch: &Sketch, taken: &mut Taken) -> Draft {
    let plans = plans(sketch.key, base);
    taken.claim("account", sketch.email.split('@').next().unwrap_or_default());
    let links: Vec<Link> = rows(sketch.links).map(|row| link(base, row, taken)).collect();
    let line = CustomerLine {
        customer: customer(sketch),
        links,
        preferences: rows(sketch.likes).map(|[category, key, value]| preferences::new(category, key, value)).collect(),
        grants: sharing::lines(&plans),
    };
    let contexts = rows(sketch.needs).map(|row| need(base, sketch, row)).collect();
    let person = Person { line, contexts, paused: sharing::pauses(&plans), narrowed: sharing::narrowings(&plans) };
    Draft { person, plans, lively: true }
}

/// The rows of a table that is written as a text; missing cells are empty.
fn rows<const CELLS: usize>(table: &'static str) -> impl Iterator<Item = [&'static str; CELLS]> {
    table.split(';').filter(|row| !row.is_empty()).map(|row| cells(row))
}

fn cells<const CELLS: usize>(row: &'static str) -> [&'static str; CELLS] {
    let mut cells = row.split('|');
    std::array::from_fn(|_| cells.next().unwrap_or_default())
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn link(base: i64, row: [&'static str; 4], taken: &mut Taken) -> Link {
    let [channel, handle, account, days] = row;
    taken.claim(channel, handle);
    let verified = base - days.parse::<i64>().unwrap_or(1) * (DAY + 41 * MINUTE) - 2 * HOUR;
    Link {
        channel: channel.to_owned(),
        handle: handle.to_owned(),
        account_id: account.to_owned(),
        verified_at: rfc3339(verified),
    }
}

fn need(base: i64, sketch: &Sketch, row: [&'static str; 6]) -> ContextSeed {
    let [minutes, brand, topic, text, wished, postcode] = row;
    let [_, region, country] = cells(sketch.home);
    let area = Area { postal_code: some(postcode), region: some(region), country: some(country) };
    ContextSeed {
        topic: topic.to_owned(),
        text: text.to_owned(),
        area: (!postcode.is_empty()).then_some(area),
        wished_outcome: some(wished),
        stated_at_ms: base - minutes.parse::<i64>().unwrap_or(60) * MINUTE,
        brand: some(brand),
    }
}

fn customer(sketch: &Sketch) -> Customer {
    let [given, family, pronouns] = cells(sketch.name);
    let [postcode, region, country, locale, zone] = cells(sketch.home);
    Customer {
        key: sketch.key.to_owned(),
        email: sketch.email.to_owned(),
        name: Some(Name {
            display_name: some(&format!("{given} {family}")),
            given_name: some(given),
            family_name: some(family),
            pronouns: some(pronouns),
        }),
        contact: Some(Contact {
            email: some(sketch.email),
            phone: some(sketch.phone),
            preferred_channel: some(sketch.preferred),
        }),
        area: Some(Area { postal_code: some(postcode), region: some(region), country: some(country) }),
        language: Some(Language { locale: some(locale), time_zone: some(zone) }),
    }
}

fn plans(key: &str, base: i64) -> Vec<Planned> {
    let mut plans = match key {
        "ada" => ada(base),
        "bruno" => bruno(base),
        "chiyo" => chiyo(base),
        "dagmar" => dagmar(base),
        "elodie" => elodie(base),
        _ => Vec::new(),
    };
    plans.sort_by_key(|plan| plan.from);
    plans
}

/// A grant for customer care, given `age` days ago for 90 days.
fn care(base: i64, brand: &'static str, scopes: &[&'static str], age: i64) -> Planned {
    let from = base - age * (DAY + 13 * MINUTE);
    Planned::new(brand, "CUSTOMER_CARE", scopes, (from, from + 90 * DAY))
}

fn ada(base: i64) -> Vec<Planned> {
    let days = |count: i64| Some(base - count * DAY - 3 * HOUR);
    vec![
        care(base, "larkfield-bank", HELP, 34),
        Planned { withdrawn: days(11), ..care(base, "harvest-market", EVERYTHING, 58) },
        care(base, "meridian-air", HELP, 110),
        Planned { paused: days(4), ..care(base, "pinnacle-telecom", HELP, 40) },
    ]
}

fn bruno(base: i64) -> Vec<Planned> {
    let year = (base - 362 * DAY, base + 3 * DAY);
    let soon = (base + 5 * DAY, base + 95 * DAY);
    vec![
        care(base, "pinnacle-telecom", EVERYTHING, 88),
        care(base, "meridian-air", HELP, 85),
        care(base, "larkfield-bank", HELP, 20),
        care(base, "larkfield-bank", HELP, 112),
        Planned::new("harvest-market", "DIRECT_MARKETING", TASTE, year),
        Planned::new("meridian-air", "RECOMMENDATIONS", TASTE, soon),
    ]
}

fn chiyo(base: i64) -> Vec<Planned> {
    let year = (base - 50 * DAY, base + 315 * DAY);
    let every = |(brand, _): &(&'static str, &'static str)| {
        let brand = *brand;
        super::brands::purposes(brand)
            .into_iter()
            .map(move |purpose| Planned::new(brand, purpose, &super::brands::scopes(brand, purpose), year))
            .collect::<Vec<_>>()
    };
    super::brands::BRANDS.iter().flat_map(every).collect()
}

fn dagmar(base: i64) -> Vec<Planned> {
    let withdrawn = Some(base - 9 * DAY - 2 * HOUR);
    let gone = |plan| Planned { withdrawn, ..plan };
    let offers = (base - 60 * DAY, base + 30 * DAY);
    vec![
        gone(care(base, "larkfield-bank", EVERYTHING, 45)),
        gone(care(base, "brightwater-energy", HELP, 33)),
        gone(care(base, "harvest-market", HELP, 70)),
        gone(Planned::new("harvest-market", "DIRECT_MARKETING", TASTE, offers)),
    ]
}

fn elodie(base: i64) -> Vec<Planned> {
    let without = |scope, days: i64, plan| Planned { narrowed: Some((scope, base - days * DAY - HOUR)), ..plan };
    vec![
        without("CONTACT", 12, care(base, "brightwater-energy", EVERYTHING, 40)),
        without("AREA", 11, care(base, "harvest-market", EVERYTHING, 52)),
        without("CONTACT", 6, care(base, "larkfield-bank", EVERYTHING, 30)),
        without("HANDLES", 2, care(base, "meridian-air", EVERYTHING, 25)),
    ]
}

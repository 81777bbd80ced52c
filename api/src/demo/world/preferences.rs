//! What people like: none to ten preferences each, never two for the same thing.

use super::chance::Chance;
use crate::import::line::Preference;

/// One preference per line: category, key, and the values people have for it.
const TABLE: &str = "\
travel|seat|aisle/window/extra legroom/near the front
travel|meal|vegetarian/vegan/light/no meal
travel|baggage|carry-on only/one checked bag/skis in winter
travel|rebooking|next flight out/same day, any route/ask me first
travel|boarding|early/last, no queueing
banking|contact|chat not phone/phone after 18:00/e-mail only/never by phone
banking|statements|paperless/by post
banking|alerts|every payment/above 100/only when something is odd
banking|card|virtual card first/replacement by courier
retail|size|XS/S/M/L/XL/XXL
retail|shoes|EU 37/EU 39/EU 41/EU 43/EU 45
retail|delivery|evenings/leave with a neighbour/collect in store/parcel locker
retail|substitutions|never/same brand only/cheapest fitting
retail|offers|produce in season/bakery/household/none
energy|tariff|green/fixed for a year/hourly price
energy|technician|mornings/afternoons/Saturdays
energy|heating|heat pump/district heating/gas boiler
energy|meter|read it remotely/I send a photo
telecom|outages|text message/no message at night
telecom|billing|one bill for all lines/itemised/flat rate
telecom|support|remote first/send somebody
language|tone|informal/formal/plain words
language|length|short answers/every detail
language|emoji|yes/no
care|hours|before noon/after work/weekends
care|follow-up|once it is solved/every step/not needed
care|calls|never/only by appointment
";

/// `count` of the preferences of the table, each with one of its values.
pub(super) fn invent(chance: &mut Chance, count: u64) -> Vec<Preference> {
    let rows: Vec<&str> = TABLE.lines().collect();
    chance.sample(&rows, count).into_iter().map(|row| preference(chance, row)).collect()
}

fn preference(chance: &mut Chance, row: &str) -> Preference {
    let mut cells = row.splitn(3, '|');
    let category = cells.next().unwrap_or_default();
    let key = cells.next().unwrap_or_default();
    let value = chance.word(cells.next().unwrap_or_default(), '/');
    new(category, key, value)
}

/// A preference from its three words.
pub(super) fn new(category: &str, key: &str, value: &str) -> Preference {
    Preference { category: category.to_owned(), key: key.to_owned(), value: value.to_owned() }
}

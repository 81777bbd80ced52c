//! What people need right now: one or two contexts for about a third of them.

use super::ContextSeed;
use super::chance::Chance;
use super::sharing::Planned;
use super::time::{DAY, HOUR, second_between};
use crate::import::line::Area;

/// One need per line: brand, `here` if it is about a place, topic, text, wished outcome. `@` is the town.
const TABLE: &str = "\
larkfield-bank||card declined|My card was declined twice today, although the account is in credit.|a working card before the weekend
larkfield-bank||unknown charge|There is a charge of 48.20 that I do not know.|the charge explained or refunded
larkfield-bank||locked out|The app has locked me out since I changed phones.|access again without a branch visit
larkfield-bank||transfer late|A transfer I sent on Monday has not arrived.|to know where the money is
larkfield-bank|here|cash machine|The cash machine in @ kept my card.|a replacement sent to a branch nearby
larkfield-bank||joint account|We are getting married and want one account for the rent.|an appointment by video
meridian-air||flight delayed|Flight delayed by five hours, need rebooking.|a seat on any flight that arrives tonight
meridian-air||missed connection|The first leg is late, I will miss the connection.|the next connection and a bed for the night
meridian-air||bag missing|My bag did not come out at the belt.|the bag, or money for clothes
meridian-air||seats apart|We booked together and sit in three different rows.|two seats side by side
meridian-air||name misspelt|The name on the ticket has a letter too many.|a corrected ticket before check-in
pinnacle-telecom|here|no signal|No signal in @ since this morning.|to know when it is back
pinnacle-telecom|here|internet down|The line drops every few minutes, worst in the evening.|a technician, or a router that holds
pinnacle-telecom||roaming bill|Roaming was charged although I am on the travel plan.|the bill corrected
pinnacle-telecom||keep my number|I am changing my plan and want to keep the number.|the number moved without a gap
pinnacle-telecom|here|moving house|I am moving within @ at the end of the month.|the line working on the first day
harvest-market||order incomplete|Half of the order is missing, the milk included.|the rest today, or a refund
harvest-market||wrong size|The coat came in the wrong size.|an exchange without going to the post office
harvest-market|here|late delivery|The delivery to @ is two hours late.|a time I can rely on
harvest-market||voucher refused|The checkout refuses the voucher from last week.|the voucher accepted
harvest-market||recipe box|I want to skip the box for three weeks, not end it.|a pause until I am back
brightwater-energy|here|power out|Power is out in the whole street in @.|when can you send a technician?
brightwater-energy|here|meter fault|The new meter shows twice what we use.|the meter checked
brightwater-energy||bill too high|The bill is three times last month's.|the bill explained in plain words
brightwater-energy||change tariff|I would like to change to the green tariff.|a quote without a call
brightwater-energy|here|heat pump|We are having a heat pump put in next month in @.|the connection approved in time
";

/// The needs of one person; they tend to be about brands that the person shares something with.
pub(super) fn invent(chance: &mut Chance, base: i64, town: &str, area: &Area, plans: &[Planned]) -> Vec<ContextSeed> {
    if !chance.percent(34) {
        return Vec::new();
    }
    let known: Vec<&str> = plans.iter().filter(|plan| plan.end() > base).map(|plan| plan.brand).collect();
    let fits = |row: &&str| known.is_empty() || known.iter().any(|brand| row.starts_with(brand));
    let rows: Vec<&str> = TABLE.lines().filter(fits).collect();
    let count = if chance.percent(20) { 2 } else { 1 };
    let picked = chance.sample(&rows, count);
    let mut contexts: Vec<ContextSeed> = picked.into_iter().map(|row| context(chance, base, town, area, row)).collect();
    contexts.sort_by_key(|context| context.stated_at_ms);
    contexts
}

fn context(chance: &mut Chance, base: i64, town: &str, area: &Area, row: &str) -> ContextSeed {
    let mut cells = row.split('|');
    let mut cell = || cells.next().unwrap_or_default();
    let (brand, place, topic, text, wished) = (cell(), cell(), cell(), cell(), cell());
    let window = if chance.percent(60) { DAY } else { 12 * DAY };
    ContextSeed {
        topic: topic.to_owned(),
        text: text.replace('@', town),
        area: (place == "here").then(|| typed(chance, area)),
        wished_outcome: chance.percent(90).then(|| wished.to_owned()),
        stated_at_ms: second_between(chance, base - window, base - HOUR / 4),
        brand: chance.percent(70).then(|| brand.to_owned()),
    }
}

/// What people type when asked where it is: often no more than the postcode.
fn typed(chance: &mut Chance, area: &Area) -> Area {
    Area {
        postal_code: area.postal_code.clone(),
        region: area.region.clone().filter(|_| chance.percent(60)),
        country: area.country.clone(),
    }
}

//! Six weeks of reads by brands: what they asked, and what the law said to it at that time.

use super::brands::{self, BRANDS};
use super::chance::{Chance, Topic};
use super::sharing::Planned;
use super::time::{DAY, HOUR, MINUTE, second_between};
use super::{Answer, ContextSeed, Draft, Read};

/// How far back reads go.
const WINDOW: i64 = 42 * DAY;

/// What an app asks for in one operation, by purpose.
const ASKED: [(&str, &str); 14] = [
    ("CUSTOMER_CARE", "NAME LANGUAGE PREFERENCES CONTEXT"),
    ("CUSTOMER_CARE", "NAME CONTEXT"),
    ("CUSTOMER_CARE", "NAME AREA CONTEXT"),
    ("CUSTOMER_CARE", "NAME CONTACT LANGUAGE"),
    ("CUSTOMER_CARE", "NAME CONTACT HANDLES AREA LANGUAGE PREFERENCES CONTEXT"),
    ("PERSONALISATION", "LANGUAGE PREFERENCES"),
    ("PERSONALISATION", "NAME PREFERENCES"),
    ("PERSONALISATION", "LANGUAGE"),
    ("RECOMMENDATIONS", "PREFERENCES"),
    ("RECOMMENDATIONS", "NAME LANGUAGE PREFERENCES"),
    ("DIRECT_MARKETING", "NAME LANGUAGE"),
    ("DIRECT_MARKETING", "NAME LANGUAGE PREFERENCES"),
    ("ANALYTICS", "AREA"),
    ("ANALYTICS", "AREA LANGUAGE"),
];

/// The reads of everybody, oldest first.
pub(super) fn invent(base: i64, seed: u64, drafts: &[Draft]) -> Vec<Read> {
    let mut reads: Vec<Read> = Vec::new();
    for (number, draft) in (0..).zip(drafts) {
        let mut chance = Chance::new(seed, Topic::Reads, number);
        reads.extend(Reader { chance: &mut chance, base, draft }.all());
    }
    reads.sort_by(|one, other| (one.at_ms, &one.customer_key).cmp(&(other.at_ms, &other.customer_key)));
    reads
}

/// Makes the reads of one person.
struct Reader<'a> {
    chance: &'a mut Chance,
    base: i64,
    draft: &'a Draft,
}

impl Reader<'_> {
    fn all(&mut self) -> Vec<Read> {
        let draft = self.draft;
        let mut reads = Vec::new();
        for plan in &draft.plans {
            reads.extend(self.under(plan));
        }
        for context in &draft.person.contexts {
            reads.extend(self.answering(context));
        }
        reads.extend(self.strangers());
        reads
    }

    /// Reads while a grant is open, and some more that come too late.
    fn under(&mut self, plan: &Planned) -> Vec<Read> {
        let now = self.base - MINUTE;
        let closed = plan.paused.unwrap_or(plan.end()).min(now);
        let begin = plan.from.max(self.base - WINDOW);
        let days = u64::try_from((closed - begin) / DAY).unwrap_or(0);
        let pace = match self.draft.plans.len() as u64 {
            count if self.draft.lively => 4 + 3 * days / (2 + count),
            _ => 1 + days / 14,
        };
        let open = if begin < closed { pace / 2 + self.chance.below(pace + 1) } else { 0 };
        let late = match closed < now {
            true if self.draft.lively => self.chance.between(6, 12),
            true => self.chance.between(0, 2),
            false => 0,
        };
        let mut times: Vec<i64> = (0..open).map(|_| self.office_hour(begin, closed)).collect();
        times.extend((0..late).map(|_| self.office_hour(closed.max(self.base - WINDOW), now)));
        times.into_iter().filter_map(|at| self.read(plan.brand, plan.purpose, at)).collect()
    }

    /// Care reads twice or thrice soon after a context was stated: once to answer, and again to follow it up.
    fn answering(&mut self, context: &ContextSeed) -> Vec<Read> {
        let cares = |plan: &&Planned| {
            plan.purpose == "CUSTOMER_CARE"
                && plan.is_live(context.stated_at_ms)
                && context.brand.as_deref().is_none_or(|slug| slug == plan.brand)
        };
        let brands: Vec<&'static str> = self.draft.plans.iter().filter(cares).map(|plan| plan.brand).collect();
        let mut reads = Vec::new();
        for brand in brands {
            for turn in 1..=self.chance.between(2, 3) {
                let latest = (context.stated_at_ms + turn * HOUR).min(self.base - MINUTE);
                let at = second_between(self.chance, context.stated_at_ms + 3 * MINUTE, latest);
                reads.extend(self.read(brand, "CUSTOMER_CARE", at));
            }
        }
        reads
    }

    /// Brands to which the person never gave anything ask as well, and get nothing.
    fn strangers(&mut self) -> Vec<Read> {
        let share = if self.draft.plans.is_empty() { 60 } else { 15 };
        let count = if self.draft.lively { 3 } else { u64::from(self.chance.percent(share)) };
        let known = |brand: &str| self.draft.plans.iter().any(|plan| plan.brand == brand);
        let strange: Vec<&str> = BRANDS.iter().map(|(slug, _)| *slug).filter(|slug| !known(slug)).collect();
        let mut reads = Vec::new();
        for brand in (0..count).map(|_| self.chance.pick(&strange)).collect::<Vec<_>>() {
            let purpose = self.chance.pick(&brands::purposes(brand));
            let at = self.office_hour(self.base - WINDOW, self.base - MINUTE);
            reads.extend(self.read(brand, purpose, at));
        }
        reads
    }

    /// A second between `begin` and `end`, by day rather than by night.
    fn office_hour(&mut self, begin: i64, end: i64) -> i64 {
        let at = second_between(self.chance, begin, end);
        let midnight = at - at.rem_euclid(DAY);
        let early = second_between(self.chance, midnight + 7 * HOUR, midnight + 14 * HOUR);
        let by_day = early + second_between(self.chance, 0, 7 * HOUR);
        if (begin..end).contains(&by_day) { by_day } else { at }
    }

    /// One read by one of the brand's apps; mostly it asks for what it has reason to expect.
    fn read(&mut self, brand: &str, purpose: &str, at_ms: i64) -> Option<Read> {
        let clients = brands::clients(brand, purpose);
        let turn = usize::try_from(self.chance.below(clients.len() as u64)).unwrap_or(0);
        let client = clients.get(turn)?;
        let fitting: Vec<&'static str> = ASKED.iter().filter(|row| row.0 == purpose).map(|row| row.1).collect();
        let judge = |wish: &'static str| {
            let scopes: Vec<&str> = wish.split(' ').filter(|scope| client.scopes.contains(scope)).collect();
            (answers(&self.draft.plans, brand, purpose, at_ms, &scopes), scopes)
        };
        let denied = |answers: &[Answer]| answers.iter().filter(|answer| **answer != Answer::Granted).count();
        let wishes = [self.chance.pick(&fitting), self.chance.pick(&fitting)];
        let (answers, scopes) = wishes.map(judge).into_iter().min_by_key(|(answers, _)| denied(answers))?;
        Some(Read {
            customer_key: self.draft.person.line.customer.key.clone(),
            brand: brand.to_owned(),
            client_id: client.id.to_owned(),
            purpose: purpose.to_owned(),
            at_ms,
            answers,
            scopes: brands::owned(&scopes),
        })
    }
}

/// What the newest grant that had begun by then says to each scope.
fn answers(plans: &[Planned], brand: &str, purpose: &str, at: i64, scopes: &[&str]) -> Vec<Answer> {
    let begun = |plan: &&Planned| plan.brand == brand && plan.purpose == purpose && plan.from <= at;
    let newest = plans.iter().filter(begun).max_by_key(|plan| plan.from);
    let answer = |scope: &&str| newest.map_or(Answer::NotGranted, |plan| plan.answer(scope, at));
    scopes.iter().map(answer).collect()
}

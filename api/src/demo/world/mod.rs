//! The fictional world of `rapport demo`: brands, people, what they share with whom, and what was read.
//!
//! A pure function of a seed and a time: no clock, no system randomness, no input or output. Nobody in it is real:
//! addresses are at `example.org` and its siblings, telephone numbers from ranges that are reserved for fiction or, in
//! countries without one, from prefixes that the numbering plan leaves unassigned.

mod brands;
mod chance;
mod contexts;
mod handles;
mod names;
mod people;
mod personas;
mod preferences;
mod reads;
mod sharing;
mod staff;
#[cfg(test)]
mod tests;
mod time;

use crate::import::line::{Area, BrandLine, CustomerLine};
pub use staff::StaffSeed;

/// Everything in the demo.
#[derive(Debug)]
pub struct World {
    /// The five brands with their apps.
    pub brands: Vec<BrandLine>,
    /// About 640 people, the personas first.
    pub people: Vec<Person>,
    /// Six weeks of reads by brands, oldest first, answered and blocked ones.
    pub reads: Vec<Read>,
    /// The people that a visitor can sign in as; `ada` is the first.
    pub personas: Vec<Persona>,
    /// Who works for the brands.
    pub staff: Vec<StaffSeed>,
}

/// A customer: what an import line holds, and what only the customer can do later.
#[derive(Debug)]
pub struct Person {
    /// The import line; its grants are as they were given, before any pause or narrowing.
    pub line: CustomerLine,
    /// What they need, newest last.
    pub contexts: Vec<ContextSeed>,
    /// The live grants that they have paused since.
    pub paused: Vec<Pause>,
    /// The scopes that they have taken out of live grants since.
    pub narrowed: Vec<Narrowing>,
}

/// A context as the customer stated it.
#[derive(Debug)]
pub struct ContextSeed {
    /// What it is about, in a word or three.
    pub topic: String,
    /// What happened, in the customer's words.
    pub text: String,
    /// Where it is, as the customer typed it.
    pub area: Option<Area>,
    /// What would help.
    pub wished_outcome: Option<String>,
    /// When they said so, Unix milliseconds.
    pub stated_at_ms: i64,
    /// The slug of the brand that it is addressed to; anyone with a grant that includes CONTEXT if absent.
    pub brand: Option<String>,
}

/// A customer paused the live grant of a brand for a purpose.
#[derive(Debug)]
pub struct Pause {
    /// The brand's slug.
    pub brand: String,
    /// The purpose of the grant.
    pub purpose: String,
    /// When, Unix milliseconds.
    pub at_ms: i64,
}

/// A customer took one scope out of the live grant of a brand for a purpose; at least one scope is left.
#[derive(Debug)]
pub struct Narrowing {
    /// The brand's slug.
    pub brand: String,
    /// The purpose of the grant.
    pub purpose: String,
    /// The scope that was taken out.
    pub scope: String,
    /// When, Unix milliseconds.
    pub at_ms: i64,
}

/// One read of a customer's profile by an app, within what that app is registered for.
#[derive(Debug)]
pub struct Read {
    /// Whose profile: the key of a customer line.
    pub customer_key: String,
    /// The brand's slug.
    pub brand: String,
    /// The app that asked.
    pub client_id: String,
    /// The purpose it declared.
    pub purpose: String,
    /// When, Unix milliseconds.
    pub at_ms: i64,
    /// The scopes it asked for.
    pub scopes: Vec<String>,
    /// What the law said to each of them at that time, in the order of `scopes`.
    pub answers: Vec<Answer>,
}

impl Read {
    /// True if nothing was released.
    pub fn is_blocked(&self) -> bool {
        !self.answers.contains(&Answer::Granted)
    }
}

/// What the law says to one scope: the access status of the GraphQL schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A live grant includes it.
    Granted,
    /// No grant of this brand and purpose ever included it by then.
    NotGranted,
    /// The grant that includes it is paused.
    Paused,
    /// The customer has ended the grant, or taken the scope out of it.
    Withdrawn,
    /// The grant that included it has run out.
    Expired,
}

impl Answer {
    /// Its name in GraphQL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "GRANTED",
            Self::NotGranted => "NOT_GRANTED",
            Self::Paused => "PAUSED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Expired => "EXPIRED",
        }
    }
}

/// Somebody whom a visitor of the demo can sign in as.
#[derive(Debug)]
pub struct Persona {
    /// The key of the customer line.
    pub customer_key: String,
    /// The address to sign in with.
    pub email: String,
    /// The password to sign in with.
    pub password: String,
    /// Why this person is interesting, in one line.
    pub note: String,
}

/// A person in the making: reads are made from the plans, import lines are written from them.
struct Draft {
    person: Person,
    plans: Vec<sharing::Planned>,
    /// True for personas: more is read of them.
    lively: bool,
}

/// Everything in the demo, from a fixed seed, with dates relative to `now_ms` (Unix milliseconds).
///
/// The same arguments give the same world. Times before 1972 and after 9899 are taken as the nearest within.
pub fn build(now_ms: i64, seed: u64) -> World {
    let base = time::whole_second(now_ms);
    let mut taken = handles::Taken::default();
    let mut drafts = personas::drafts(base, &mut taken);
    drafts.extend(people::drafts(base, seed, &mut taken));
    let reads = reads::invent(base, seed, &drafts);
    let people = drafts.into_iter().map(|draft| draft.person).collect();
    World { brands: brands::lines(), people, reads, personas: personas::list(), staff: staff::STAFF.to_vec() }
}

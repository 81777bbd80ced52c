//! A brand's app that reads without pause, by every way in which a value can leave.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use tests::chance::Chance;

use super::Race;
use super::history::{Scope, Sighting, words};
use crate::clock::Moment;
use crate::site::PURPOSES;
use crate::wire::{Exchange, Line};

const FIELDS: &str = "name{displayName}area{region}";
/// A read that begins so soon after an ending is a close one.
const CLOSE: Duration = Duration::from_millis(10);

/// A way to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a handle.
    Handle,
    /// By the brand's own id.
    Id,
    /// Everybody at once.
    Many,
    /// Several times in one operation.
    Alias,
    /// Through fragments.
    Fragment,
    /// Through `node`, which declares no purpose and so must give no value.
    Node,
    /// By a handle, as a GET.
    Get,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Handle, Self::Id, Self::Many, Self::Alias, Self::Fragment, Self::Node, Self::Get];
}

/// What a reader saw, and what it met.
#[derive(Default)]
pub struct Notes {
    /// Every value.
    pub sightings: Vec<Sighting>,
    /// Requests that were answered.
    pub requests: u64,
    /// Lookups in them: each is recorded.
    pub lookups: u64,
    /// Answers that the app is not active.
    pub suspended: u64,
    /// Answers that the server cannot answer.
    pub refused: u64,
    /// Requests without an answer: the server closes a connection on which the machine let nothing pass for five seconds.
    pub cut_off: u64,
    /// Lookups that began within 10 ms after an ending of that customer.
    pub close: u64,
    /// What no server should answer.
    pub unexpected: Vec<String>,
}

/// One request.
struct Question {
    query: String,
    way: Way,
    purpose: usize,
    app: usize,
    asked: Vec<usize>,
    /// By the id of an account that was erased before it is asked: nobody.
    is_of_the_erased: bool,
}

/// A reader with a connection to each server.
pub struct Reader<'r> {
    race: &'r Race,
    lines: Vec<Line>,
    chance: Chance,
    notes: Notes,
}

impl<'r> Reader<'r> {
    /// A reader.
    pub fn new(race: &'r Race, chance: Chance) -> Self {
        let lines = race.servers.iter().map(|url| Line::to(url)).collect();
        Self { race, lines, chance, notes: Notes::default() }
    }

    /// Reads until the race is over.
    pub async fn run(mut self) -> Notes {
        while !self.race.is_over() {
            let question = self.question();
            let token = self.race.tokens.pick(question.app, self.chance.below(60)).await;
            self.note_close_ones(&question);
            let place = self.chance.below(self.lines.len());
            let line = &mut self.lines[place];
            let exchange = match question.way {
                Way::Get => line.get(Some(&token), &question.query).await,
                _ => line.ask(Some(&token), &question.query, &json!({})).await,
            };
            match exchange {
                Some(exchange) => self.note(&question, &exchange),
                None => self.notes.cut_off += 1,
            }
            if self.chance.percent(10) {
                crate::clock::rest(self.chance.delay(3)).await;
            }
        }
        self.notes
    }

    fn question(&mut self) -> Question {
        let way = *self.chance.pick(&Way::ALL);
        let purpose = usize::from(self.chance.percent(30));
        let app = self.chance.below(2);
        let everybody = self.race.handles.len();
        let first = self.chance.below(everybody);
        // It is taken from the list before the request is sent: whoever is no longer the last was erased by then.
        let ago = usize::from(matches!(way, Way::Id | Way::Node) && self.chance.percent(20));
        let id_of = |person: usize| self.race.profile(person, ago);
        let is_of_the_erased = ago > 0 && id_of(first) != self.race.profile(first, 0);
        let by = |person: usize, id: bool| {
            if id {
                format!("{{id:\"{}\"}}", id_of(person))
            } else {
                format!("{{handle:{{channel:X,handle:\"{}\"}}}}", self.race.handles[person])
            }
        };
        let purposed = PURPOSES[purpose];
        let one = |person: usize, id: bool, fields: &str| {
            format!("profile(by:{},purpose:{purposed}){{{fields}}}", by(person, id))
        };
        let (query, asked) = match way {
            Way::Handle | Way::Get => (format!("{{{}}}", one(first, false, FIELDS)), vec![first]),
            Way::Id => (format!("{{{}}}", one(first, true, FIELDS)), vec![first]),
            Way::Many => {
                let list: String = (0..everybody).map(|person| by(person, person % 2 == first % 2)).collect();
                (format!("{{profiles(by:[{list}],purpose:{purposed}){{{FIELDS}}}}}"), (0..everybody).collect())
            }
            Way::Alias => {
                let asked: Vec<usize> = (0..3.min(everybody)).map(|step| (first + step) % everybody).collect();
                let parts: String = asked
                    .iter()
                    .map(|person| {
                        format!("a{person}:{} ", one(*person, person % 2 == 0, "n:name{d:displayName}r:area{region}"))
                    })
                    .collect();
                (format!("{{{parts}}}"), asked)
            }
            Way::Fragment => {
                let query = format!(
                    "query Q{{{}}} fragment F on Profile{{...on Profile{{name{{displayName}}}}...G}} fragment G on Profile{{area{{region}}}}",
                    one(first, false, "...F")
                );
                (query, vec![first])
            }
            Way::Node => {
                let id = id_of(first);
                (format!("{{node(id:\"{id}\"){{id ...on Profile{{{FIELDS} access{{status}}}}}}}}"), vec![first])
            }
        };
        Question { query, way, purpose, app, asked, is_of_the_erased }
    }

    fn note_close_ones(&mut self, question: &Question) {
        let now = Moment::now();
        for customer in &question.asked {
            let ending = Moment(self.race.endings[*customer].load(Ordering::Relaxed));
            self.notes.close += u64::from(ending <= now && now.since(ending) < CLOSE);
        }
    }

    fn note(&mut self, question: &Question, exchange: &Exchange) {
        match exchange.status {
            200 => {
                let lookups = question.asked.len() as u64;
                self.notes.requests += 1;
                self.notes.lookups += lookups;
                self.race.lookups.fetch_add(lookups, Ordering::Relaxed);
            }
            // Only the first app is ever suspended.
            401 if question.app == 0 => self.notes.suspended += 1,
            503 if exchange.is_come_back() => self.notes.refused += 1,
            408 => self.notes.cut_off += 1,
            _ => self.notes.unexpected.push(format!("{} {}", exchange.status, exchange.body)),
        }
        // An answer is searched whatever its status says.
        for customer in &question.asked {
            let mut seen: Option<Sighting> = None;
            for (_, cycle, scope, is_new) in words(&exchange.body).filter(|word| word.0 == *customer) {
                let sighting = seen.get_or_insert_with(|| sighting(question, exchange, *customer, cycle));
                sighting.is_torn |= sighting.cycle != cycle;
                sighting.is_new |= is_new;
                sighting.name |= scope == Scope::Name;
                sighting.area |= scope == Scope::Area;
            }
            self.notes.sightings.extend(seen);
        }
        if question.is_of_the_erased && words(&exchange.body).next().is_some() {
            self.notes.unexpected.push("a value by the id of an account that was erased (P1)".to_owned());
        }
        let strangers = words(&exchange.body).filter(|word| !question.asked.contains(&word.0)).count();
        if strangers > 0 {
            self.notes.unexpected.push(format!("{strangers} values of somebody who was not asked for"));
        }
    }
}

fn sighting(question: &Question, exchange: &Exchange, customer: usize, cycle: usize) -> Sighting {
    Sighting {
        customer,
        cycle,
        is_new: false,
        is_torn: false,
        name: false,
        area: false,
        purpose: (question.way != Way::Node).then_some(question.purpose),
        app: question.app,
        started: exchange.started,
        first_byte: exchange.first_byte,
        ended: exchange.ended,
    }
}

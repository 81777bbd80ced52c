//! The log cannot be written (P4, law 9): no record, no data. While it lasts, every answer is a 503 that says when to come
//! again; after it, answers come again within seconds, from the same process.

mod fault;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tests::process::Server;
use tokio::task::JoinSet;
use uuid::Uuid;

use self::fault::Fault;
use tests::chance::Chance;

use crate::clock::{Moment, rest};
use crate::ledger::records_by_customer;
use crate::people::Person;
use crate::report::Report;
use crate::site::{APPS, Database, Setting, Site, token};
use crate::wire::Line;
use crate::work::{Ledger, Undone, look_up};

/// Answers come again so soon after the fault is mended.
const RECOVERY: Duration = Duration::from_secs(5);
/// No request takes longer.
const BOUND: Duration = Duration::from_secs(10);
/// A fault that shows no effect for so long is none.
const PATIENCE: Duration = Duration::from_secs(15);
/// Readers, each with a customer of its own.
const READERS: usize = 4;

/// How often.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How often each fault happens.
    #[arg(long, default_value_t = 1)]
    pub rounds: u64,
    /// Only the fault of this name.
    #[arg(long)]
    pub fault: Option<String>,
}

/// Runs it.
pub async fn run(database: Database, setting: &Setting, options: &Options) -> Report {
    let mut chance = Chance::of(setting.seed, 5_000);
    let (mut violations, mut details) = (Vec::new(), Vec::new());
    let began = Moment::now();
    let wanted = |fault: &Fault| options.fault.as_deref().is_none_or(|name| name == fault.as_str());
    for fault in Fault::of(database).into_iter().filter(wanted) {
        let (site, place) = match fault.prepare(setting).await {
            Ok(prepared) => prepared,
            Err(why) => {
                details.push(format!("{}: skipped: {why}", fault.as_str()));
                continue;
            }
        };
        site.settle(READERS + 1, true).await;
        let place = fault.settle_in(&site, place).await;
        let server = site.house.serve().await;
        let mut people = Person::claim_all(&site.house, &server, 0..READERS + 1).await;
        let mut scene = Scene { server, writer: people.pop().map(Ledger::of), people, rounds: Vec::new() };
        for round in 0..options.rounds {
            rest(chance.delay(100)).await;
            let found = scene.round(&site, fault, &place).await;
            violations.extend(found.into_iter().map(|what| format!("{} {round}: {what}", fault.as_str())));
        }
        details.push(format!("{}: {}", fault.as_str(), scene.summary()));
    }
    let line = format!(
        "{} rounds of each fault; seed {}, {:.1} s",
        options.rounds,
        setting.seed,
        Moment::now().since(began).as_secs_f64()
    );
    Report { title: format!("unwritable {}", database.as_str()), line, violations, details }
}

/// A server under one fault.
struct Scene {
    server: Server,
    people: Vec<Person>,
    writer: Option<Ledger>,
    rounds: Vec<Round>,
}

/// What one round came to.
struct Round {
    answers: i64,
    refusals: u64,
    recovered: Duration,
}

/// What the readers of a round share.
struct Watch {
    over: AtomicBool,
    /// Refusals since the fault, and answers with values since it was mended.
    refusals: AtomicU64,
    whole: AtomicU64,
    mended: AtomicBool,
}

/// What a reader saw.
#[derive(Default)]
struct Seen {
    answers: i64,
    wrong: Vec<String>,
}

impl Scene {
    async fn round(&mut self, site: &Site, fault: Fault, place: &fault::Place) -> Vec<String> {
        let before = records(site).await;
        let app = token(&self.server, APPS[0]).await;
        let watch = Arc::new(Watch {
            over: AtomicBool::new(false),
            refusals: AtomicU64::new(0),
            whole: AtomicU64::new(0),
            mended: AtomicBool::new(false),
        });
        let mut readers = JoinSet::new();
        for person in &self.people {
            let (watch, line, app) = (Arc::clone(&watch), Line::to(&self.server.url), app.clone());
            let (id, handle) = (person.id, person.handle.clone());
            readers.spawn(async move { (id, read(&watch, line, &app, &handle).await) });
        }
        let writer = self.writer.take().expect("there is one");
        let writer = tokio::spawn(write(Arc::clone(&watch), Line::to(&self.server.url), writer));
        rest(Duration::from_millis(300)).await;

        let harmed = fault.harm(site, place).await;
        let bites = wait(|| watch.refusals.load(Ordering::SeqCst) >= READERS as u64).await;
        fault.mend(site, place, harmed).await;
        let mended = Moment::now();
        watch.whole.store(0, Ordering::SeqCst);
        watch.mended.store(true, Ordering::SeqCst);
        let mut wrong = Vec::new();
        if !bites {
            wrong.push("it went on as if nothing had happened".to_owned());
        }
        if !wait(|| watch.whole.load(Ordering::SeqCst) > 0).await {
            wrong.push("it never answered again".to_owned());
        }
        let recovered = Moment::now().since(mended);
        if recovered > RECOVERY {
            wrong.push(format!("it answered again only after {recovered:?}"));
        }
        rest(Duration::from_millis(300)).await;
        watch.over.store(true, Ordering::SeqCst);
        let seen = readers.join_all().await;
        let (mut writer, unclear) = writer.await.expect("the writer writes");
        wrong.extend(unclear);
        if self.server.process.status().is_some() {
            wrong.push("the server ended".to_owned());
        }
        let mut line = Line::to(&self.server.url);
        wrong.extend(writer.missing(&mut line).await);
        writer.begin_anew(&mut line).await;
        self.writer = Some(writer);
        let after = records(site).await;
        let mut answers = 0;
        for (customer, seen) in seen {
            let of = |counts: &HashMap<Uuid, i64>| counts.get(&customer).copied().unwrap_or_default();
            let recorded = of(&after) - of(&before);
            if recorded < seen.answers {
                wrong.push(format!("{} answers with values, {recorded} records (P4)", seen.answers));
            }
            answers += seen.answers;
            wrong.extend(seen.wrong);
        }
        self.rounds.push(Round { answers, refusals: watch.refusals.load(Ordering::SeqCst), recovered });
        wrong
    }

    fn summary(&self) -> String {
        let answers: i64 = self.rounds.iter().map(|round| round.answers).sum();
        let refusals: u64 = self.rounds.iter().map(|round| round.refusals).sum();
        let slowest = self.rounds.iter().map(|round| round.recovered).max().unwrap_or_default();
        format!(
            "{answers} answers with values, {refusals} refused; answers came again after {} ms at most",
            slowest.as_millis()
        )
    }
}

/// Reads until the round is over. An answer has the value, or says that there is none for now; never anything else.
async fn read(watch: &Watch, mut line: Line, app: &str, handle: &str) -> Seen {
    let mut seen = Seen::default();
    while !watch.over.load(Ordering::SeqCst) {
        let Some(exchange) = look_up(&mut line, app, handle).await else {
            seen.wrong.push("a connection broke".to_owned());
            continue;
        };
        let has_value = exchange.body.contains("value");
        let took = exchange.ended.since(exchange.started);
        if took > BOUND {
            seen.wrong.push(format!("an answer took {took:?}"));
        }
        match exchange.status {
            200 if has_value => {
                seen.answers += 1;
                watch.whole.fetch_add(1, Ordering::SeqCst);
            }
            503 if exchange.is_come_back() && !has_value && !exchange.body.contains("\"data\"") => {
                if !watch.mended.load(Ordering::SeqCst) {
                    watch.refusals.fetch_add(1, Ordering::SeqCst);
                }
            }
            status => seen.wrong.push(format!("{status} {} {}", exchange.head, exchange.body)),
        }
    }
    seen
}

/// Writes until the round is over; what was answered as it should not be.
async fn write(watch: Arc<Watch>, mut line: Line, mut ledger: Ledger) -> (Ledger, Vec<String>) {
    let mut unclear = Vec::new();
    while !watch.over.load(Ordering::SeqCst) {
        if ledger.step(&mut line).await == Err(Undone::Gone) {
            unclear.push("a write was neither acknowledged nor refused with 503 and Retry-After".to_owned());
        }
    }
    (ledger, unclear)
}

async fn wait(enough: impl Fn() -> bool) -> bool {
    let began = Moment::now();
    while !enough() && Moment::now().since(began) < PATIENCE {
        rest(Duration::from_millis(5)).await;
    }
    enough()
}

async fn records(site: &Site) -> HashMap<Uuid, i64> {
    let store = site.store().await;
    let records = records_by_customer(&store).await.expect("the records are counted");
    store.close().await.expect("the connection closes");
    records
}

//! `kill -9` at random instants under load (P4, P5): every answer that was received has its record, every acknowledged
//! write is there whole, and the server is ready again in time.

use std::collections::HashMap;
use std::time::Duration;

use tests::process::until;
use tokio::task::JoinSet;
use uuid::Uuid;

use tests::chance::Chance;

use crate::clock::{Moment, rest};
use crate::ledger::records_by_customer;
use crate::people::Person;
use crate::report::Report;
use crate::site::{APPS, Database, Setting, Site, token};
use crate::wire::Line;
use crate::work::{Ledger, look_up};

/// From the start of the process to the first 200 of `/readyz`.
const READY: Duration = Duration::from_secs(2);

/// How often, with how many.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How often the server is killed.
    #[arg(long, default_value_t = 10)]
    pub kills: u64,
    /// Readers; each reads one customer of its own.
    #[arg(long, default_value_t = 6)]
    pub readers: usize,
    /// Customers who write.
    #[arg(long, default_value_t = 3)]
    pub writers: usize,
}

/// Runs it.
pub async fn run(database: Database, setting: &Setting, options: &Options) -> Report {
    let mut site = Site::on(database, setting).await;
    site.house = site.house.set("RAPPORT_HTTP_WORKERS", "2");
    site.settle(options.readers + options.writers, true).await;
    let mut chance = Chance::of(setting.seed, 4_000);
    let mut server = site.house.serve().await;
    let everybody = Person::claim_all(&site.house, &server, 0..options.readers + options.writers).await;
    let mut everybody = everybody.into_iter();
    let read: Vec<Person> = everybody.by_ref().take(options.readers).collect();
    let mut ledgers: Vec<Ledger> = everybody.map(Ledger::of).collect();
    let mut tally = Tally::default();
    let began = Moment::now();
    for kill in 1..=options.kills {
        let before = records(&site).await;
        let app = token(&server, APPS[1]).await;
        let mut readers = JoinSet::new();
        for person in &read {
            readers.spawn(read_on(Line::to(&server.url), app.clone(), person.id, person.handle.clone()));
        }
        let mut writers = JoinSet::new();
        for ledger in ledgers.drain(..) {
            writers.spawn(ledger.write(Line::to(&server.url)));
        }
        rest(Duration::from_millis(20) + chance.delay(700)).await;
        server.process.kill();
        let answered = readers.join_all().await;
        ledgers = writers.join_all().await;

        let started = Moment::now();
        server = site.house.serve().await;
        until("the server to be ready", async || (server.get("/readyz").await.status == 200).then_some(())).await;
        tally.note_ready(kill, Moment::now().since(started));
        let after = records(&site).await;
        for (customer, answers) in answered {
            let of = |counts: &HashMap<Uuid, i64>| counts.get(&customer).copied().unwrap_or_default();
            tally.note_answers(kill, answers, of(&after) - of(&before));
        }
        for ledger in &mut ledgers {
            let mut line = Line::to(&server.url);
            tally
                .violations
                .extend(ledger.missing(&mut line).await.into_iter().map(|what| format!("kill {kill}: {what}")));
            tally.writes += ledger.begin_anew(&mut line).await;
        }
    }
    let line = format!(
        "{} kills: {} answers with values, each recorded once ({} records without an answer); {} acknowledged writes kept; \
         ready again after {} ms at most; seed {}, {:.1} s",
        options.kills,
        tally.answers,
        tally.unanswered,
        tally.writes,
        tally.slowest.as_millis(),
        setting.seed,
        Moment::now().since(began).as_secs_f64()
    );
    Report { title: format!("crash {}", database.as_str()), line, violations: tally.violations, details: Vec::new() }
}

#[derive(Default)]
struct Tally {
    answers: i64,
    unanswered: i64,
    writes: u64,
    slowest: Duration,
    violations: Vec<String>,
}

impl Tally {
    fn note_ready(&mut self, kill: u64, took: Duration) {
        self.slowest = self.slowest.max(took);
        if took > READY {
            self.violations.push(format!("kill {kill}: ready only after {took:?}"));
        }
    }

    /// One reader asks one thing at a time, so at most one record has no answer: the one that the kill cut off.
    fn note_answers(&mut self, kill: u64, answers: i64, records: i64) {
        self.answers += answers;
        self.unanswered += records - answers;
        if records < answers || records > answers + 1 {
            self.violations.push(format!("kill {kill}: {answers} answers with values, {records} records (P4)"));
        }
    }
}

async fn records(site: &Site) -> HashMap<Uuid, i64> {
    let store = site.store().await;
    let records = records_by_customer(&store).await.expect("the records are counted");
    store.close().await.expect("the connection closes");
    records
}

/// Reads until the server is gone; how many answers held the value.
async fn read_on(mut line: Line, token: String, customer: Uuid, handle: String) -> (Uuid, i64) {
    let mut answers = 0;
    while let Some(exchange) = look_up(&mut line, &token, &handle).await {
        assert_eq!(exchange.status, 200, "{}", exchange.body);
        answers += i64::from(exchange.body.contains("value"));
    }
    (customer, answers)
}

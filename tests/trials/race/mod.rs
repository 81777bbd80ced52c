//! The race between taking back and reading (P1, P2, P3, and the counting half of P4): two servers on one database,
//! customers who reduce what they share in every way, readers who ask in every way, all at seeded random instants.

mod history;
mod judge;
mod reader;
mod reductions;
mod suspender;
mod withdrawer;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use serde_json::json;
use tests::process::{House, Server};
use tokio::task::JoinSet;
use uuid::Uuid;

use self::history::{FOREVER, Sighting, Span};
use self::judge::{Kind, Violation, judge};
use self::reader::{Notes, Reader};
use self::reductions::Reduction;
use self::withdrawer::{Diary, Withdrawer};
use tests::chance::Chance;

use crate::clock::{Moment, rest};
use crate::ledger::Ledger;
use crate::people::Person;
use crate::report::Report;
use crate::site::{APPS, BRAND, Database, PURPOSES, Setting, Site, Tokens, keep_fresh};
use crate::wire::Line;

/// How long, with how many.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Seconds at least.
    #[arg(long, default_value_t = 8)]
    pub seconds: u64,
    /// Acknowledged reductions at least.
    #[arg(long, default_value_t = 0)]
    pub withdrawals: u64,
    /// Answered lookups at least.
    #[arg(long, default_value_t = 0)]
    pub reads: u64,
    /// Customers who give and take back.
    #[arg(long, default_value_t = 8)]
    pub customers: usize,
    /// Connections that read.
    #[arg(long, default_value_t = 16)]
    pub readers: usize,
    /// Customers wait up to so many milliseconds between one act and the next.
    #[arg(long, default_value_t = 20)]
    pub delay: u64,
    /// Of a hundred cycles so many erase the account.
    #[arg(long, default_value_t = 2)]
    pub erasures: u64,
    /// Milliseconds that an answer which is under way when an ending is acknowledged may take from then on.
    #[arg(long, default_value_t = 250)]
    pub in_flight: u64,
}

/// A timer that is later than this was not run.
const STALL: Duration = Duration::from_millis(10);

/// What the actors share.
pub struct Race {
    house: House,
    /// By which each of them is found, whatever account they have.
    handles: Vec<String>,
    /// By which the brand knows each of them, and knew the accounts that were erased before.
    profiles: Vec<RwLock<Vec<String>>>,
    /// Addresses of the servers.
    servers: Vec<String>,
    tokens: Tokens,
    delay: u64,
    erasures: u64,
    reductions: AtomicU64,
    lookups: AtomicU64,
    /// When each customer last took something back.
    endings: Vec<AtomicU64>,
    over: AtomicBool,
}

impl Race {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    async fn prepare(site: &Site, servers: &[Server], people: &[Person], options: &Options) -> Self {
        let mut line = Line::to(&servers[0].url);
        let mut profiles = Vec::new();
        for person in people {
            profiles.push(RwLock::new(vec![acquaint(person, &mut line).await]));
        }
        Self {
            house: site.house.on_database(&site.house.database_url),
            endings: people.iter().map(|_| AtomicU64::new(0)).collect(),
            handles: people.iter().map(|person| person.handle.clone()).collect(),
            profiles,
            servers: servers.iter().map(|server| server.url.clone()).collect(),
            tokens: Tokens::of(&servers[0]).await,
            delay: options.delay,
            erasures: options.erasures,
            reductions: AtomicU64::new(0),
            lookups: AtomicU64::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// By which the brand knows somebody, or knew an account of theirs so many erasures ago; the first if there were fewer.
    fn profile(&self, number: usize, erasures_ago: usize) -> String {
        let profiles = self.profiles[number].read().expect("nobody panicked");
        profiles[profiles.len().saturating_sub(1 + erasures_ago)].clone()
    }

    /// Waits until enough was done; the times in which the trial was not run meanwhile.
    async fn last(&self, options: &Options) -> Vec<Span> {
        let pause = Duration::from_millis(5);
        let (began, mut stalls) = (Moment::now(), Vec::new());
        let enough = || {
            Moment::now().since(began).as_secs() >= options.seconds
                && self.reductions.load(Ordering::Relaxed) >= options.withdrawals
                && self.lookups.load(Ordering::Relaxed) >= options.reads
        };
        while !enough() {
            let due = Moment::now().plus(pause);
            rest(pause).await;
            let stall = Span { from: due, until: Moment::now() };
            if stall.until.since(due) > STALL {
                stalls.push(stall);
            }
        }
        self.over.store(true, Ordering::Relaxed);
        stalls
    }
}

/// The brand's own id of a customer. It is made with the first grant, and stays as long as the account.
async fn acquaint(person: &Person, line: &mut Line) -> String {
    let input = json!({ "brand": BRAND, "purpose": PURPOSES[0], "scopes": ["LANGUAGE"] });
    let (payload, _) = person.insist(line, "giveConsent", input, "grant { profileId }").await;
    person.insist(line, "withdrawEverything", json!({}), "").await;
    payload["grant"]["profileId"].as_str().expect("an id").to_owned()
}

/// Runs it.
pub async fn run(database: Database, setting: &Setting, options: &Options) -> Report {
    let site = Site::on(database, setting).await;
    site.settle(options.customers, false).await;
    let servers = [site.house.serve().await, site.house.serve().await];
    let people = Person::claim_all(&site.house, &servers[0], 0..options.customers).await;
    let race = Arc::new(Race::prepare(&site, &servers, &people, options).await);
    let began = Moment::now();
    let mut withdrawers = JoinSet::new();
    for person in people {
        let (race, number) = (Arc::clone(&race), person.number);
        let chance = Chance::of(setting.seed, 1_000 + number as u64);
        withdrawers.spawn(async move { (number, Withdrawer::new(&race, person, chance).run().await) });
    }
    let mut readers = JoinSet::new();
    for number in 0..options.readers {
        let (race, chance) = (Arc::clone(&race), Chance::of(setting.seed, 2_000 + number as u64));
        readers.spawn(async move { Reader::new(&race, chance).run().await });
    }
    let suspender = suspender::run(&race, &site.house, Chance::of(setting.seed, 3_000));
    let everything = async { tokio::join!(race.last(options), suspender) };
    let (stalls, active) = tokio::select! {
        both = everything => both,
        () = keep_fresh(&race.tokens, &servers[1]) => unreachable!("it never ends"),
    };
    let mut diaries = withdrawers.join_all().await;
    diaries.sort_by_key(|(number, _)| *number);
    let diaries: Vec<Diary> = diaries.into_iter().map(|(_, diary)| diary).collect();
    let notes = readers.join_all().await;
    let took = Moment::now().since(began);
    let ledger = Ledger::read(&site.store().await).await.expect("the ledger is read");
    let title = format!("race {}", database.as_str());
    let mut report = conclude(diaries, notes, active, &ledger, (Duration::from_millis(options.in_flight), &stalls));
    let longest = stalls.iter().map(|stall| stall.until.since(stall.from)).max().unwrap_or_default();
    report.title = title;
    report.line = format!(
        "{}; the machine did not run the trial for {} ms at once at most; seed {}, {:.1} s",
        report.line,
        longest.as_millis(),
        setting.seed,
        took.as_secs_f64()
    );
    report
}

/// Judges everything that was noted.
fn conclude(
    diaries: Vec<Diary>,
    notes: Vec<Notes>,
    active: Vec<Span>,
    ledger: &Ledger,
    (bound, stalls): (Duration, &[Span]),
) -> Report {
    let suspensions = active.len() as u64 - 1;
    let apps = [active, vec![Span { from: Moment(0), until: FOREVER }]];
    let mut reductions = [0; Reduction::ALL.len()];
    let (mut acknowledged, mut broken_off, mut cycles) = (Vec::new(), 0, Vec::new());
    for diary in diaries {
        reductions.iter_mut().zip(diary.reductions).for_each(|(sum, count)| *sum += count);
        acknowledged.extend(diary.acknowledged);
        broken_off += diary.broken_off;
        cycles.push(diary.cycles);
    }
    let sum = |count: fn(&Notes) -> u64| notes.iter().map(count).sum::<u64>();
    let (requests, lookups) = (sum(|note| note.requests), sum(|note| note.lookups));
    let (refused, suspended, close) = (sum(|note| note.refused), sum(|note| note.suspended), sum(|note| note.close));
    let cut_off = sum(|note| note.cut_off);
    let mut unexpected: Vec<String> = Vec::new();
    let mut sightings = Vec::new();
    for note in notes {
        sightings.extend(note.sightings);
        unexpected.extend(note.unexpected.into_iter().map(|what| format!("unexpected: {what}")));
    }
    let verdict = judge(&sightings, &cycles, &apps, bound, stalls);
    let mut violations: Vec<String> = Vec::new();
    let details = kinds_of(&verdict.violations, &acknowledged);
    violations.extend(ledger.disorder());
    violations.extend(unrecorded(&sightings, &cycles, ledger));
    if ledger.total < i64::try_from(lookups).unwrap_or(i64::MAX) {
        violations.push(format!("{lookups} lookups were answered and {} recorded (P4)", ledger.total));
    }
    violations.extend(unexpected);
    violations.extend(verdict.violations.iter().map(|one| format!("{}: {}", one.kind.as_str(), one.text)));
    let kinds: Vec<String> =
        Reduction::ALL.iter().zip(reductions).map(|(kind, count)| format!("{} {count}", kind.as_str())).collect();
    let all = reductions.iter().sum::<u64>() + suspensions;
    let line = format!(
        "{all} reductions ({}, suspend {suspensions}), {requests} requests = {lookups} lookups, {close} of them within 10 ms \
         after an ending, {} with values, {suspended} while suspended, {refused} refused, {cut_off} cut off, {broken_off} cycles broken off; \
         {} answers under way at an ending came {} ms after it at most; {} records in order",
        kinds.join(", "),
        sightings.len(),
        verdict.in_flight,
        verdict.longest_in_flight.as_millis(),
        ledger.total
    );
    Report { title: String::new(), line, violations, details }
}

/// How often each promise was broken, and after how many reductions first.
fn kinds_of(violations: &[Violation], acknowledged: &[Moment]) -> Vec<String> {
    let mut kinds: BTreeMap<Kind, Vec<Moment>> = BTreeMap::new();
    violations.iter().for_each(|violation| kinds.entry(violation.kind).or_default().push(violation.at));
    let line = |(kind, times): (Kind, Vec<Moment>)| {
        let before = acknowledged.iter().filter(|at| times.first().is_some_and(|first| *at <= first)).count();
        format!("{}: {} times, first after {before} reductions", kind.as_str(), times.len())
    };
    kinds.into_iter().map(line).collect()
}

/// P4: no grant gave an app more answers with values than it has records.
fn unrecorded(sightings: &[Sighting], cycles: &[Vec<history::Cycle>], ledger: &Ledger) -> Vec<String> {
    let mut answers: HashMap<(Uuid, &str), i64> = HashMap::new();
    for sighting in sightings {
        let cycle = cycles.get(sighting.customer).and_then(|all| all.get(sighting.cycle));
        if let Some(grant) = cycle.zip(sighting.purpose).and_then(|(cycle, purpose)| cycle.grants[purpose]) {
            *answers.entry((grant, APPS[sighting.app])).or_default() += 1;
        }
    }
    let records = ledger.by_grant();
    let missing = answers.into_iter().filter_map(|(key, count)| {
        let recorded = records.get(&key).copied().unwrap_or_default();
        (recorded < count)
            .then(|| format!("{count} answers under grant {} to {}, {recorded} records (P4)", key.0, key.1))
    });
    missing.collect()
}

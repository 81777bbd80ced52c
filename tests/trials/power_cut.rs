//! A power cut (P5, SQLite): the machine loses everything that was not forced to the disk. `kill -9` cannot show that, as
//! the kernel keeps what a killed process has written.
//!
//! The database is on an ext4 in an image file. The server is stopped in the middle of its work, the image is copied, and
//! the copy is what a disk would hold: what the inner file system still had in memory is not in it. The copy is repaired,
//! mounted and served, and compared with what was acknowledged. Torn sectors are not modelled.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use entity::store::Store;
use sea_orm::{ConnectionTrait, Statement};
use tests::database;
use tests::process::House;
use tokio::task::JoinSet;
use uuid::Uuid;

use tests::chance::Chance;

use crate::clock::{Moment, rest};
use crate::ledger::records_by_customer;
use crate::mount::{Mount, make_image, run as command, text};
use crate::people::Person;
use crate::report::Report;
use crate::site::{APPS, Database, Setting, Site, token};
use crate::wire::Line;
use crate::work::{Ledger, look_up};

/// The file's name in the image.
const FILE: &str = "rapport.sqlite";
const READERS: usize = 3;
const WRITERS: usize = 3;
const MEGABYTES: u32 = 48;

/// How often.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// How often the power is cut.
    #[arg(long, default_value_t = 2)]
    pub cuts: u64,
}

/// Runs it.
pub async fn run(setting: &Setting, options: &Options) -> Report {
    let title = "power-cut sqlite".to_owned();
    if let Err(why) = make_image(MEGABYTES).and_then(|image| Mount::image(&image)) {
        return Report::skipped(&title, &format!("this needs root and loop devices: {why}"));
    }
    let template = Template::make(setting).await;
    let mut chance = Chance::of(setting.seed, 6_000);
    let mut tally = Tally::default();
    let began = Moment::now();
    for cut in 1..=options.cuts {
        let found = cut_once(&template, &mut chance, &mut tally).await;
        tally.violations.extend(found.into_iter().map(|what| format!("cut {cut}: {what}")));
    }
    let line = format!(
        "{} cuts: {} acknowledged writes and {} answers with values, {} of them lost; seed {}, {:.1} s",
        options.cuts,
        tally.writes,
        tally.answers,
        tally.violations.len(),
        setting.seed,
        Moment::now().since(began).as_secs_f64()
    );
    Report { title, line, violations: tally.violations, details: Vec::new() }
}

#[derive(Default)]
struct Tally {
    writes: u64,
    answers: i64,
    violations: Vec<String>,
}

/// A database with people in it, who have claimed their accounts, to begin each cut with.
struct Template {
    site: Site,
    file: PathBuf,
}

impl Template {
    async fn make(setting: &Setting) -> Self {
        let site = Site::on(Database::Sqlite, setting).await;
        site.settle(READERS + WRITERS, true).await;
        let server = site.house.serve().await;
        Person::claim_all(&site.house, &server, 0..READERS + WRITERS).await;
        server.process.terminate();
        let mut process = server.process;
        process.exit_status().await;
        let file = PathBuf::from(site.house.database_url.trim_start_matches("sqlite://"));
        Self { site, file }
    }

    /// The same deployment on the database in a folder.
    fn house(&self, folder: &Path) -> House {
        self.site.house.on_database(&format!("sqlite://{}", folder.join(FILE).display()))
    }
}

async fn cut_once(template: &Template, chance: &mut Chance, tally: &mut Tally) -> Vec<String> {
    let image = make_image(MEGABYTES).expect("it was tried before");
    let mount = Mount::image(&image).expect("it was tried before");
    std::fs::copy(&template.file, mount.folder.join(FILE)).expect("the database is copied");
    command("sync", &["--file-system", &text(&mount.folder)]).expect("the beginning is on the disk");
    let house = template.house(&mount.folder);
    let mut server = house.serve().await;
    let app = token(&server, APPS[0]).await;
    let before = records(&house.database_url).await;
    let mut ledgers = Vec::new();
    let mut readers = JoinSet::new();
    for number in 0..READERS + WRITERS {
        let mut line = Line::to(&server.url);
        let person = Person::sign_in(&mut line, number).await;
        if number < WRITERS {
            ledgers.push(Ledger::of(person));
        } else {
            readers.spawn(read_on(line, app.clone(), person.id, person.handle.clone()));
        }
    }
    let mut writers = JoinSet::new();
    for ledger in ledgers {
        writers.spawn(ledger.write(Line::to(&server.url)));
    }
    rest(Duration::from_millis(300) + chance.delay(1_000)).await;

    server.process.stop().await;
    let copy = database::fresh_folder("image").join("copy");
    std::fs::copy(&image, &copy).expect("the image is copied");
    // What was answered before the server was stopped is acknowledged, and will have been read by now.
    rest(Duration::from_millis(100)).await;
    server.process.kill();
    let answered = readers.join_all().await;
    let ledgers = writers.join_all().await;
    drop(mount);

    // Status 1: it was repaired, which a disk after a power cut may need.
    let checked = Command::new("e2fsck").args(["-fy", &text(&copy)]).output().expect("e2fsck runs");
    assert!(checked.status.code().is_some_and(|code| code <= 1), "{checked:?}");
    let mount = Mount::image(&copy).expect("the copy is mounted");
    let house = template.house(&mount.folder);
    let mut found = Vec::new();
    let server = house.serve().await;
    for mut ledger in ledgers {
        let mut line = Line::to(&server.url);
        found.extend(ledger.missing(&mut line).await);
        tally.writes += ledger.begin_anew(&mut line).await;
    }
    let after = records(&house.database_url).await;
    for (customer, answers) in answered {
        let records = after.get(&customer).unwrap_or(&0) - before.get(&customer).unwrap_or(&0);
        tally.answers += answers;
        if records < answers {
            found.push(format!("{answers} answers with values, {records} records (P4)"));
        }
    }
    found.extend(damage(&house.database_url).await);
    drop(server);
    let _ = std::fs::remove_file(&image);
    let _ = std::fs::remove_file(&copy);
    found
}

/// Reads until the server is gone; how many answers held the value.
async fn read_on(mut line: Line, token: String, customer: Uuid, handle: String) -> (Uuid, i64) {
    let mut answers = 0;
    while let Some(exchange) = look_up(&mut line, &token, &handle).await {
        answers += i64::from(exchange.body.contains("value"));
    }
    (customer, answers)
}

async fn records(url: &str) -> std::collections::HashMap<Uuid, i64> {
    let store = Store::open(url, 1).await.expect("the database opens");
    let records = records_by_customer(&store).await.expect("the records are counted");
    store.close().await.expect("the connection closes");
    records
}

/// What SQLite finds wrong with the file.
#[expect(clippy::disallowed_methods, reason = "no builder asks for it")]
async fn damage(url: &str) -> Option<String> {
    let store = Store::open(url, 1).await.expect("the database opens");
    let statement = Statement::from_string(store.backend(), "pragma integrity_check");
    let row = store.reader().query_one_raw(statement).await.expect("it can be checked").expect("a row");
    let found: String = row.try_get("", "integrity_check").expect("a text");
    store.close().await.expect("the connection closes");
    (found != "ok").then(|| format!("integrity check: {found}"))
}

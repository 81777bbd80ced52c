//! The best that the database itself can do: one prepared statement on plain tables, without law, encryption or server.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rusqlite::Connection;
use tests::Backend;
use tests::chance::Chance;
use tests::cluster::Cluster;
use tokio::process::Command;

use crate::Options;
use crate::customers::Lines;
use crate::load::{SEED, Sample};
use crate::site::instant;

/// What the floor does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It reads.
    Read,
    /// It reads, and writes a record with a durable commit.
    Recorded,
}

impl Kind {
    /// As the table calls it.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Read => "R",
            Self::Recorded => "F",
        }
    }
}

/// What is measured on this database.
pub fn kinds(backend: Backend) -> Vec<Kind> {
    match backend {
        Backend::Postgres => vec![Kind::Read, Kind::Recorded],
        Backend::Sqlite => vec![Kind::Read],
    }
}

/// Plain tables with the same people.
pub enum Floor {
    Postgres { url: String, folder: PathBuf, customers: u64 },
    Sqlite { file: PathBuf, customers: u64 },
}

/// By their numbers.
const BRANDS: [u8; 5] = [0, 1, 2, 3, 4];

const TABLES: &str = "create table directory (handle text primary key, customer integer not null);
create table share (customer integer not null, brand integer not null, scopes bigint not null, state text not null,
    valid_from text not null, expires_at text not null, primary key (customer, brand));
create table part (customer integer not null, scope integer not null, value text not null, primary key (customer, scope));";

/// Customer `$1`, brand `$2`.
const SELECT: &str = "from directory d
join share s on s.customer = d.customer and s.brand = BRAND and s.state = 'ACTIVE' and s.valid_from <= NOW and NOW < s.expires_at
join part p on p.customer = d.customer and (s.scopes & (cast(1 as bigint) << p.scope)) <> 0
where d.handle = HANDLE";

fn select(handle: &str, brand: &str, now: &str) -> String {
    SELECT.replace("HANDLE", handle).replace("BRAND", brand).replace("NOW", now)
}

impl Floor {
    /// Fills the tables.
    pub async fn build(cluster: Option<&Cluster>, folder: &Path, lines: &Lines, customers: u64) -> Self {
        match cluster {
            Some(cluster) => {
                psql(&cluster.url, "create database floor").await;
                let (server, _) = cluster.url.rsplit_once('/').expect("the address names a database");
                let url = format!("{server}/floor");
                psql(
                    &url,
                    &TABLES
                        .replace("valid_from text", "valid_from timestamptz")
                        .replace("expires_at text", "expires_at timestamptz")
                        .replace("value text", "value jsonb"),
                )
                .await;
                let record =
                    "create table record (customer integer, id bigint generated always as identity, brand integer,
                    paths text, at timestamptz, primary key (customer, id))";
                psql(&url, record).await;
                for (table, file) in ["directory", "share", "part"].iter().zip(&lines.tables) {
                    psql(&url, &format!("\\copy {table} from '{}'", file.display())).await;
                }
                psql(&url, "vacuum analyze").await;
                Self::Postgres { url, folder: folder.to_owned(), customers }
            }
            None => {
                let file = folder.join("floor.sqlite");
                fill(&file, lines);
                Self::Sqlite { file, customers }
            }
        }
    }

    /// Runs it for so long.
    pub async fn run(&self, kind: Kind, connections: u32, options: &Options) -> Sample {
        match self {
            Self::Postgres { url, folder, customers } => {
                pgbench(url, folder, *customers, kind, connections, options.seconds).await
            }
            Self::Sqlite { file, customers } => {
                let (file, customers, seconds) = (file.clone(), *customers, options.seconds);
                tokio::task::spawn_blocking(move || read_sqlite(&file, customers, seconds)).await.expect("it reads")
            }
        }
    }
}

/// How many rows a table of a database has.
pub async fn count(url: &str, table: &str) -> i64 {
    let count = format!("select count(*) from {table}");
    match url.strip_prefix("sqlite://") {
        Some(file) => {
            let connection = Connection::open(file).expect("the file");
            connection.query_row(&count, [], |row| row.get(0)).expect("a count")
        }
        None => psql(url, &count).await.trim().parse().expect("a count"),
    }
}

/// Carries a command out; what it says.
pub async fn psql(url: &str, command: &str) -> String {
    let output = Command::new("psql").args([url, "-qXAt", "-v", "ON_ERROR_STOP=1", "-c", command]).output().await;
    let output = output.expect("tests/bench/run installs psql");
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn pgbench(url: &str, folder: &Path, customers: u64, kind: Kind, connections: u32, seconds: u64) -> Sample {
    let read = select("'c' || cast(:n as text)", ":b", "now()");
    let statement = match kind {
        Kind::Read => format!("select json_object_agg(p.scope, p.value) {read};"),
        Kind::Recorded => format!(
            "with answer as (select d.customer, json_object_agg(p.scope, p.value) as value {read} group by d.customer),
             noted as (insert into record (customer, brand, paths, at)
                       select customer, :b, 'name.displayName area.region language.locale preferences', now() from answer)
             select value from answer;"
        ),
    };
    // One line: pgbench ends a statement at its semicolon, wherever that is.
    let script =
        format!("\\set n random(0, {})\n\\set b random(0, 4)\n{}\n", customers - 1, statement.replace('\n', " "));
    let (file, log) = (folder.join("floor.sql"), folder.join("pgbench"));
    std::fs::write(&file, script).expect("written");
    remove_logs(folder);
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-c", &connections.to_string(), "-j", &connections.min(2).to_string()])
        .args(["-T", &seconds.to_string(), "-l", "--sampling-rate=0.2"])
        .arg(format!("--log-prefix={}", log.display()))
        .arg("-f")
        .arg(&file)
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("tests/bench/run installs pgbench");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("tps = "));
    let rate = line.and_then(|line| line.split(' ').next()?.parse().ok());
    let per_second = rate.unwrap_or_else(|| panic!("pgbench said: {text} {}", String::from_utf8_lossy(&output.stderr)));
    let mut times = logged(folder);
    times.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "microseconds")]
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0.0, |time| *time as f64);
    Sample { per_second, p50: at(50), p99: at(99), ..Sample::default() }
}

/// The logs of each thread of pgbench.
fn logs(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pgbench."))).collect()
}

fn remove_logs(folder: &Path) {
    for path in logs(folder) {
        std::fs::remove_file(path).expect("a log can be removed");
    }
}

/// Microseconds of each transaction that was logged.
fn logged(folder: &Path) -> Vec<u64> {
    let lines =
        logs(folder).into_iter().flat_map(|path| BufReader::new(std::fs::File::open(path).expect("a log")).lines());
    lines.filter_map(|line| line.ok()?.split(' ').nth(2)?.parse().ok()).collect()
}

fn fill(file: &Path, lines: &Lines) {
    let mut connection = Connection::open(file).expect("a file");
    connection.execute_batch(&format!("pragma journal_mode = wal; {TABLES}")).expect("tables");
    let transaction = connection.transaction().expect("a transaction");
    for (table, path) in ["directory", "share", "part"].iter().zip(&lines.tables) {
        for line in BufReader::new(std::fs::File::open(path).expect("a file")).lines() {
            let line = line.expect("a line");
            let fields: Vec<&str> = line.split('\t').collect();
            let places = vec!["?"; fields.len()].join(", ");
            let mut insert =
                transaction.prepare_cached(&format!("insert into {table} values ({places})")).expect("SQL");
            insert.execute(rusqlite::params_from_iter(fields)).expect("a row");
        }
    }
    transaction.commit().expect("committed");
    connection.execute_batch("analyze").expect("analysed");
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn read_sqlite(file: &Path, customers: u64, seconds: u64) -> Sample {
    let connection = Connection::open(file).expect("the file");
    let text = select("?1", "?2", "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')");
    let mut read =
        connection.prepare(&format!("select json_group_object(p.scope, json(p.value)) {text}")).expect("SQL");
    let (began, mut count, mut chance) = (instant(), 0_u64, Chance::of(SEED, 1));
    while began.elapsed() < Duration::from_secs(seconds) {
        let (handle, brand) = (format!("c{}", chance.next() % customers), i64::from(*chance.pick(&BRANDS)));
        let found: String = read.query_row((&handle, brand), |row| row.get(0)).expect("a row");
        std::hint::black_box(found);
        count += 1;
    }
    let per_second = count as f64 / began.elapsed().as_secs_f64();
    Sample { per_second, p50: 1e6 / per_second, p99: 1e6 / per_second, ..Sample::default() }
}

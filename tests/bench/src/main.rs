//! How fast a guarded, decrypted and recorded profile read is, beside the best that the database itself can do.
//!
//! The release server is driven over HTTP by `wrk` with random handles for all brands. The floor is measured in the same run,
//! in turns with it, on the same machine: on PostgreSQL by `pgbench` (prepared) with the best single statement that returns
//! the same JSON from plain tables, without ("R") and with ("F") one record and one durable commit per request; on SQLite by
//! its own library on one thread, prepared, without a record. What counts is the ratio.
//!
//! ```sh
//! tests/bench/run                                  # 100,000 customers, both databases
//! tests/bench/run --customers 1000000 --database postgres --seconds 10
//! ```
//!
//! Prints a table, writes `target/bench.json`, and says what has become of the ratios of the committed `tests/bench/last.json`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what cannot be measured ends the run"
)]

mod customers;
mod extras;
mod floor;
mod load;
mod report;
mod site;
mod usage;

use std::path::PathBuf;

use clap::Parser;
use tests::Backend;

use self::report::{Report, Row};
use self::site::Site;

/// Measures the disclosure path.
#[derive(Parser)]
pub struct Options {
    /// How many customers are imported.
    #[arg(long, default_value_t = 100_000)]
    customers: u64,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// How often each is measured; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// On which database; on both if left out.
    #[arg(long)]
    database: Option<Database>,
    /// Connections at once.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32,128")]
    connections: Vec<u32>,
    /// The executable; the release build of this tree if left out.
    #[arg(long, default_value = "target/release/rapport")]
    rapport: PathBuf,
    /// Where the result is written to.
    #[arg(long, default_value = "target/bench.json")]
    out: PathBuf,
    /// What it is compared with.
    #[arg(long, default_value = "tests/bench/last.json")]
    last: PathBuf,
}

/// The databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let all = [(Database::Postgres, Backend::Postgres), (Database::Sqlite, Backend::Sqlite)];
    let mut report = Report::new(options.customers);
    let lines = customers::write(options.customers);
    for (_, backend) in all.into_iter().filter(|(database, _)| options.database.is_none_or(|one| one == *database)) {
        let site = Site::build(backend, &options, &lines, &mut report).await;
        measure(&site, &options, &mut report).await;
        extras::measure(&site, &options, &mut report).await;
    }
    report.print();
    report.compare(&options.last);
    report.write(&options.out);
}

/// The server and its floor in turns, at each number of connections.
async fn measure(site: &Site, options: &Options, report: &mut Report) {
    let floors = floor::kinds(site.backend);
    for &connections in &options.connections {
        let mut served = Vec::new();
        let mut limits: Vec<Vec<load::Sample>> = floors.iter().map(|_| Vec::new()).collect();
        for _ in 0..options.rounds {
            served.push(site.drive(load::Script::One, connections, options.seconds).await);
            for (&floor, samples) in floors.iter().zip(&mut limits) {
                samples.push(site.floor.run(floor, connections, options).await);
            }
        }
        let served = load::median(served);
        let mut row = Row::new(site.backend, "profile", connections, &served);
        for (&floor, samples) in floors.iter().zip(limits) {
            row.against(floor, &load::median(samples));
        }
        report.add(row);
    }
}

//! The trials of Rapport's promises P1 to P5, against the real executable, over loopback HTTP.
//!
//! Black box: HTTP, the command line, and a look at the order and number of the records in the database. Each trial prints a
//! line with counts and what broke a promise. The exit status is 0 if all promises hold, 1 if one was broken, anything else
//! if the trial could not be run. The same seed makes the same choices; the machine still decides how they fall.
//!
//! ```sh
//! cargo build                                            # the trials run the `rapport` that is built beside them
//! cargo run -p tests --bin trials -- all                 # every trial for seconds, on both databases: what tests/run does
//! cargo run -p tests --bin trials -- race --database postgres --seconds 60 --seed 7
//! cargo run -p tests --bin trials -- --help              # and `race --help`, ...
//! tests/saboteur all                                     # breaks each promise on purpose: the trials must notice
//! ```
//!
//! PostgreSQL is RAPPORT_TEST_POSTGRES_URL or a throw-away cluster (see `tests/postgres`).
//!
//! | trial | promise | the long version (release build) |
//! |---|---|---|
//! | `race` | P1, P2, P3, P4 by counting | `race --seconds 0 --withdrawals 10000 --reads 1000000` |
//! | `crash` | P4, P5 under `kill -9` | `crash --kills 200` |
//! | `power-cut` | P5 under a power cut; SQLite; root, loop devices | `power-cut --cuts 50` |
//! | `unwritable` | no record, no data; root for some faults | `unwritable --rounds 20` |
//! | `timing` | nobody is told from nobody | `timing --samples 20000` |
//! | `hooks` | what happened is delivered to brands, signed | `hooks` |
//! | `streams` | who is watching is told everything, and nothing after a withdrawal | `streams` |
//!
//! - `race`: two servers on one database, one keyring and one journal. Customers narrow, shorten, pause, withdraw, one
//!   grant, all of the brand's or everything, switch direct marketing off, and erase their account and come back under the
//!   same handle; the brand revokes; the operator suspends an app; readers ask by handle, by id (also that of an erased
//!   account), for many, by alias, through fragments, `node` and GET. A value may be seen by a request that has an instant in common with the
//!   time from the giving request to the acknowledged ending, and an answer under way at an ending must be there within
//!   `--in-flight` milliseconds. After each ending something new is written that nobody may ever see. Then the records are
//!   held against the events: those that concern no single grant too.
//! - `crash`: each reader has a customer of its own, so answers and records can be held against each other one by one.
//! - `power-cut`: the database is in an image file; see the module.
//! - `unwritable`: locked, full, immutable, read-only: 503 with Retry-After, no value, and answers again soon after.
//! - `timing`: times are judged from 10,000 samples of each class on, by Welch's t.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a trial that cannot be run ends by panicking, which is not the exit status of a violation"
)]

mod clock;
mod crash;
mod hooks;
mod ledger;
mod mount;
mod people;
mod power_cut;
mod race;
mod report;
mod site;
mod streams;
mod timing;
mod unwritable;
mod wire;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::report::Report;
use self::site::{Database, Setting};

/// Trials of Rapport's promises.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    setting: Setting,
    #[command(subcommand)]
    trial: Trial,
}

#[derive(Subcommand)]
enum Trial {
    /// Taking back against reading, on two servers (P1, P2, P3, P4).
    Race(race::Options),
    /// kill -9 at random instants (P4, P5).
    Crash(crash::Options),
    /// The log cannot be written (P4).
    Unwritable(unwritable::Options),
    /// The power is cut (P5); SQLite only.
    PowerCut(power_cut::Options),
    /// Nobody is told from nobody, by bytes or by time.
    Timing(timing::Options),
    /// Webhooks with a receiver that fails at random.
    Hooks(hooks::Options),
    /// Many who watch: what they are told and when, and what a stream costs.
    Streams(streams::Options),
    /// Each of them for seconds.
    All,
}

/// What `all` runs. A debug build on a busy machine cannot keep the bound of an answer that is under way.
const SHORT: [&[&str]; 7] = [
    &["trials", "race", "--seconds", "6", "--in-flight", "2000"],
    &["trials", "crash"],
    &["trials", "power-cut"],
    &["trials", "unwritable"],
    &["trials", "timing", "--samples", "200"],
    &["trials", "hooks", "--events", "300"],
    &["trials", "streams", "--streams", "100", "--panels", "20", "--messages", "10"],
];

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { setting, trial } = Arguments::parse();
    let trials = match trial {
        Trial::All => SHORT.iter().map(|line| Arguments::parse_from(*line).trial).collect(),
        one => vec![one],
    };
    let mut holds = true;
    for trial in &trials {
        for database in setting.databases() {
            if let Some(report) = run(trial, database, &setting).await {
                holds &= report.print();
            }
        }
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(trial: &Trial, database: Database, setting: &Setting) -> Option<Report> {
    match trial {
        Trial::Race(options) => Some(race::run(database, setting, options).await),
        Trial::Crash(options) => Some(crash::run(database, setting, options).await),
        Trial::Unwritable(options) => Some(unwritable::run(database, setting, options).await),
        // How PostgreSQL bears a power cut is its own affair.
        Trial::PowerCut(_) if database == Database::Postgres => None,
        Trial::PowerCut(options) => Some(power_cut::run(setting, options).await),
        Trial::Timing(options) => Some(timing::run(database, setting, options).await),
        Trial::Hooks(options) => Some(hooks::run(database, setting, options).await),
        Trial::Streams(options) => Some(streams::run(database, setting, options).await),
        Trial::All => None,
    }
}

//! The trials of Rapport's promises P1 to P5, against the real executable over loopback HTTP.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a trial that cannot be run ends by panicking, which is not the exit status of a violation"
)]

mod chance;
mod clock;
mod crash;
mod ledger;
mod mount;
mod people;
mod power_cut;
mod race;
mod report;
mod site;
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
}

#[tokio::main]
async fn main() -> ExitCode {
    let Arguments { setting, trial } = Arguments::parse();
    let mut holds = true;
    for database in setting.databases() {
        let report: Report = match &trial {
            Trial::Race(options) => race::run(database, &setting, options).await,
            Trial::Crash(options) => crash::run(database, &setting, options).await,
            Trial::Unwritable(options) => unwritable::run(database, &setting, options).await,
            // PostgreSQL's own power cuts are its own affair.
            Trial::PowerCut(_) if database == Database::Postgres => continue,
            Trial::PowerCut(options) => power_cut::run(&setting, options).await,
            Trial::Timing(options) => timing::run(database, &setting, options).await,
        };
        holds &= report.print();
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

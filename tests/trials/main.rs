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
mod race;
mod report;
mod site;
mod unwritable;
mod wire;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::report::Report;
use self::site::Setting;

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
        };
        holds &= report.print();
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

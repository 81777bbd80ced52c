//! The command line: the only way in for operators.

mod app;
mod channels;
mod check;
mod grants;
mod keys;
mod log;
mod receipt;
mod serve;
mod staff;
mod token_keys;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;
use crate::{backup, demo, graphql, import, telemetry};

/// Rapport: a consent-first customer-data platform.
#[derive(Parser)]
#[command(name = "rapport", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Subcommand)]
enum Command {
    /// Serve the API. Brings the database up to date first.
    Serve,
    /// Serve a seeded, living demo on a database of its own.
    Demo {
        /// Write addresses, passwords and secrets of the demo to this file, as JSON.
        #[arg(long, value_name = "FILE")]
        credentials: Option<PathBuf>,
        /// Throw the demo's database away and make it anew.
        #[arg(long)]
        reset: bool,
    },
    /// Bring the database up to date and stop.
    Migrate,
    /// Print the GraphQL schema.
    Schema,
    /// Import brands and customers from an NDJSON file. Broken off, it goes on where it was.
    Import {
        /// The file, or `-` for standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check configuration, database, keys, schema and clock.
    Check,
    /// Look after brands' apps.
    #[command(subcommand)]
    App(app::AppCommand),
    /// Invite a brand's first administrator.
    #[command(subcommand)]
    Staff(staff::StaffCommand),
    /// Play a channel that delivers a message, for trying things out.
    #[command(subcommand)]
    Channels(channels::ChannelsCommand),
    /// Check or export the log of disclosures and consent events.
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Check a receipt.
    #[command(subcommand)]
    Receipt(receipt::ReceiptCommand),
    /// End grants in the operator's name.
    #[command(subcommand)]
    Grants(grants::GrantsCommand),
    /// Rotate the keys that customers' data keys are wrapped under.
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Rotate the keys that access tokens are signed with.
    #[command(subcommand)]
    TokenKeys(token_keys::TokenKeysCommand),
    /// Copy the database and the keyring into a folder, beside a running server.
    Backup(backup::BackupArguments),
    /// Bring a copy back, and carry out again whatever was withdrawn since. No server may run meanwhile.
    Restore(backup::RestoreArguments),
}

/// Why a command failed, in words for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    /// From anything that says what is wrong.
    pub fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Runs the command of this process.
pub async fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(fault) => return fail(&fault),
    };
    telemetry::start(&config);
    let done = match arguments.command {
        Command::Serve => serve::run(config).await,
        Command::Demo { credentials, reset } => demo::run(config, credentials, reset).await,
        Command::Migrate => serve::migrate(config).await,
        Command::Schema => {
            print(&graphql::sdl());
            Ok(())
        }
        Command::Import { file } => import::run(config, &file).await,
        Command::Check => check::run(config).await,
        Command::App(command) => app::run(config, command).await,
        Command::Staff(command) => staff::run(config, command).await,
        Command::Channels(command) => channels::run(config, command).await,
        Command::Log(command) => log::run(config, command).await,
        Command::Receipt(command) => receipt::run(&config, command),
        Command::Grants(command) => grants::run(config, command).await,
        Command::Keys(command) => keys::run(config, command).await,
        Command::TokenKeys(command) => token_keys::run(&config, command),
        Command::Backup(arguments) => backup::run(config, arguments).await,
        Command::Restore(arguments) => backup::restore(config, arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure),
    }
}

#[expect(clippy::print_stderr, reason = "the operator reads it")]
fn fail(failure: &impl std::fmt::Display) -> ExitCode {
    eprintln!("rapport: {failure}");
    ExitCode::FAILURE
}

/// Prints for the operator, or into a pipe; one that has read enough, such as `head`, is no fault.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

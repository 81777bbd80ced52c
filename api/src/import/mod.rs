//! `rapport import`: streams NDJSON into the database in batches, with flat memory. Bad lines are named with line and
//! field and left out; the rest is imported. Broken off, the next run goes on after the last committed batch.

mod batch;
mod convert;
mod flight;
pub mod line;
mod object;
mod progress;
mod read;

use std::path::Path;

use entity::access::Operator;

use crate::bootstrap;
use crate::cli::{Failure, print};
use crate::config::Config;
use crate::deps::Deps;

pub use batch::Importer;
pub use convert::customer;

/// How many lines did what.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Customers that were created.
    pub created: u64,
    /// Customers that were there already.
    pub known: u64,
    /// Brands that were registered or brought up to date.
    pub brands: u64,
    /// Lines that were refused.
    pub refused: u64,
}

/// Imports a file and reports.
pub async fn run(config: Config, file: &Path) -> Result<(), Failure> {
    let deps = bootstrap::deps(config).await?;
    bootstrap::migrate(&deps.vault).await?;
    let summary = import(&deps, file, &mut complain).await?;
    print(&format!(
        "{} customers created, {} there already, {} brands, {} lines refused\n",
        summary.created, summary.known, summary.brands, summary.refused
    ));
    match summary.refused {
        0 => Ok(()),
        refused => Err(Failure(format!("{refused} lines were refused; mend them and import the file again"))),
    }
}

/// Imports a file. Each bad line is handed to `complain` as `line N: field: what is wrong`.
///
/// # Errors
/// When the file cannot be read or the database cannot be written; what was committed stays.
pub async fn import(deps: &Deps, file: &Path, complain: &mut (dyn FnMut(&str) + Send)) -> Result<Summary, Failure> {
    let mut source = read::Source::open(file).map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    let mut importer = Importer::start(deps, Operator::at_the_command_line()).await?;
    if let Some(done) = progress::find(deps, source.identity()).await.map_err(Failure::of)? {
        source.skip_to(done).map_err(Failure::of)?;
    }
    let bar = progress::bar(&source);
    while let Some(raw) = source.next_line().map_err(Failure::of)? {
        importer.take(raw, complain).await?;
        if importer.is_full() {
            importer.flush(source.identity(), source.position(), complain).await?;
            bar.set_position(source.position().offset);
        }
    }
    importer.flush(source.identity(), source.position(), complain).await?;
    importer.finish(complain).await?;
    progress::forget(deps, source.identity()).await.map_err(Failure::of)?;
    deps.vault.store.analyze().await.map_err(Failure::of)?;
    bar.finish_and_clear();
    Ok(importer.summary())
}

#[expect(clippy::print_stderr, reason = "the operator reads it")]
fn complain(text: &str) {
    eprintln!("{text}");
}

//! `rapport backup` and `rapport restore`: copies of the database and of the keyring, made beside a running server.
//!
//! A copy is a folder with a manifest, which is written last: a folder without one is not a copy. The keyring is in a
//! folder of its own within it, with its own manifest, to be kept apart and for a shorter time: whoever has both and the
//! key file can read everything, and an erasure is final everywhere when the last copy of the keyring from before it is
//! gone. The endings journal is in no copy: it has to be newer than what it is replayed over.

mod files;
mod manifest;
mod postgres;
mod restore;
mod sqlite;

use std::path::{Path, PathBuf};

use clap::Args;
use entity::journal::Place;
use entity::store::Store;
use entity::vault::{log, replay};
use sea_orm::DbBackend;

use crate::bootstrap;
use crate::cli::{Failure, print};
use crate::config::Config;
use crate::deps::Deps;
use manifest::{Kind, Manifest};
pub use restore::{RestoreArguments, restore};

/// The tables of the keyring, and those of a journal that is a table: they may be in the database's PostgreSQL database,
/// and are in no copy of the database all the same.
const KEYRING_TABLES: [&str; 3] = ["data_key", "keyring_setting", "keyring_migrations"];
const JOURNAL_TABLES: [&str; 2] = ["ending", "journal_migrations"];

/// What to copy, and where to.
#[derive(Args)]
pub struct BackupArguments {
    /// A folder that is not there yet, or empty.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Leave the keyring out, which otherwise is in DIR/keyring.
    #[arg(long)]
    without_keyring: bool,
}

/// Makes a copy.
pub async fn run(config: Config, arguments: BackupArguments) -> Result<(), Failure> {
    let (database, keyring) = (config.database_url.0.clone(), config.keyring_url.0.clone());
    let file = bootstrap::sqlite_file(&database);
    if file.is_some() && file == bootstrap::sqlite_file(&keyring) {
        let text = "is the database's file: give the keyring one of its own, so that a copy can leave it out";
        return Err(Failure(format!("RAPPORT_KEYRING_URL {text}")));
    }
    let deps = bootstrap::existing(config).await?;
    files::new_folder(&arguments.folder)?;
    let manifest = begin(&deps, Kind::Database).await?;
    finish(manifest, &database, &deps.vault.store, &arguments.folder).await?;
    if !arguments.without_keyring {
        // After the database: a data key is made before what is sealed under it, so the copy has a key for every row.
        let folder = arguments.folder.join("keyring");
        files::new_folder(&folder)?;
        let manifest = begin(&deps, Kind::Keyring).await?;
        finish(manifest, &keyring, deps.vault.keyring.store(), &folder).await?;
        print(&format!("Keep {} apart from the rest, and for a shorter time.\n", folder.display()));
    }
    deps.vault.close().await.map_err(Failure::of)
}

/// What is true of the copy before it is made.
async fn begin(deps: &Deps, kind: Kind) -> Result<Manifest, Failure> {
    let vault = &deps.vault;
    let store = if kind == Kind::Database { &vault.store } else { vault.keyring.store() };
    let replayed =
        replay::replayed_up_to(&vault.store).await.map_err(|error| Failure(format!("the database: {error}")))?;
    let journal = vault.journal.end(&replayed.unwrap_or(Place::START)).await.map_err(Failure::of)?;
    let checkpoint = match kind {
        Kind::Database => log::latest(vault).await.map_err(Failure::of)?.map(|head| head.note),
        Kind::Keyring => None,
    };
    Ok(Manifest {
        format: manifest::FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        kind,
        made_at: vault.now().await.map_err(Failure::of)?,
        backend: manifest::backend(store.backend()).to_owned(),
        journal: journal.to_text(),
        checkpoint,
        files: Vec::new(),
    })
}

async fn finish(mut manifest: Manifest, url: &str, store: &Store, folder: &Path) -> Result<(), Failure> {
    let name = manifest.file_name();
    let part = folder.join(format!("{name}.part"));
    files::create(&part)?;
    match store.backend() {
        DbBackend::Postgres => postgres::dump(url, manifest.kind, &part).await?,
        _ => sqlite::copy(url, &part).await?,
    }
    files::put(&part, &folder.join(&name))?;
    manifest.files.push(files::describe(folder, &name)?);
    manifest.write(folder)?;
    let bytes = manifest.files.iter().map(|file| file.bytes).sum::<u64>();
    print(&format!("{} ({bytes} bytes)\n", folder.join(name).display()));
    Ok(())
}

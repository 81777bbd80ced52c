//! `rapport restore`: a copy in the database's place, and over it the endings journal, so that nothing that was taken back
//! since can be read again.

use std::path::{Path, PathBuf};

use clap::Args;
use entity::journal::{Journal, Place};
use entity::log::{Head, SignedCheckpoint};
use entity::vault::Vault;
use entity::vault::{log, news, replay};

use super::manifest::{Kind, Manifest, NAME};
use super::{manifest, postgres, sqlite};
use crate::bootstrap;
use crate::cli::{Failure, print};
use crate::config::Config;

/// Rows that somebody would miss.
const DATABASE_ROWS: [&str; 2] = ["customer", "brand"];
const KEYRING_ROWS: [&str; 1] = ["data_key"];

/// Which copy to bring back.
#[derive(Args)]
pub struct RestoreArguments {
    /// What `rapport backup` has made.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Throw away what is in the database.
    #[arg(long)]
    replace: bool,
    /// The copy of the keyring, if it is elsewhere; a newer one than the database's is fine. Used only if the keyring is
    /// lost: the one that is there knows more than any copy.
    #[arg(long, value_name = "DIR")]
    keyring: Option<PathBuf>,
    /// Throw away what is in the keyring too, and take the copy's.
    #[arg(long)]
    replace_keyring: bool,
    /// The last checkpoint of the log that anybody has kept, as a file: the new epoch names it. Without it the one that the
    /// copy holds is named.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Go on although the endings journal is lost: what was withdrawn since the copy was made can be read again.
    #[arg(long)]
    accept_lost_endings: bool,
}

/// Brings a copy back.
pub async fn restore(config: Config, arguments: RestoreArguments) -> Result<(), Failure> {
    if !config.key_file.exists() {
        let path = config.key_file.display();
        return Err(Failure(format!("RAPPORT_KEY_FILE ({path}) is not there; bring it back first, from its own copy")));
    }
    let copy = Manifest::verified(&arguments.folder, Kind::Database)?;
    let keyring = keyring_copy(&arguments)?;
    let journal = bootstrap::open_journal(&config).await?;
    check_journal(&journal, &copy, arguments.accept_lost_endings).await?;
    let (database_url, keyring_url) = (config.database_url.0.clone(), config.keyring_url.0.clone());
    let database = Target::take(&database_url, &copy, arguments.replace).await?;
    let database = database.checked("the database", &DATABASE_ROWS, arguments.replace, "--replace").await?;
    let keyring = match keyring {
        Some((folder, copy)) => keyring_target(&keyring_url, &folder, &copy, arguments.replace_keyring).await?,
        None => None,
    };
    database.replace(&arguments.folder.join(copy.file_name())).await?;
    if let Some((target, file)) = keyring {
        target.replace(&file).await?;
        print("The keyring was brought back.\n");
    }
    print(&format!("The database of {} was brought back.\n", copy.made_at));
    take_into_use(config, arguments.checkpoint.as_deref()).await
}

/// The copy of the keyring, if there is one.
fn keyring_copy(arguments: &RestoreArguments) -> Result<Option<(PathBuf, Manifest)>, Failure> {
    let beside = arguments.folder.join("keyring");
    let folder = match &arguments.keyring {
        Some(folder) => folder.clone(),
        None if beside.join(NAME).exists() => beside,
        None if arguments.replace_keyring => return Err(Failure("there is no copy of the keyring".into())),
        None => return Ok(None),
    };
    let manifest = Manifest::verified(&folder, Kind::Keyring)?;
    Ok(Some((folder, manifest)))
}

/// The journal must go at least as far as it went when the copy was made, and be whole, before anything is thrown away.
async fn check_journal(journal: &Journal, copy: &Manifest, accept_lost: bool) -> Result<(), Failure> {
    let named = |fault| Failure(format!("RAPPORT_JOURNAL_URL: {fault}"));
    let then =
        Place::of_text(&copy.journal).ok_or_else(|| Failure("the manifest names no place in the journal".into()))?;
    // A journal that is a table may have been made anew, without one.
    let holds = match journal.holds(&then).await {
        Err(_) if accept_lost => return Ok(()),
        holds => holds.map_err(named)?,
    };
    journal.end(&Place::START).await.map_err(named)?;
    if holds || accept_lost {
        return Ok(());
    }
    Err(Failure(
        "RAPPORT_JOURNAL_URL is not the journal that was kept when the copy was made, or a part of it is lost: whatever was \
         withdrawn since could be read again. Bring the journal back; if it is lost for good, --accept-lost-endings goes on \
         without it"
            .into(),
    ))
}

/// What will be replaced, and nobody else can use meanwhile.
enum Target<'u> {
    Sqlite(sqlite::Held),
    Postgres(postgres::Held<'u>),
}

impl<'u> Target<'u> {
    async fn take(url: &'u str, copy: &Manifest, force: bool) -> Result<Self, Failure> {
        let target = if bootstrap::sqlite_file(url).is_some() {
            Self::Sqlite(sqlite::Held::take(url, force).await?)
        } else {
            Self::Postgres(postgres::Held::take(url, copy.kind).await?)
        };
        let backend = match &target {
            Self::Sqlite(_) => sea_orm::DbBackend::Sqlite,
            Self::Postgres(_) => sea_orm::DbBackend::Postgres,
        };
        if manifest::backend(backend) != copy.backend {
            return Err(Failure(format!("the copy is of {}; it cannot be brought back elsewhere", copy.backend)));
        }
        Ok(target)
    }

    async fn has_rows(&mut self, tables: &[&'static str]) -> Result<bool, Failure> {
        match self {
            Self::Sqlite(held) => held.has_rows(tables).await,
            Self::Postgres(held) => held.has_rows(tables).await,
        }
    }

    async fn checked(mut self, name: &str, rows: &[&'static str], force: bool, option: &str) -> Result<Self, Failure> {
        if !force && self.has_rows(rows).await? {
            return Err(Failure(format!("{name} is not empty; {option} throws away what is in it")));
        }
        Ok(self)
    }

    async fn replace(self, copy: &Path) -> Result<(), Failure> {
        match self {
            Self::Sqlite(held) => held.replace(copy).await,
            Self::Postgres(held) => held.replace(copy).await,
        }
    }
}

/// The keyring is replaced where it is lost. One that is there has every key that the copy has, but for those of people
/// who were erased since.
async fn keyring_target<'u>(
    url: &'u str,
    folder: &Path,
    copy: &Manifest,
    replace: bool,
) -> Result<Option<(Target<'u>, PathBuf)>, Failure> {
    let mut target = Target::take(url, copy, replace).await?;
    if !replace && target.has_rows(&KEYRING_ROWS).await? {
        print("The keyring is there and stays; --replace-keyring takes the copy's instead.\n");
        return Ok(None);
    }
    Ok(Some((target, folder.join(copy.file_name()))))
}

/// Brings the tables to this release, carries out the endings, and checks that what is there can be opened.
async fn take_into_use(config: Config, checkpoint: Option<&Path>) -> Result<(), Failure> {
    let deps = bootstrap::deps(config).await?;
    let vault = &deps.vault;
    bootstrap::migrate(vault).await?;
    check_wrapping_keys(vault).await?;
    // All of it: the copy of the database may say how far the journal was replayed, but that of the keyring is another.
    replay::forget(vault).await.map_err(Failure::of)?;
    let replayed = bootstrap::replay(vault).await?;
    print(&format!(
        "{} endings are in the journal; {} of them were carried out again.\n",
        replayed.read, replayed.carried_out
    ));
    let last_known = match checkpoint {
        Some(path) => Some(read_checkpoint(vault, path)?),
        None => log::latest(vault).await.map_err(Failure::of)?.map(|head| Head { size: head.size, root: head.root }),
    };
    news::begin_anew(vault).await.map_err(Failure::of)?;
    let epoch = log::begin_epoch(vault, last_known).await.map_err(Failure::of)?;
    print(&format!("The log goes on in epoch {epoch}.\n"));
    deps.vault.close().await.map_err(Failure::of)
}

/// The head of a kept checkpoint that this log has signed.
fn read_checkpoint(vault: &Vault, path: &Path) -> Result<Head, Failure> {
    let failed = |what: &str| Failure(format!("{}: {what}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(&error.to_string()))?;
    let note: SignedCheckpoint = text.parse().map_err(|fault| failed(&format!("{fault}")))?;
    let keys = vault.signing.published();
    let known = keys.iter().find_map(|key| note.verify(&vault.signing.origin, &key.bytes).ok());
    Ok(known.ok_or_else(|| failed("this log has not signed it"))?.head)
}

async fn check_wrapping_keys(vault: &Vault) -> Result<(), Failure> {
    let known = vault.keyring.wrapping().numbers();
    let used = vault.keyring.used_wrapping_keys().await.map_err(Failure::of)?;
    match used.keys().find(|id| !known.contains(id)) {
        None => Ok(()),
        Some(id) => Err(Failure(format!(
            "data keys are under wrapping key {id}, which is not in RAPPORT_KEY_FILE; add it from that file's copy"
        ))),
    }
}

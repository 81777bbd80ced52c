//! From settings to a server's parts: database, keys, mail; and the database brought up to date.

use std::path::Path;
use std::sync::Arc;

use entity::clock::Clock;
use entity::entropy::Entropy;
use entity::journal::Journal;
use entity::keyring::Keyring;
use entity::proof::ProofPeriod;
use entity::store::Store;
use entity::vault::replay::{self, Replayed};
use entity::vault::{Bell, DEFINITIONS, Gatherer, Vault};
use entity::{notice, scope_definition, setting};
use migration::{JournalMigrator, KeyringMigrator, Migrator, MigratorTrait};
use sea_orm::sea_query::OnConflict;
use sea_orm::{DbErr, EntityTrait, IntoActiveModel, Set};
use serde_json::json;

use crate::auth::password::Hasher;
use crate::cli::Failure;
use crate::config::{Config, keys, providers};
use crate::deps::Deps;
use crate::domain::consent::attest;
use crate::domain::providers::Providers;
use crate::mail::Mailer;
use crate::outbound::{Messenger, Reach, SystemNames};

/// Builds the parts with the real clock and the system's randomness.
///
/// # Errors
/// When a setting cannot be used; says which. When key file or keyring are lost: with new ones nobody is found or read.
pub async fn deps(config: Config) -> Result<Deps, Failure> {
    let lost = [
        (!config.key_file.exists()).then(|| ("RAPPORT_KEY_FILE", config.key_file.display().to_string())),
        missing_file(&config.keyring_url.0).map(|path| ("RAPPORT_KEYRING_URL", path.to_owned())),
    ];
    if let Some((setting, path)) = lost.into_iter().flatten().next() {
        let store = open(&config).await?;
        let in_use = has_customers(&store).await;
        store.close().await.map_err(Failure::of)?;
        if in_use {
            let text =
                "is not there, but the database has customers who cannot be found and read without it; restore it";
            return Err(Failure(format!("{setting} ({path}) {text} from a copy")));
        }
    }
    deps_with(config, Clock::System, Entropy::system()).await
}

/// The same for commands that have nothing to do where there is no database: they leave no new one behind.
///
/// # Errors
/// When there is none, or a setting cannot be used.
pub async fn existing(config: Config) -> Result<Deps, Failure> {
    match missing_file(&config.database_url.0) {
        Some(path) => Err(Failure(format!("RAPPORT_DATABASE_URL: there is no file {path}"))),
        None => deps(config).await,
    }
}

/// The file of an SQLite database.
#[must_use]
pub fn sqlite_file(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(path.split_once('?').map_or(path, |(path, _)| path))
}

/// The file of an SQLite database that is not there yet.
#[must_use]
pub fn missing_file(url: &str) -> Option<&str> {
    let path = sqlite_file(url)?;
    (path != ":memory:" && !Path::new(path).exists()).then_some(path)
}

/// Whether somebody is in the database; nobody is where there are no tables.
pub async fn has_customers(store: &Store) -> bool {
    entity::customer::Entity::find().one(store.reader()).await.is_ok_and(|found| found.is_some())
}

async fn open_keyring(config: &Config) -> Result<Store, Failure> {
    let store = Store::open(&config.keyring_url.0, config.database_connections).await;
    store.map_err(|error| Failure(format!("RAPPORT_KEYRING_URL: {error}")))
}

/// The endings journal of these settings.
///
/// # Errors
/// When its address cannot be used.
pub async fn open_journal(config: &Config) -> Result<Journal, Failure> {
    let (journal, database) = (&config.journal_url.0, &config.database_url.0);
    let file = sqlite_file(journal);
    if journal == database || (file.is_some() && file == sqlite_file(database)) {
        let text =
            "is the database's: a restore of the database would take the journal along. Give it a place of its own";
        return Err(Failure(format!("RAPPORT_JOURNAL_URL {text}")));
    }
    Journal::open(&config.journal_url.0).await.map_err(|fault| Failure(format!("RAPPORT_JOURNAL_URL: {fault}")))
}

fn open_providers(config: &Config) -> Result<Providers, Failure> {
    let failed = |fault: String| Failure(format!("RAPPORT_PROVIDERS_FILE: {fault}"));
    let list = config.providers_file.as_deref().map_or_else(|| Ok(Vec::new()), providers::load).map_err(failed)?;
    Providers::new(list).map_err(|fault| failed(fault.to_string()))
}

async fn open(config: &Config) -> Result<Store, Failure> {
    let store = Store::open(&config.database_url.0, config.database_connections).await;
    store.map_err(|error| Failure(format!("RAPPORT_DATABASE_URL: {error}")))
}

/// Builds the parts with a given clock and entropy.
///
/// # Errors
/// When a setting cannot be used; says which.
pub async fn deps_with(config: Config, clock: Clock, entropy: Entropy) -> Result<Deps, Failure> {
    let store = open(&config).await?;
    let operator =
        keys::load_or_create(&config.key_file, (&clock, &entropy), &config.public_url).map_err(Failure::of)?;
    let keyring = Keyring::new(open_keyring(&config).await?, operator.wrapping, clock.clone(), entropy.clone());
    let journal = open_journal(&config).await?;
    let mailer = Mailer::new(&config.mail.0, &config.mail_from).map_err(Failure::of)?;
    let reach = Reach::with(config.webhook_networks.clone());
    let proofs = ProofPeriod::days(config.reverify_days);
    Ok(Deps {
        vault: Vault {
            gatherer: Gatherer::new((&store, &keyring), (&clock, &entropy), proofs),
            store,
            clock,
            entropy,
            keys: Arc::new(operator.keys),
            keyring,
            signing: Arc::new(operator.signing),
            journal,
            proofs,
            bell: Bell::default(),
        },
        signer: Arc::new(operator.signer),
        hasher: Arc::new(Hasher::new()),
        in_flight: Arc::default(),
        mailer: Arc::new(mailer),
        messenger: Messenger::new(reach, Arc::new(SystemNames)),
        background: Arc::default(),
        providers: Arc::new(open_providers(&config)?),
        config: Arc::new(config),
    })
}

/// Creates and changes tables as needed, and writes down the scopes and the standard notice of this release.
///
/// # Errors
/// When the database cannot be changed.
pub async fn migrate(vault: &Vault) -> Result<(), Failure> {
    let failed = |error: DbErr| Failure(format!("the database could not be brought up to date: {error}"));
    Migrator::up(vault.store.writer(), None).await.map_err(failed)?;
    let keyring = KeyringMigrator::up(vault.keyring.store().writer(), None).await;
    keyring.map_err(|error| Failure(format!("the keyring could not be brought up to date: {error}")))?;
    if let Some(store) = vault.journal.store() {
        let journal = JournalMigrator::up(store.writer(), None).await;
        journal.map_err(|error| Failure(format!("the endings journal could not be brought up to date: {error}")))?;
    }
    if !belongs_to_keys(vault).await.map_err(failed)? {
        return Err(Failure(
            "RAPPORT_KEY_FILE is not the one that this database was made with: with other keys nobody is found. \
             Name the right file, or restore it from its copy."
                .into(),
        ));
    }
    publish(vault).await.map_err(failed)
}

/// Carries out what the endings journal knows and the database does not. Nobody may be answered before.
///
/// # Errors
/// When the journal cannot be read or the database cannot be written.
pub async fn replay(vault: &Vault) -> Result<Replayed, Failure> {
    // Whoever cannot write it could not end anything either: say so now.
    let prepared = vault.journal.prepare().await;
    prepared.map_err(|fault| Failure(format!("RAPPORT_JOURNAL_URL: {fault}")))?;
    let replayed = replay::replay(vault, attest).await;
    let replayed = replayed.map_err(|fault| Failure(format!("RAPPORT_JOURNAL_URL: {fault}")))?;
    if replayed.another_journal {
        tracing::warn!(
            "the endings journal is not the one that was kept before, or a part of it is lost: no copy of the \
                        database from before now can be restored safely"
        );
    }
    if replayed.carried_out > 0 {
        tracing::warn!(
            read = replayed.read,
            carried_out = replayed.carried_out,
            "endings that the database did not know were carried out again"
        );
    }
    Ok(replayed)
}

/// Whether the keys are those that the database was made with; an empty database takes these.
///
/// # Errors
/// When the database cannot be asked.
pub async fn belongs_to_keys(vault: &Vault) -> Result<bool, DbErr> {
    let fingerprint: String =
        vault.keys.secret(setting::KEY_FINGERPRINT, b"").iter().map(|byte| format!("{byte:02x}")).collect();
    let row = setting::ActiveModel { name: Set(setting::KEY_FINGERPRINT.to_owned()), value: Set(fingerprint.clone()) };
    setting::Entity::insert(row)
        .on_conflict(OnConflict::column(setting::Column::Name).do_nothing().to_owned())
        .exec_without_returning(vault.store.writer())
        .await?;
    let known = setting::Entity::find_by_id(setting::KEY_FINGERPRINT).one(vault.store.writer()).await?;
    Ok(known.is_some_and(|known| known.value == fingerprint))
}

/// What grants refer to must be there before the first grant. Published texts are never changed.
async fn publish(vault: &Vault) -> Result<(), DbErr> {
    let definitions = DEFINITIONS.iter().map(|definition| scope_definition::ActiveModel {
        scope: Set(definition.scope),
        version: Set(i32::from(definition.version)),
        label: Set(definition.label.to_owned()),
        permissions: Set(json!(definition.permissions.iter().map(|line| line.text).collect::<Vec<_>>())),
        fields: Set(json!(definition.fields().collect::<Vec<_>>())),
    });
    let known = [scope_definition::Column::Scope, scope_definition::Column::Version];
    scope_definition::Entity::insert_many(definitions)
        .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
        .exec_without_returning(vault.store.writer())
        .await?;
    let now = vault.now().await?;
    let texts = notice::standard::texts().map(|text| notice::Model { created_at: now, ..text }.into_active_model());
    let known = [notice::Column::Id, notice::Column::Version, notice::Column::Locale];
    notice::Entity::insert_many(texts)
        .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
        .exec_without_returning(vault.store.writer())
        .await?;
    Ok(())
}

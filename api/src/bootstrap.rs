//! From settings to a server's parts: database, keys, mail; and the database brought up to date.

use std::sync::Arc;

use entity::clock::Clock;
use entity::entropy::Entropy;
use entity::store::Store;
use entity::vault::{DEFINITIONS, Vault};
use entity::{notice, scope_definition, setting};
use migration::{Migrator, MigratorTrait};
use sea_orm::sea_query::OnConflict;
use sea_orm::{DbErr, EntityTrait, IntoActiveModel, Set};
use serde_json::json;

use crate::auth::password::Hasher;
use crate::cli::Failure;
use crate::config::{Config, keys};
use crate::deps::Deps;
use crate::mail::Mailer;

/// Builds the parts with the real clock and the system's randomness.
///
/// # Errors
/// When a setting cannot be used; says which. When the key file is lost: a new one would find none of the customers.
pub async fn deps(config: Config) -> Result<Deps, Failure> {
    let (path, has_keys) = (config.key_file.display().to_string(), config.key_file.exists());
    if !has_keys {
        let store = open(&config).await?;
        let lost = has_customers(&store).await;
        store.close().await.map_err(Failure::of)?;
        if lost {
            let text = "is not there, but the database has customers who cannot be found without it; restore it";
            return Err(Failure(format!("RAPPORT_KEY_FILE ({path}) {text} from a copy")));
        }
    }
    deps_with(config, Clock::System, Entropy::system()).await
}

/// Whether somebody is in the database; nobody is where there are no tables.
pub async fn has_customers(store: &Store) -> bool {
    entity::customer::Entity::find().one(store.reader()).await.is_ok_and(|found| found.is_some())
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
    let operator = keys::load_or_create(&config.key_file, &entropy, &config.public_url).map_err(Failure::of)?;
    let mailer = Mailer::new(&config.mail.0, &config.mail_from).map_err(Failure::of)?;
    Ok(Deps {
        vault: Vault { store, clock, entropy, keys: Arc::new(operator.keys) },
        signer: Arc::new(operator.signer),
        hasher: Arc::new(Hasher::new()),
        mailer: Arc::new(mailer),
        background: Arc::default(),
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
    if !belongs_to_keys(vault).await.map_err(failed)? {
        return Err(Failure(
            "RAPPORT_KEY_FILE is not the one that this database was made with: with other keys nobody is found. \
             Name the right file, or restore it from its copy."
                .into(),
        ));
    }
    publish(vault).await.map_err(failed)
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

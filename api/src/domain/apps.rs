//! Brand apps: registering them, signing them in, suspending them, giving them a new secret.

use entity::access::AppClaim;
use entity::ids::{AppId, BrandId};
use entity::journal::Ending;
use entity::kinds::{AppStatus, Purpose};
use entity::scope::ScopeSet;
use entity::vault::Transaction;
use entity::{app, brand};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::deps::Deps;
use crate::domain::brands;

/// What the keyed hash of an app's secret is for.
const KIND: &str = "app";

/// An app with its registration.
pub struct Registration {
    /// The brand it reads for.
    pub brand: BrandId,
    /// Its public identifier.
    pub client_id: String,
    /// Its secret; only a keyed hash is stored.
    pub client_secret: String,
    /// The scopes it may ever ask for.
    pub scopes: ScopeSet,
    /// The purposes it may ever declare.
    pub purposes: Vec<Purpose>,
}

/// Registers an app, or brings the registration of a known one up to date. A changed secret raises its epoch.
/// `false` if another brand has an app with this identifier.
///
/// # Errors
/// When the database cannot be asked.
pub async fn register(transaction: &Transaction, registration: &Registration) -> Result<bool, DbErr> {
    let connection = transaction.connection();
    let known = find(connection, &registration.client_id).await?;
    if known.as_ref().is_some_and(|known| known.brand_id != registration.brand) {
        return Ok(false);
    }
    let secret = registration.client_secret.as_bytes();
    let purposes = registration.purposes.iter().fold(0, |purposes, purpose| purposes | purpose.bit());
    let mut row = app::ActiveModel { scopes: Set(registration.scopes), purposes: Set(purposes), ..Default::default() };
    match known {
        Some(known) => {
            if !transaction.keys().is_secret(KIND, secret, &known.secret_hash) {
                row.secret_hash = Set(transaction.keys().secret(KIND, secret));
                row.secret_epoch = Set(known.secret_epoch + 1);
            }
            app::Entity::update_many().set(row).filter(app::Column::Id.eq(known.id)).exec(connection).await?;
        }
        None => {
            row.brand_id = Set(registration.brand);
            row.id = Set(AppId(transaction.entropy().id()));
            row.client_id = Set(registration.client_id.clone());
            row.secret_hash = Set(transaction.keys().secret(KIND, secret));
            row.secret_epoch = Set(1);
            row.status = Set(AppStatus::Active);
            row.status_revision = Set(0);
            row.created_at = Set(transaction.now());
            app::Entity::insert(row).exec_without_returning(connection).await?;
        }
    }
    Ok(true)
}

/// Registers a brand, or renames a known one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn register_brand(transaction: &Transaction, slug: &str, name: &str) -> Result<BrandId, DbErr> {
    let connection = transaction.connection();
    if let Some(known) = brands::find(connection, slug).await? {
        let renamed = brand::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
        brand::Entity::update_many().set(renamed).filter(brand::Column::Id.eq(known.id)).exec(connection).await?;
        return Ok(known.id);
    }
    let id = BrandId(transaction.entropy().id());
    let row = brand::ActiveModel {
        id: Set(id),
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        created_at: Set(transaction.now()),
    };
    brand::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(id)
}

/// The app of these credentials, if it is active and the secret fits. Unknown and wrong look alike.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sign_in(deps: &Deps, client_id: &str, secret: &str) -> Result<Option<(AppClaim, app::Model)>, DbErr> {
    let row = find(deps.vault.store.reader(), client_id).await?;
    let stored = row.as_ref().map_or(&[][..], |row| row.secret_hash.as_slice());
    let fits = deps.vault.keys.is_secret(KIND, secret.as_bytes(), stored);
    let row = row.filter(|row| fits && row.status == AppStatus::Active);
    Ok(row.map(|row| (AppClaim { brand: row.brand_id, app: row.id, secret_epoch: row.secret_epoch }, row)))
}

/// Suspends an app or lets it call again. `false` if there is no such app. A suspension survives a restore.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_status(transaction: &Transaction, client_id: &str, status: AppStatus) -> Result<bool, DbErr> {
    let Some(known) = lock(transaction.connection(), client_id).await? else { return Ok(false) };
    if known.status == status {
        return Ok(true);
    }
    let revision = known.status_revision + 1;
    let row = app::ActiveModel { status: Set(status), status_revision: Set(revision), ..Default::default() };
    if status == AppStatus::Suspended {
        transaction.note(Ending::of_app(known.brand_id, known.id, revision, transaction.now()));
    }
    update(transaction, client_id, row).await
}

/// Gives an app a new secret; tokens of the old one are refused from the next request on. `false` if there is none.
///
/// # Errors
/// When the database cannot be asked.
pub async fn rotate_secret(transaction: &Transaction, client_id: &str, secret: &str) -> Result<bool, DbErr> {
    let Some(known) = find(transaction.connection(), client_id).await? else { return Ok(false) };
    let row = app::ActiveModel {
        secret_hash: Set(transaction.keys().secret(KIND, secret.as_bytes())),
        secret_epoch: Set(known.secret_epoch + 1),
        ..Default::default()
    };
    update(transaction, client_id, row).await
}

async fn update(transaction: &Transaction, client_id: &str, row: app::ActiveModel) -> Result<bool, DbErr> {
    let updated = app::Entity::update_many()
        .set(row)
        .filter(app::Column::ClientId.eq(client_id))
        .exec(transaction.connection())
        .await?;
    Ok(updated.rows_affected > 0)
}

/// The row, and nobody else changes it until the transaction is over.
async fn lock(connection: &impl ConnectionTrait, client_id: &str) -> Result<Option<app::Model>, DbErr> {
    if !may_be_an_id(client_id) {
        return Ok(None);
    }
    app::Entity::find().filter(app::Column::ClientId.eq(client_id)).lock_exclusive().one(connection).await
}

async fn find(connection: &impl ConnectionTrait, client_id: &str) -> Result<Option<app::Model>, DbErr> {
    if !may_be_an_id(client_id) {
        return Ok(None);
    }
    app::Entity::find().filter(app::Column::ClientId.eq(client_id)).one(connection).await
}

/// A text that cannot be an identifier (PostgreSQL takes no U+0000) finds nothing and asks nobody.
fn may_be_an_id(client_id: &str) -> bool {
    !client_id.is_empty() && client_id.len() <= 320 && !client_id.chars().any(char::is_control)
}

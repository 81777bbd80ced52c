//! Brand apps: registering them, signing them in, and (in `changes`) suspending them and giving them a new secret or keys.

mod admin;
mod changes;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::AppClaim;
use entity::app::RedirectUris;
use entity::ids::{AppId, BrandId};
use entity::jwk::JwkSet;
use entity::kinds::{AppKind, AppStatus, AuditAct, Purpose};
use entity::scope::{Scope, ScopeSet};
use entity::values::RedirectUri;
use entity::vault::Transaction;
use entity::{app, brand, revoked_token};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

pub(super) use admin::lock_as;
pub use admin::{NewApp, UpdateApp, end_old, of_brand, register_as, rotate_as, set_keys_as, set_status_as, update_as};
pub(super) use changes::reset_webhook;
pub use changes::{MOST_OVERLAP_HOURS, OVERLAP_HOURS, end_old_secret, rotate_secret, set_status};

use crate::auth::assertion::Assertion;
use crate::deps::Deps;
use crate::domain::audit::{self, Author};
use crate::domain::{brands, used_jwts};
use changes::Reach;

/// What the keyed hash of an app's secret is for.
const KIND: &str = "app";
/// What is hashed of an assertion that was used.
const ASSERTION: &str = "client assertion";
/// A token that was given back is remembered for longer than any holds, whatever the clocks of two nodes say.
const FORGOTTEN_AFTER_SECONDS: i64 = 3_600;

/// An app with its registration.
pub struct Registration {
    /// The brand it reads for.
    pub brand: BrandId,
    /// Its public identifier.
    pub client_id: String,
    /// Its secret; only a keyed hash is stored.
    pub client_secret: String,
    /// What it signs in by instead; then nobody is told the secret, and it opens nothing.
    pub keys: Option<JwkSet>,
    /// The scopes it may ever ask for.
    pub scopes: ScopeSet,
    /// The purposes it may ever declare.
    pub purposes: Vec<Purpose>,
    /// Where it may have customers sent back to; none: as it is registered already.
    pub redirect_uris: Option<Vec<RedirectUri>>,
    /// Where it wants to be told of changes; none: as it is registered already.
    pub webhook_url: Option<String>,
    /// Whether it gets no token but one that is bound to a key; none: as it is registered already.
    pub dpop_bound: Option<bool>,
}

/// Registers an app, or brings the registration of a known one up to date, for the operator. A changed secret ends the ones
/// before it at once, and the keys of an app that had some. `false` if another brand has an app with this identifier.
///
/// # Errors
/// When the database cannot be asked.
pub async fn register(transaction: &Transaction, registration: &Registration) -> Result<bool, DbErr> {
    let Some(known) = lock(transaction.connection(), &registration.client_id).await? else {
        create(transaction, Author::Operator, registration, AppKind::Client).await?;
        return Ok(true);
    };
    if known.brand_id != registration.brand || known.kind == AppKind::Console {
        return Ok(false);
    }
    let secret = registration.client_secret.as_bytes();
    if !transaction.keys().is_secret(KIND, secret, &known.secret_hash) {
        changes::replace_secret(transaction, Author::Operator, &known, &registration.client_secret, 0).await?;
    }
    changes::set_reach(transaction, Author::Operator, &known, reach(registration, Some(&known))).await?;
    Ok(true)
}

/// Gives a brand the console app that its staff act through, if it has none yet. It may ask for everything, for CUSTOMER_CARE;
/// its administrators narrow that. Nobody knows its secret.
pub(super) async fn ensure_console(
    transaction: &Transaction,
    author: Author,
    brand: &brand::Model,
) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let known = app::Entity::find()
        .filter(app::Column::BrandId.eq(brand.id))
        .filter(app::Column::Kind.eq(AppKind::Console))
        .one(connection)
        .await?;
    if known.is_some() {
        return Ok(());
    }
    let mut client_id = format!("{}-console", brand.slug);
    if find(connection, &client_id).await?.is_some() {
        client_id = format!("{client_id}-{}", transaction.entropy().digits());
    }
    let registration = Registration {
        brand: brand.id,
        client_id,
        client_secret: URL_SAFE_NO_PAD.encode(transaction.entropy().bytes::<32>()),
        scopes: Scope::ALL.iter().copied().collect(),
        purposes: vec![Purpose::CustomerCare],
        keys: None,
        redirect_uris: None,
        webhook_url: None,
        dpop_bound: None,
    };
    create(transaction, author, &registration, AppKind::Console).await.map(drop)
}

/// Writes down a new app.
async fn create(
    transaction: &Transaction,
    author: Author,
    registration: &Registration,
    kind: AppKind,
) -> Result<AppId, DbErr> {
    let reach = reach(registration, None);
    let id = AppId(transaction.entropy().id());
    let row = app::ActiveModel {
        brand_id: Set(registration.brand),
        id: Set(id),
        client_id: Set(registration.client_id.clone()),
        secret_hash: Set(transaction.keys().secret(KIND, registration.client_secret.as_bytes())),
        secret_epoch: Set(1),
        kind: Set(kind),
        status: Set(AppStatus::Active),
        status_revision: Set(0),
        scopes: Set(reach.scopes),
        purposes: Set(reach.purposes),
        redirect_uris: Set(reach.redirect_uris.clone()),
        webhook_url: Set(reach.webhook_url.clone()),
        keys: Set(registration.keys.clone()),
        dpop_bound: Set(reach.dpop_bound),
        created_at: Set(transaction.now()),
        ..Default::default()
    };
    app::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    let keys = registration.keys.as_ref().map(|keys| ("keys", changes::written(keys)));
    let details = [("clientId", registration.client_id.clone())].into_iter().chain(reach.details()).chain(keys);
    audit::note(transaction, author, (registration.brand, AuditAct::AppRegistered), id, details).await?;
    Ok(id)
}

/// What it says, and of what it leaves out what is known.
fn reach(registration: &Registration, known: Option<&app::Model>) -> Reach {
    let kept = || known.map(|known| known.redirect_uris.clone()).unwrap_or_default();
    Reach {
        scopes: registration.scopes,
        purposes: bits(&registration.purposes),
        redirect_uris: registration.redirect_uris.clone().map_or_else(kept, RedirectUris),
        webhook_url: registration.webhook_url.clone().or_else(|| known.and_then(|known| known.webhook_url.clone())),
        dpop_bound: registration.dpop_bound.unwrap_or_else(|| known.is_some_and(|known| known.dpop_bound)),
    }
}

fn bits(purposes: &[Purpose]) -> i64 {
    purposes.iter().fold(0, |bits, purpose| bits | purpose.bit())
}

/// Registers a brand, or renames a known one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn register_brand(transaction: &Transaction, slug: &str, name: &str) -> Result<BrandId, DbErr> {
    let connection = transaction.connection();
    if let Some(known) = brands::find(connection, slug).await? {
        if known.name != name {
            let renamed = brand::ActiveModel { name: Set(name.to_owned()), ..Default::default() };
            brand::Entity::update_many().set(renamed).filter(brand::Column::Id.eq(known.id)).exec(connection).await?;
            let details = [("name", name.to_owned())];
            audit::note(transaction, Author::Operator, (known.id, AuditAct::BrandRenamed), known.id, details).await?;
        }
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
    let details = [("slug", slug.to_owned()), ("name", name.to_owned())];
    audit::note(transaction, Author::Operator, (id, AuditAct::BrandRegistered), id, details).await?;
    Ok(id)
}

/// The app of these credentials, if it is active, signs in by a secret, and this one fits: its newest, or the one before it
/// during a rotation. Unknown and wrong look alike.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sign_in(deps: &Deps, client_id: &str, secret: &str) -> Result<Option<(AppClaim, app::Model)>, DbErr> {
    let row = find(deps.vault.store.reader(), client_id).await?;
    let fits = |stored: Option<&[u8]>| deps.vault.keys.is_secret(KIND, secret.as_bytes(), stored.unwrap_or_default());
    let newest = fits(row.as_ref().map(|row| row.secret_hash.as_slice()));
    let before = fits(row.as_ref().and_then(|row| row.previous_secret_hash.as_deref()));
    let Some(row) = row.filter(|row| may_sign_in(row) && row.keys.is_none()) else { return Ok(None) };
    let holds = before && row.previous_secret_until.is_some_and(|until| deps.vault.clock.now() < until);
    let secret_epoch = if newest { row.secret_epoch } else { row.secret_epoch - 1 };
    Ok((newest || holds).then_some((AppClaim::of(&row, secret_epoch), row)))
}

/// The app that has signed this assertion for one of us under these names, if it is active, signs in by keys, and has not
/// used it before. Unknown and wrong look alike.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sign_in_by_key(
    deps: &Deps,
    client_id: &str,
    assertion: &Assertion<'_>,
    names: &[&str],
) -> Result<Option<(AppClaim, app::Model)>, DbErr> {
    let row = find(deps.vault.store.reader(), client_id).await?.filter(may_sign_in);
    let Some(row) = row else { return Ok(None) };
    let now = deps.vault.clock.now();
    let once = row.keys.as_ref().and_then(|keys| assertion.holds(keys, names, now));
    let Some(once) = once else { return Ok(None) };
    let used = (ASSERTION, row.id.0.as_bytes().as_slice(), once.jti);
    let is_first = used_jwts::first_use(deps, row.brand_id, used, once.until).await?;
    Ok(is_first.then(|| (AppClaim::of(&row, row.secret_epoch), row)))
}

/// Nobody signs in as a console, or as an app that is suspended.
fn may_sign_in(row: &app::Model) -> bool {
    row.status == AppStatus::Active && row.kind == AppKind::Client
}

/// Gives an access token back: it bites no more from the next request on. Twice does no harm.
///
/// # Errors
/// When the database cannot be asked.
pub async fn give_back(deps: &Deps, claim: &AppClaim) -> Result<(), DbErr> {
    let transaction = deps.vault.begin().await?;
    let row = revoked_token::ActiveModel {
        brand_id: Set(claim.brand),
        id: Set(claim.token),
        expires_at: Set(transaction.now().plus_seconds(FORGOTTEN_AFTER_SECONDS)),
    };
    let known = [revoked_token::Column::BrandId, revoked_token::Column::Id];
    revoked_token::Entity::insert(row)
        .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
        .exec_without_returning(transaction.connection())
        .await?;
    transaction.commit().await
}

/// The row, and nobody else changes it until the transaction is over.
async fn lock(connection: &impl ConnectionTrait, client_id: &str) -> Result<Option<app::Model>, DbErr> {
    if !may_be_an_id(client_id) {
        return Ok(None);
    }
    app::Entity::find().filter(app::Column::ClientId.eq(client_id)).lock_exclusive().one(connection).await
}

/// The app of this identifier.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(connection: &impl ConnectionTrait, client_id: &str) -> Result<Option<app::Model>, DbErr> {
    if !may_be_an_id(client_id) {
        return Ok(None);
    }
    app::Entity::find().filter(app::Column::ClientId.eq(client_id)).one(connection).await
}

/// A text that cannot be an identifier (PostgreSQL takes no U+0000) finds nothing and asks nobody.
fn may_be_an_id(client_id: &str) -> bool {
    !client_id.is_empty() && client_id.len() <= 320 && !client_id.chars().any(char::is_control)
}

//! What a brand's administrators do with their apps. Each act looks again whether they still are administrators, and is in
//! the audit trail, in one transaction.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::Admin;
use entity::app::{self, RedirectUris};
use entity::ids::AppId;
use entity::jwk::JwkSet;
use entity::kinds::{AppKind, AppStatus, AuditAct, Purpose};
use entity::scope::{Scope, ScopeSet};
use entity::values::{HttpsUrl, RedirectUri, Text};
use entity::vault::Transaction;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::changes::{MOST_OVERLAP_HOURS, Reach, drop_old_secret, replace_secret, set_keys, set_reach, shift};
use super::{Registration, bits, create, find};
use crate::deps::Deps;
use crate::domain::audit::{self, Author};
use crate::domain::sharing::Change;
use crate::domain::staff::begin_as;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Addresses of an app at most.
const MOST_URIS: usize = 20;

/// What a new app needs.
pub struct NewApp {
    /// Its public identifier.
    pub client_id: String,
    /// The scopes it may ever ask for.
    pub scopes: Vec<Scope>,
    /// The purposes it may ever declare.
    pub purposes: Vec<Purpose>,
    /// Where it may have customers sent back to.
    pub redirect_uris: Vec<String>,
    /// Where it wants to be told of changes.
    pub webhook_url: Option<String>,
    /// The public keys that it signs in by instead of a secret, as a JWK set.
    pub jwks: Option<String>,
    /// Whether it gets no token but one that is bound to a key.
    pub dpop_bound: bool,
}

/// What is to be changed of an app; what is left out stays.
pub struct UpdateApp {
    /// The scopes it may ever ask for.
    pub scopes: Option<Vec<Scope>>,
    /// The purposes it may ever declare.
    pub purposes: Option<Vec<Purpose>>,
    /// Where it may have customers sent back to.
    pub redirect_uris: Option<Vec<String>>,
    /// Where it wants to be told of changes.
    pub webhook_url: Change<String>,
    /// Whether it gets no token but one that is bound to a key.
    pub dpop_bound: Option<bool>,
}

/// Registers an app of the administrator's brand, with a secret that is told once, or with keys and without one.
///
/// # Errors
/// When a value cannot be used, or an app with this identifier is there already.
pub async fn register_as(deps: &Deps, admin: &Admin, new: NewApp) -> Result<(app::Model, Option<String>), Refusal> {
    let mut mistakes = Mistakes::default();
    let client_id = mistakes.parse::<Text<80>>("clientId", &new.client_id);
    some(&mut mistakes, "scopes", &new.scopes);
    some(&mut mistakes, "purposes", &new.purposes);
    let uris = redirect_uris(&mut mistakes, &new.redirect_uris);
    let webhook = new.webhook_url.map(|url| webhook_url(deps, &mut mistakes, &url));
    let keys = new.jwks.map(|jwks| mistakes.parse::<JwkSet>("jwks", &jwks));
    mistakes.done()?;
    let transaction = begin_as(deps, admin).await?;
    let client_id = client_id.map(|text| text.as_str().to_owned()).unwrap_or_default();
    if find(transaction.connection(), &client_id).await?.is_some() {
        return Err(Mistake::new(MistakeCode::Taken, "clientId", "an app with this client id exists").into());
    }
    let registration = Registration {
        brand: admin.brand(),
        client_id,
        client_secret: new_secret(&transaction),
        keys: keys.flatten(),
        scopes: new.scopes.into_iter().collect(),
        purposes: new.purposes,
        redirect_uris: Some(uris),
        webhook_url: webhook.flatten(),
        dpop_bound: Some(new.dpop_bound),
    };
    let id = create(&transaction, author(admin), &registration, AppKind::Client).await?;
    let row = lock_as(&transaction, admin, &id.to_string()).await?;
    transaction.commit().await?;
    let has_secret = registration.keys.is_none();
    Ok((row, has_secret.then_some(registration.client_secret)))
}

/// Changes what an app may ever ask for and declare, and its addresses; and whether it has a webhook now that had none.
///
/// # Errors
/// When there is no such app, or a value cannot be used.
pub async fn update_as(deps: &Deps, admin: &Admin, id: &str, change: UpdateApp) -> Result<(app::Model, bool), Refusal> {
    let mut mistakes = Mistakes::default();
    if let Some(scopes) = &change.scopes {
        some(&mut mistakes, "scopes", scopes);
    }
    if let Some(purposes) = &change.purposes {
        some(&mut mistakes, "purposes", purposes);
    }
    let uris = change.redirect_uris.map(|uris| redirect_uris(&mut mistakes, &uris));
    let webhook = match change.webhook_url {
        Change::Keep => None,
        Change::Clear => Some(None),
        Change::Set(url) => Some(webhook_url(deps, &mut mistakes, &url)),
    };
    mistakes.done()?;
    let transaction = begin_as(deps, admin).await?;
    let known = lock_as(&transaction, admin, id).await?;
    let is_about_a_client = uris.is_some() || webhook.is_some() || change.dpop_bound.is_some();
    if known.kind == AppKind::Console && is_about_a_client {
        return Err(not_of_the_console().into());
    }
    let mut reach = Reach::of(&known);
    reach.scopes = change.scopes.map_or(reach.scopes, |scopes| scopes.into_iter().collect::<ScopeSet>());
    reach.purposes = change.purposes.map_or(reach.purposes, |purposes| bits(&purposes));
    reach.redirect_uris = uris.map_or(reach.redirect_uris, RedirectUris);
    reach.webhook_url = webhook.unwrap_or(reach.webhook_url);
    reach.dpop_bound = change.dpop_bound.unwrap_or(reach.dpop_bound);
    let is_first = known.webhook_url.is_none() && reach.webhook_url.is_some();
    set_reach(&transaction, author(admin), &known, reach).await?;
    Ok((finish(transaction, admin, id).await?, is_first))
}

/// Gives an app a new secret, which is told once. The one before it holds for so many hours more; keys that it had do not.
///
/// # Errors
/// When there is no such app with a secret, or the hours are out of range.
pub async fn rotate_as(deps: &Deps, admin: &Admin, id: &str, hours: i64) -> Result<(app::Model, String), Refusal> {
    if !(0..=MOST_OVERLAP_HOURS).contains(&hours) {
        let message = format!("expected 0 to {MOST_OVERLAP_HOURS} hours");
        return Err(Mistake::new(MistakeCode::OutOfRange, "overlapHours", message).into());
    }
    let transaction = begin_as(deps, admin).await?;
    let known = lock_client(&transaction, admin, id).await?;
    let secret = new_secret(&transaction);
    replace_secret(&transaction, author(admin), &known, &secret, hours).await?;
    Ok((finish(transaction, admin, id).await?, secret))
}

/// Gives an app the public keys that it signs in by from now on: its secrets hold no more.
///
/// # Errors
/// When there is no such app with credentials, or these are no such keys.
pub async fn set_keys_as(deps: &Deps, admin: &Admin, id: &str, jwks: &str) -> Result<app::Model, Refusal> {
    let mut mistakes = Mistakes::default();
    let keys = mistakes.parse::<JwkSet>("jwks", jwks);
    mistakes.done()?;
    let transaction = begin_as(deps, admin).await?;
    let known = lock_client(&transaction, admin, id).await?;
    if let Some(keys) = keys {
        set_keys(&transaction, author(admin), &known, keys).await?;
    }
    finish(transaction, admin, id).await
}

/// Ends the secret before an app's newest at once.
///
/// # Errors
/// When there is no such app with a secret.
pub async fn end_old(deps: &Deps, admin: &Admin, id: &str) -> Result<app::Model, Refusal> {
    let transaction = begin_as(deps, admin).await?;
    let known = lock_client(&transaction, admin, id).await?;
    drop_old_secret(&transaction, author(admin), &known).await?;
    finish(transaction, admin, id).await
}

/// Suspends an app or lets it call again. A suspension survives a restore.
///
/// # Errors
/// When there is no such app. The console cannot be suspended: nobody could resume it. What the operator has suspended, only
/// the operator resumes; so it is with a suspension that was carried out again after a restore.
pub async fn set_status_as(deps: &Deps, admin: &Admin, id: &str, status: AppStatus) -> Result<app::Model, Refusal> {
    let transaction = begin_as(deps, admin).await?;
    let known = lock_client(&transaction, admin, id).await?;
    if known.status == AppStatus::Suspended && status == AppStatus::Active {
        // What a replay has suspended is in no trail: its newest line is of a resumption, or there is none.
        let acts = (admin.brand(), [AuditAct::AppSuspended, AuditAct::AppResumed]);
        let newest = audit::newest(&transaction, acts, known.id).await?;
        if !matches!(newest, Some((AuditAct::AppSuspended, Author::Staff(_)))) {
            let message = "the operator has suspended this app; only they can resume it";
            return Err(Mistake::new(MistakeCode::WrongState, "appId", message).into());
        }
    }
    shift(&transaction, author(admin), &known, status).await?;
    finish(transaction, admin, id).await
}

/// The apps of the administrator's brand, in the order of their ids: up to `limit` after one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_brand(deps: &Deps, admin: &Admin, after: Option<AppId>, limit: u64) -> Result<Vec<app::Model>, DbErr> {
    let mut query = app::Entity::find().filter(app::Column::BrandId.eq(admin.brand()));
    if let Some(after) = after {
        query = query.filter(app::Column::Id.gt(after));
    }
    query.order_by_asc(app::Column::Id).limit(limit).all(deps.vault.store.reader()).await
}

const fn author(admin: &Admin) -> Author {
    Author::Staff(admin.staff().id())
}

fn new_secret(transaction: &Transaction) -> String {
    URL_SAFE_NO_PAD.encode(transaction.entropy().bytes::<32>())
}

/// The app of the administrator's brand, locked.
pub(in crate::domain) async fn lock_as(
    transaction: &Transaction,
    admin: &Admin,
    id: &str,
) -> Result<app::Model, Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "appId", "your brand has no such app");
    let id: AppId = id.parse().map_err(|_| unknown())?;
    let row = app::Entity::find_by_id((admin.brand(), id)).lock_exclusive().one(transaction.connection()).await?;
    Ok(row.ok_or_else(unknown)?)
}

async fn lock_client(transaction: &Transaction, admin: &Admin, id: &str) -> Result<app::Model, Refusal> {
    let known = lock_as(transaction, admin, id).await?;
    if known.kind == AppKind::Client { Ok(known) } else { Err(not_of_the_console().into()) }
}

/// The app as it is now, and the change is durable.
async fn finish(transaction: Transaction, admin: &Admin, id: &str) -> Result<app::Model, Refusal> {
    let row = lock_as(&transaction, admin, id).await?;
    transaction.commit().await?;
    Ok(row)
}

fn not_of_the_console() -> Mistake {
    let message =
        "the console is what your staff act through: it has no secret and no addresses, and cannot be suspended";
    Mistake::new(MistakeCode::WrongState, "appId", message)
}

fn some<T>(mistakes: &mut Mistakes, field: &str, given: &[T]) {
    if given.is_empty() {
        mistakes.push(Mistake::new(MistakeCode::Invalid, field, "expected at least one"));
    }
}

fn redirect_uris(mistakes: &mut Mistakes, given: &[String]) -> Vec<RedirectUri> {
    if given.len() > MOST_URIS {
        let message = format!("expected at most {MOST_URIS} addresses");
        mistakes.push(Mistake::new(MistakeCode::TooLong, "redirectUris", message));
        return Vec::new();
    }
    let mut uri = |(place, text): (usize, &String)| mistakes.parse(&format!("redirectUris.{place}"), text);
    given.iter().enumerate().filter_map(&mut uri).collect()
}

fn webhook_url(deps: &Deps, mistakes: &mut Mistakes, given: &str) -> Option<String> {
    if deps.messenger.permits_plain(given) && given.parse::<RedirectUri>().is_ok() {
        return Some(given.to_owned());
    }
    mistakes.parse::<HttpsUrl>("webhookUrl", given).map(|url| url.as_str().to_owned())
}

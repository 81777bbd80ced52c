//! Changing a registered app. Each change is in the brand's audit trail.

use entity::app::{self, RedirectUris};
use entity::journal::Ending;
use entity::jwk::JwkSet;
use entity::kinds::{AppKind, AppStatus, AuditAct, Purpose};
use entity::scope::{Scope, ScopeSet};
use entity::values::RedirectUri;
use entity::vault::Transaction;
use entity::webhook;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use super::{KIND, lock};
use crate::domain::audit::{self, Author};

/// Hours for which the secret before a new one holds too, unless something else is said.
pub const OVERLAP_HOURS: i64 = 24;
/// Hours at most: a week.
pub const MOST_OVERLAP_HOURS: i64 = 168;

/// What an app may ever ask for and declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    pub scopes: ScopeSet,
    /// As [`Purpose::bit`]s.
    pub purposes: i64,
    /// Where it may have customers sent back to.
    pub redirect_uris: RedirectUris,
    /// Where it wants to be told of changes.
    pub webhook_url: Option<String>,
    /// Whether it gets no token but one that is bound to a key.
    pub dpop_bound: bool,
}

impl Reach {
    /// What a known app may.
    pub fn of(known: &app::Model) -> Self {
        Self {
            scopes: known.scopes,
            purposes: known.purposes,
            redirect_uris: known.redirect_uris.clone(),
            webhook_url: known.webhook_url.clone(),
            dpop_bound: known.dpop_bound,
        }
    }

    /// For the audit trail.
    pub fn details(&self) -> Vec<(&'static str, String)> {
        let scopes: Vec<&str> = self.scopes.iter().map(Scope::as_str).collect();
        let purposes = Purpose::ALL.iter().filter(|purpose| self.purposes & purpose.bit() != 0);
        let purposes: Vec<&str> = purposes.map(|purpose| purpose.as_str()).collect();
        let uris: Vec<&str> = self.redirect_uris.0.iter().map(RedirectUri::as_str).collect();
        let addresses = (!uris.is_empty()).then(|| ("redirectUris", uris.join(" ")));
        let webhook = self.webhook_url.clone().map(|url| ("webhookUrl", url));
        let reach = [("scopes", scopes.join(" ")), ("purposes", purposes.join(" "))];
        let bound = self.dpop_bound.then(|| ("dpopBoundAccessTokens", "true".to_owned()));
        reach.into_iter().chain(addresses).chain(webhook).chain(bound).collect()
    }
}

/// Suspends an app or lets it call again, for the operator. `false` if there is no such app. A suspension survives a
/// restore.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_status(transaction: &Transaction, client_id: &str, status: AppStatus) -> Result<bool, DbErr> {
    let Some(known) = lock(transaction.connection(), client_id).await? else { return Ok(false) };
    shift(transaction, Author::Operator, &known, status).await?;
    Ok(true)
}

/// Gives an app a new secret, for the operator. The one before it holds for so many hours more; with none, its tokens are
/// refused from the next request on. `false` if there is no such app.
///
/// # Errors
/// When the database cannot be asked.
pub async fn rotate_secret(
    transaction: &Transaction,
    client_id: &str,
    secret: &str,
    overlap_hours: i64,
) -> Result<bool, DbErr> {
    let Some(known) = lock_client(transaction, client_id).await? else { return Ok(false) };
    replace_secret(transaction, Author::Operator, &known, secret, overlap_hours).await?;
    Ok(true)
}

/// Ends the secret before the newest at once, for the operator. `false` if there is no such app.
///
/// # Errors
/// When the database cannot be asked.
pub async fn end_old_secret(transaction: &Transaction, client_id: &str) -> Result<bool, DbErr> {
    let Some(known) = lock_client(transaction, client_id).await? else { return Ok(false) };
    drop_old_secret(transaction, Author::Operator, &known).await?;
    Ok(true)
}

/// An app with credentials, locked: a console has none.
async fn lock_client(transaction: &Transaction, client_id: &str) -> Result<Option<app::Model>, DbErr> {
    let known = lock(transaction.connection(), client_id).await?;
    Ok(known.filter(|known| known.kind == AppKind::Client))
}

/// Suspends a locked app or lets it call again.
pub(in crate::domain) async fn shift(
    transaction: &Transaction,
    author: Author,
    known: &app::Model,
    status: AppStatus,
) -> Result<(), DbErr> {
    if known.status == status {
        return Ok(());
    }
    let revision = known.status_revision + 1;
    let row = app::ActiveModel { status: Set(status), status_revision: Set(revision), ..Default::default() };
    let act = match status {
        AppStatus::Suspended => {
            transaction.note(Ending::of_app(known.brand_id, known.id, revision, transaction.now()));
            AuditAct::AppSuspended
        }
        AppStatus::Active => AuditAct::AppResumed,
    };
    write(transaction, author, known, row, (act, Vec::new())).await
}

/// Gives a locked app a new secret. Keys that it had hold no more: it signs in by one or the other.
pub(in crate::domain) async fn replace_secret(
    transaction: &Transaction,
    author: Author,
    known: &app::Model,
    secret: &str,
    overlap_hours: i64,
) -> Result<(), DbErr> {
    let until = (overlap_hours > 0).then(|| transaction.now().plus_seconds(overlap_hours * 3600));
    let row = app::ActiveModel {
        secret_hash: Set(transaction.keys().secret(KIND, secret.as_bytes())),
        secret_epoch: Set(known.secret_epoch + 1),
        previous_secret_hash: Set(until.map(|_| known.secret_hash.clone())),
        previous_secret_until: Set(until),
        keys: Set(None),
        ..Default::default()
    };
    let until = until.map(|until| ("oldSecretUntil", until.to_string()));
    write(transaction, author, known, row, (AuditAct::AppSecretRotated, until.into_iter().collect())).await
}

/// Gives a locked app the keys that it signs in by: no secret of it holds any more, and no key that is not among them. When
/// one is taken from it, tokens that were issued until now are refused too, as they are with a new secret.
pub(super) async fn set_keys(
    transaction: &Transaction,
    author: Author,
    known: &app::Model,
    keys: JwkSet,
) -> Result<(), DbErr> {
    if known.keys.as_ref() == Some(&keys) {
        return Ok(());
    }
    let keeps_all = known.keys.as_ref().is_some_and(|before| keys.holds_all_of(before));
    let nobody_knows = transaction.entropy().bytes::<32>();
    let details = vec![("keys", written(&keys))];
    let mut row = app::ActiveModel { keys: Set(Some(keys)), ..Default::default() };
    if !keeps_all {
        row.secret_hash = Set(transaction.keys().secret(KIND, &nobody_knows));
        row.secret_epoch = Set(known.secret_epoch + 1);
        row.previous_secret_hash = Set(None);
        row.previous_secret_until = Set(None);
    }
    write(transaction, author, known, row, (AuditAct::AppKeysSet, details)).await
}

/// Keys by their thumbprints, for the audit trail.
pub(super) fn written(keys: &JwkSet) -> String {
    keys.keys().iter().map(|one| one.key.thumbprint().to_string()).collect::<Vec<_>>().join(" ")
}

/// Ends the secret before a locked app's newest. Whether there was one.
pub(in crate::domain) async fn drop_old_secret(
    transaction: &Transaction,
    author: Author,
    known: &app::Model,
) -> Result<bool, DbErr> {
    if known.previous_secret_until.is_none_or(|until| until <= transaction.now()) {
        return Ok(false);
    }
    let row =
        app::ActiveModel { previous_secret_hash: Set(None), previous_secret_until: Set(None), ..Default::default() };
    write(transaction, author, known, row, (AuditAct::AppOldSecretEnded, Vec::new())).await?;
    Ok(true)
}

/// Sets what a locked app may ever ask for and declare.
pub(super) async fn set_reach(
    transaction: &Transaction,
    author: Author,
    known: &app::Model,
    reach: Reach,
) -> Result<(), DbErr> {
    if Reach::of(known) == reach {
        return Ok(());
    }
    let details = reach.details();
    if known.webhook_url != reach.webhook_url {
        reset_webhook(transaction, known).await?;
    }
    let row = app::ActiveModel {
        scopes: Set(reach.scopes),
        purposes: Set(reach.purposes),
        redirect_uris: Set(reach.redirect_uris),
        webhook_url: Set(reach.webhook_url),
        dpop_bound: Set(reach.dpop_bound),
        ..Default::default()
    };
    write(transaction, author, known, row, (AuditAct::AppUpdated, details)).await
}

/// Forgets what was noted of how an app's address does.
pub(in crate::domain) async fn reset_webhook(transaction: &Transaction, known: &app::Model) -> Result<(), DbErr> {
    webhook::Entity::update_many()
        .set(webhook::ActiveModel { disabled_at: Set(None), failing_since: Set(None), ..Default::default() })
        .filter(webhook::Column::BrandId.eq(known.brand_id))
        .filter(webhook::Column::AppId.eq(known.id))
        .exec(transaction.connection())
        .await
        .map(drop)
}

/// Writes a change with its line in the audit trail.
async fn write(
    transaction: &Transaction,
    author: Author,
    known: &app::Model,
    row: app::ActiveModel,
    (act, details): (AuditAct, Vec<(&'static str, String)>),
) -> Result<(), DbErr> {
    app::Entity::update_many()
        .set(row)
        .filter(app::Column::BrandId.eq(known.brand_id))
        .filter(app::Column::Id.eq(known.id))
        .exec(transaction.connection())
        .await?;
    let details = [("clientId", known.client_id.clone())].into_iter().chain(details);
    audit::note(transaction, author, (known.brand_id, act), known.id, details).await
}

//! Codes and refresh tokens: what an app holds of a customer's answer, each good for one use. Used twice, it ends its whole
//! family: one of the two users is a thief.
//!
//! A family names a grant and is worth nothing without it: whether the grant lives is asked of the database whenever a token
//! is issued, and again with every request that comes with one ([`entity::access::Caller`]).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::{AppClaim, GrantClaim, Owner};
use entity::ids::{FamilyId, GrantId, ProfileId};
use entity::jwk::Thumbprint;
use entity::kinds::FamilyEnd;
use entity::scope::ScopeSet;
use entity::values::Timestamp;
use entity::vault::{Transaction, write};
use entity::{app, grant, token_family};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set,
};
use uuid::Uuid;

use super::ask::Ask;
use crate::auth::tokens::Subject;
use crate::deps::Deps;

/// A code holds for so long.
const CODE_SECONDS: i64 = 60;
/// What the keyed hashes are for.
const CODE: &str = "code";
const REFRESH: &str = "app refresh";
/// What stands before a refresh token, so that it is known for what it is.
const PREFIX: &str = "app_refresh_";

/// What an app gets for a code or a refresh token.
pub struct Tokens {
    /// For `Authorization`.
    pub access_token: String,
    /// For the next two; good for one use.
    pub refresh_token: String,
    /// What the grant covers now, as far as the app may read it.
    pub scopes: ScopeSet,
    /// How the brand knows the customer.
    pub profile: ProfileId,
    /// The grant.
    pub grant: GrantId,
    /// The key that the access token is bound to.
    pub key: Option<Thumbprint>,
}

/// A family with the grant that it names.
pub type Named = (token_family::Model, grant::Model);

/// What an app says of a code.
pub struct Redemption<'r> {
    /// The code.
    pub code: &'r str,
    /// Where it was sent to.
    pub redirect_uri: &'r str,
    /// What the challenge was made from.
    pub verifier: &'r str,
}

/// Why there are no tokens. The reason is not told.
#[derive(Debug, thiserror::Error)]
pub enum Unredeemed {
    /// Unknown, another app's, used, too old, not what it is bound to, or its grant has ended: all alike.
    #[error("the code or the refresh token does not hold")]
    Invalid,
    /// The tokens before were bound to a key, and now none was shown.
    #[error("no key was shown")]
    Unproven,
    /// Only we can mend it.
    #[error(transparent)]
    Fault(#[from] DbErr),
}

/// Makes a code for a grant. Within the customer's lock.
pub(super) async fn begin(
    transaction: &Transaction,
    owner: &Owner,
    ask: &Ask,
    grant: &grant::Model,
) -> Result<String, DbErr> {
    let (family, secret) = (FamilyId(transaction.entropy().id()), transaction.entropy().bytes::<32>());
    let row = token_family::Model {
        brand_id: ask.brand,
        id: family,
        app_id: ask.app,
        customer_id: owner.customer(),
        grant_id: grant.id,
        profile_id: write::pairwise(transaction, owner, ask.brand).await?,
        code_hash: transaction.keys().secret(CODE, &secret),
        redirect_uri: ask.redirect_uri.as_str().to_owned(),
        challenge: ask.challenge.clone(),
        created_at: transaction.now(),
        code_expires_at: transaction.now().plus_seconds(CODE_SECONDS),
        redeemed_at: None,
        refresh_hash: None,
        refreshed_at: None,
        ended_at: None,
        end_reason: None,
        key_thumbprint: ask.key.clone(),
    };
    let row = row.into_active_model();
    token_family::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(written(family, &secret))
}

/// Exchanges a code for tokens.
///
/// # Errors
/// See [`Unredeemed`]. A code that comes a second time ends what came of it the first time.
pub async fn redeem(
    deps: &Deps,
    claim: AppClaim,
    app: &app::Model,
    given: Redemption<'_>,
) -> Result<Tokens, Unredeemed> {
    let (family, secret) = read(given.code).ok_or(Unredeemed::Invalid)?;
    let transaction = deps.vault.begin().await?;
    let row = locked(&transaction, app, family).await?.ok_or(Unredeemed::Invalid)?;
    if !transaction.keys().is_secret(CODE, &secret, &row.code_hash) {
        return Err(Unredeemed::Invalid);
    }
    if row.redeemed_at.is_some() {
        return end_as_reused(transaction, row, FamilyEnd::CodeReused).await;
    }
    let bound = transaction.now() < row.code_expires_at
        && row.redirect_uri == given.redirect_uri
        && fits(given.verifier, &row.challenge)
        && row.key_thumbprint.as_ref().is_none_or(|bound| claim.key.is_some_and(|key| key.to_string() == *bound));
    if !bound || row.ended_at.is_some() {
        return Err(Unredeemed::Invalid);
    }
    hand_out(deps, transaction, (claim, app), row).await
}

/// Exchanges a refresh token for the next tokens.
///
/// # Errors
/// See [`Unredeemed`]. One that is no longer the newest ends its family.
pub async fn refresh(deps: &Deps, claim: AppClaim, app: &app::Model, token: &str) -> Result<Tokens, Unredeemed> {
    let (family, secret) = token.strip_prefix(PREFIX).and_then(read).ok_or(Unredeemed::Invalid)?;
    let transaction = deps.vault.begin().await?;
    let row = locked(&transaction, app, family).await?.filter(|row| row.ended_at.is_none());
    let row = row.ok_or(Unredeemed::Invalid)?;
    // Before the code was redeemed there is none.
    let current = row.refresh_hash.as_deref().ok_or(Unredeemed::Invalid)?;
    if !transaction.keys().is_secret(REFRESH, &secret, current) {
        return end_as_reused(transaction, row, FamilyEnd::TokenReused).await;
    }
    // The app has shown who it is, so it may change its key (RFC 9449 section 5), but not go back to having none.
    if row.key_thumbprint.is_some() && claim.key.is_none() {
        return Err(Unredeemed::Unproven);
    }
    hand_out(deps, transaction, (claim, app), row).await
}

/// The family of a refresh token that its app could use now: for introspection.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(deps: &Deps, app: &app::Model, token: &str) -> Result<Option<Named>, DbErr> {
    let Some((family, secret)) = token.strip_prefix(PREFIX).and_then(read) else { return Ok(None) };
    let row = token_family::Entity::find_by_id((app.brand_id, family)).one(deps.vault.store.reader()).await?;
    let fits = |row: &token_family::Model| {
        let current = row.refresh_hash.as_deref();
        let newest = current.is_some_and(|hash| deps.vault.keys.is_secret(REFRESH, &secret, hash));
        newest && row.app_id == app.id && row.ended_at.is_none()
    };
    match row.filter(fits) {
        Some(row) => with_grant(deps, row).await,
        None => Ok(None),
    }
}

/// A family of this app with its grant, while that lives.
///
/// # Errors
/// When the database cannot be asked.
pub async fn named(deps: &Deps, app: &app::Model, family: FamilyId) -> Result<Option<Named>, DbErr> {
    let row = token_family::Entity::find_by_id((app.brand_id, family)).one(deps.vault.store.reader()).await?;
    match row.filter(|row| row.app_id == app.id) {
        Some(row) => with_grant(deps, row).await,
        None => Ok(None),
    }
}

async fn with_grant(deps: &Deps, row: token_family::Model) -> Result<Option<Named>, DbErr> {
    let grant = live_grant(deps.vault.store.reader(), &row, deps.vault.now().await?).await?;
    Ok(grant.map(|grant| (row, grant)))
}

/// Gives a refresh token back: its family ends, with the access tokens that came of it. Whether it was one of this app.
///
/// # Errors
/// When the database cannot be asked.
pub async fn give_back(deps: &Deps, app: &app::Model, token: &str) -> Result<bool, DbErr> {
    let Some((family, secret)) = token.strip_prefix(PREFIX).and_then(read) else { return Ok(false) };
    let transaction = deps.vault.begin().await?;
    let Some(row) = locked(&transaction, app, family).await? else { return Ok(false) };
    let fits = |hash: &[u8]| transaction.keys().is_secret(REFRESH, &secret, hash);
    if row.ended_at.is_some() || !row.refresh_hash.as_deref().is_some_and(fits) {
        return Ok(false);
    }
    end(&transaction, row, FamilyEnd::GivenBack).await?;
    transaction.commit().await?;
    Ok(true)
}

/// The row, if it is this app's; nobody else changes it until the transaction is over.
async fn locked(
    transaction: &Transaction,
    app: &app::Model,
    family: FamilyId,
) -> Result<Option<token_family::Model>, DbErr> {
    let found = token_family::Entity::find_by_id((app.brand_id, family)).lock_exclusive();
    Ok(found.one(transaction.connection()).await?.filter(|row| row.app_id == app.id))
}

/// Issues the next two tokens, if the grant lives.
async fn hand_out(
    deps: &Deps,
    transaction: Transaction,
    (claim, app): (AppClaim, &app::Model),
    row: token_family::Model,
) -> Result<Tokens, Unredeemed> {
    let now = transaction.now();
    let grant = live_grant(transaction.connection(), &row, now).await?.ok_or(Unredeemed::Invalid)?;
    let secret = transaction.entropy().bytes::<32>();
    let (family, profile, redeemed_at) = (row.id, row.profile_id, row.redeemed_at.unwrap_or(now));
    let mut change = row.into_active_model();
    change.refresh_hash = Set(Some(transaction.keys().secret(REFRESH, &secret)));
    change.refreshed_at = Set(Some(now));
    change.redeemed_at = Set(Some(redeemed_at));
    change.key_thumbprint = Set(claim.key.map(|key| key.to_string()));
    change.update(transaction.connection()).await?;
    transaction.commit().await?;
    let claim = AppClaim { bound: Some(GrantClaim { grant: grant.id, family }), ..claim };
    let issued = deps.signer.issue(Subject::App(claim), deps.vault.clock.now(), &deps.vault.entropy);
    let issued = issued.map_err(|_| DbErr::Custom("a token could not be signed".into()))?;
    Ok(Tokens {
        access_token: issued.token,
        refresh_token: format!("{PREFIX}{}", written(family, &secret)),
        scopes: grant.scopes.without(grant.scopes.without(app.scopes)),
        profile,
        grant: grant.id,
        key: claim.key,
    })
}

/// The grant that a family names, if it permits anything still. A paused one lives: what it shows is denied by the law.
async fn live_grant(
    connection: &impl ConnectionTrait,
    row: &token_family::Model,
    now: Timestamp,
) -> Result<Option<grant::Model>, DbErr> {
    grant::Entity::find_by_id((row.customer_id, row.grant_id))
        .filter(grant::Column::BrandId.eq(row.brand_id))
        .filter(grant::Column::EndedAt.is_null())
        .filter(grant::Column::ExpiresAt.gt(now))
        .one(connection)
        .await
}

async fn end_as_reused<T>(
    transaction: Transaction,
    row: token_family::Model,
    reason: FamilyEnd,
) -> Result<T, Unredeemed> {
    end(&transaction, row, reason).await?;
    transaction.commit().await?;
    Err(Unredeemed::Invalid)
}

async fn end(transaction: &Transaction, row: token_family::Model, reason: FamilyEnd) -> Result<(), DbErr> {
    if row.ended_at.is_some() {
        return Ok(());
    }
    let mut change = row.into_active_model();
    change.ended_at = Set(Some(transaction.now()));
    change.end_reason = Set(Some(reason));
    change.refresh_hash = Set(None);
    change.update(transaction.connection()).await.map(drop)
}

/// Whether the challenge was made from this (RFC 7636 section 4.6, S256).
fn fits(verifier: &str, challenge: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let made = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    (43..=128).contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && verify_slices_are_equal(made.as_bytes(), challenge.as_bytes()).is_ok()
}

fn written(family: FamilyId, secret: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode([family.0.as_bytes().as_slice(), secret].concat())
}

fn read(text: &str) -> Option<(FamilyId, [u8; 32])> {
    let bytes: [u8; 48] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    let (family, secret) = bytes.split_first_chunk::<16>()?;
    Some((FamilyId(Uuid::from_bytes(*family)), secret.try_into().ok()?))
}

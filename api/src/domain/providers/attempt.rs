//! An attempt: somebody is sent to a provider, and only the browser that began may finish, once, within ten minutes.
//!
//! The state is random and single-use; PKCE verifier and nonce are derived from it with our key, so that nothing secret is
//! stored. A cookie ties it to the browser, and the row to the session of the customer.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::Owner;
use entity::ids::ChallengeId;
use entity::keys::Keys;
use entity::kinds::AttemptKind;
use entity::provider_attempt::{self, Column, Entity};
use entity::values::Timestamp;
use entity::vault::Transaction;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::{Endpoints, NotProven, endpoints};
use crate::config::providers::{Protocol, Provider};
use crate::deps::Deps;

/// How long an attempt holds.
const MINUTES: i64 = 10;
/// How many a customer can begin in an hour.
const MOST_PER_HOUR: u64 = 20;

/// Somebody is on their way.
pub struct Started {
    /// The attempt.
    pub id: ChallengeId,
    /// Where the browser goes.
    pub authorization_url: String,
    /// What the browser has to bring back, as a cookie.
    pub cookie: String,
    /// What the browser fetches a session with, once it is back.
    pub secret: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What a browser brings back.
pub struct Returned {
    /// The provider whose redirect address was used.
    pub provider: String,
    /// The state that it was sent with.
    pub state: String,
    /// The code, if somebody signed in.
    pub code: Option<String>,
    /// Who the provider says that it is (RFC 9207).
    pub issuer: Option<String>,
    /// The cookie.
    pub cookie: Option<String>,
}

/// An attempt that has come back to where it began. It cannot be taken again.
pub struct Attempt<'d> {
    /// Its row as it was.
    pub row: provider_attempt::Model,
    /// The provider.
    pub provider: &'d Provider,
    pub(super) endpoints: Endpoints,
    pub(super) verifier: String,
    pub(super) nonce: String,
    pub(super) code: String,
    pub(super) secret: String,
}

/// Sends somebody to a provider. `None`: the customer has tried too often.
pub(in crate::domain) async fn begin(
    deps: &Deps,
    provider: &Provider,
    kind: AttemptKind,
    owner: Option<&Owner>,
) -> Result<Option<Started>, NotProven> {
    let endpoints = endpoints(deps, provider).await?;
    let random = || URL_SAFE_NO_PAD.encode(deps.vault.entropy.bytes::<32>());
    let (state, cookie) = (random(), random());
    let transaction = match owner {
        Some(owner) => deps.vault.begin_for(owner).await?.0,
        None => deps.vault.begin().await?,
    };
    if let Some(owner) = owner
        && too_many(&transaction, owner).await?
    {
        return Ok(None);
    }
    let (id, expires_at) = (ChallengeId(transaction.entropy().id()), transaction.now().plus_minutes(MINUTES));
    let row = provider_attempt::ActiveModel {
        state_hash: Set(transaction.keys().secret("attempt", state.as_bytes())),
        id: Set(id),
        kind: Set(kind),
        provider: Set(provider.name.clone()),
        customer_id: Set(owner.map(Owner::customer)),
        session_id: Set(owner.and_then(Owner::session)),
        cookie_hash: Set(transaction.keys().secret("attempt cookie", cookie.as_bytes())),
        begun_at: Set(transaction.now()),
        expires_at: Set(expires_at),
    };
    Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    let authorization_url = authorization_url(deps, provider, &endpoints, &state)?;
    transaction.commit().await?;
    let secret = secret(&deps.vault.keys, &state);
    Ok(Some(Started { id, authorization_url, cookie, secret, expires_at }))
}

async fn too_many(transaction: &Transaction, owner: &Owner) -> Result<bool, DbErr> {
    let begun = Entity::find()
        .filter(Column::CustomerId.eq(owner.customer()))
        .filter(Column::BegunAt.gt(transaction.now().minus_hours(1)));
    Ok(begun.count(transaction.connection()).await? >= MOST_PER_HOUR)
}

fn authorization_url(
    deps: &Deps,
    provider: &Provider,
    endpoints: &Endpoints,
    state: &str,
) -> Result<String, NotProven> {
    let keys = &deps.vault.keys;
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier(keys, state).as_bytes()));
    let (redirect, nonce) = (redirect_uri(deps, provider), nonce(keys, state));
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", &provider.client_id),
        ("redirect_uri", &redirect),
        ("scope", &provider.scope),
        ("state", state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    if matches!(provider.protocol, Protocol::OpenId { .. }) {
        parameters.push(("nonce", &nonce));
    }
    let query = serde_urlencoded::to_string(parameters).map_err(|_| NotProven::Away)?;
    let joint = if endpoints.authorization.contains('?') { '&' } else { '?' };
    Ok(format!("{}{joint}{query}", endpoints.authorization))
}

/// Each provider has one of its own, so that what one was meant to get, another cannot (RFC 9700 section 4.4.2.2).
pub(super) fn redirect_uri(deps: &Deps, provider: &Provider) -> String {
    format!("{}/link/callback/{}", deps.config.public_url.trim_end_matches('/'), provider.name)
}

fn verifier(keys: &Keys, state: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys.secret("attempt verifier", state.as_bytes()))
}

fn nonce(keys: &Keys, state: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys.secret("attempt nonce", state.as_bytes()))
}

fn secret(keys: &Keys, state: &str) -> String {
    URL_SAFE_NO_PAD.encode(keys.secret("attempt secret", state.as_bytes()))
}

/// Takes an attempt, for good, and checks that what came back belongs to it.
///
/// # Errors
/// When it does not, or the provider says that the customer refused.
pub(in crate::domain) async fn take<'d>(deps: &'d Deps, returned: Returned) -> Result<Attempt<'d>, NotProven> {
    let keys = &deps.vault.keys;
    let transaction = deps.vault.begin().await?;
    let hash = keys.secret("attempt", returned.state.as_bytes());
    let row = Entity::find_by_id(hash.clone()).lock_exclusive().one(transaction.connection()).await?;
    let row = row.ok_or(NotProven::Unfit)?;
    let own_browser =
        returned.cookie.is_some_and(|cookie| keys.is_secret("attempt cookie", cookie.as_bytes(), &row.cookie_hash));
    let provider = deps.providers.find(&row.provider).filter(|provider| provider.name == returned.provider);
    if !own_browser || provider.is_none() || transaction.now() >= row.expires_at {
        // Whoever only knows the state cannot spoil the attempt of whoever began it.
        return Err(NotProven::Unfit);
    }
    Entity::delete_by_id(hash).exec(transaction.connection()).await?;
    transaction.commit().await?;
    let provider = provider.ok_or(NotProven::Unfit)?;
    let endpoints = endpoints(deps, provider).await?;
    if !is_from(provider, &endpoints, returned.issuer.as_deref()) {
        return Err(NotProven::Unfit);
    }
    let code = returned.code.ok_or(NotProven::Denied)?;
    let (verifier, nonce) = (verifier(keys, &returned.state), nonce(keys, &returned.state));
    let secret = secret(keys, &returned.state);
    Ok(Attempt { row, provider, endpoints, verifier, nonce, code, secret })
}

/// Whether the answer is from this provider, as far as it says so: a mix-up has another one's name (RFC 9207 section 2.4).
fn is_from(provider: &Provider, endpoints: &Endpoints, named: Option<&str>) -> bool {
    match (&provider.protocol, named) {
        (Protocol::OpenId { issuer }, Some(named)) => issuer == named,
        (Protocol::OpenId { .. }, None) => !endpoints.names_itself,
        (Protocol::OAuth { .. }, _) => true,
    }
}

/// A customer's attempts that may still come back, for their export.
///
/// # Errors
/// When the database cannot be asked.
pub async fn own_attempts(deps: &Deps, owner: &Owner) -> Result<Vec<provider_attempt::Model>, DbErr> {
    let own = Entity::find().filter(Column::CustomerId.eq(owner.customer())).order_by_asc(Column::BegunAt);
    own.all(deps.vault.store.reader()).await
}

/// Forgets attempts that came to nothing, once they count for nothing either; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_attempts(deps: &Deps) -> Result<usize, DbErr> {
    let old = Entity::delete_many().filter(Column::BegunAt.lt(deps.vault.now().await?.minus_hours(1)));
    let gone = old.exec(deps.vault.store.writer()).await?;
    Ok(usize::try_from(gone.rows_affected).unwrap_or(usize::MAX))
}

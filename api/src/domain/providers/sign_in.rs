//! Signing in at a provider, once the account there was linked from inside. It makes no account and merges none.
//!
//! The browser that begins gets a secret and a cookie. Only with the cookie does its way back from the provider count, and
//! only with the secret is the session handed out, so no token is ever in an address.

use entity::kinds::AttemptKind;
use entity::vault::sign_in as door;
use entity::{provider_attempt, session};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};

use super::attempt::{Attempt, Started, begin};
use super::{NotProven, identify};
use crate::deps::Deps;
use crate::domain::accounts::{self, Client, Half, NewSession};
use crate::domain::{Mistake, MistakeCode, Refusal, guesses};

/// How long a finished sign-in waits for its browser.
const MINUTES: i64 = 2;
/// What the keyed hash of the browser's secret is for.
const KIND: &str = "attempt done";

/// Sends a browser to the provider of that name.
///
/// # Errors
/// When there is none, or it cannot be reached, or too many began from this address without signing in.
pub async fn start(deps: &Deps, client: &Client, name: &str) -> Result<Started, Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "provider", "there is no provider of that name");
    let provider = deps.providers.find(name).ok_or_else(unknown)?;
    guesses::at_provider(deps, &client.address).await?;
    let away = || Mistake::new(MistakeCode::Unavailable, "provider", "the provider cannot be reached; try again later");
    match begin(deps, provider, AttemptKind::SignIn, None).await {
        Ok(Some(started)) => Ok(started),
        Err(NotProven::Fault(error)) => Err(error.into()),
        Ok(None) | Err(_) => Err(away().into()),
    }
}

/// Notes who has come back, for the browser that began.
pub(in crate::domain) async fn finish(deps: &Deps, attempt: &Attempt<'_>) -> Result<(), NotProven> {
    let identity = identify(deps, attempt).await?;
    let transaction = deps.vault.begin().await?;
    let known = door::recognise(&transaction, attempt.provider.authority(), &identity.subject).await?;
    let customer = known.ok_or(NotProven::Unknown)?;
    let row = provider_attempt::ActiveModel {
        state_hash: Set(transaction.keys().secret(KIND, attempt.secret.as_bytes())),
        id: Set(attempt.row.id),
        kind: Set(AttemptKind::SignedIn),
        provider: Set(attempt.row.provider.clone()),
        customer_id: Set(Some(customer)),
        session_id: Set(None),
        cookie_hash: Set(Vec::new()),
        begun_at: Set(transaction.now()),
        expires_at: Set(transaction.now().plus_minutes(MINUTES)),
    };
    provider_attempt::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    transaction.commit().await?;
    Ok(())
}

/// What a sign-in at a provider leads to.
pub enum Completed {
    /// To a session.
    Session(NewSession),
    /// To the second step: a provider stands in for the password, not for the second factor.
    SecondFactor(Half),
}

/// Opens the session of whoever has come back to the browser with this secret.
///
/// # Errors
/// When nobody has, or it was used, or is over, or the account has changed meanwhile: all alike.
pub async fn complete(deps: &Deps, client: &Client, secret: &str) -> Result<Completed, Refusal> {
    let nobody = || Mistake::new(MistakeCode::WrongCredentials, "secret", "nobody has signed in; begin again");
    let transaction = deps.vault.begin().await?;
    let hash = transaction.keys().secret(KIND, secret.as_bytes());
    let owner = door::redeem(&transaction, &hash).await?.ok_or_else(nobody)?;
    guesses::signed_in_at_provider(deps, &client.address).take_back(&transaction).await?;
    if let Some(half) = accounts::second_step(&transaction, &owner).await? {
        transaction.commit().await?;
        return Ok(Completed::SecondFactor(half));
    }
    let session = accounts::open_session(deps, &transaction, &owner, client).await?;
    // They have shown who they are at the provider, which may have been long ago: what weighs much wants it anew.
    let unproven = session::ActiveModel { proven_at: Set(None), ..Default::default() };
    session::Entity::update_many()
        .set(unproven)
        .filter(session::Column::CustomerId.eq(session.claim.customer))
        .filter(session::Column::Id.eq(session.claim.session))
        .exec(transaction.connection())
        .await?;
    transaction.commit().await?;
    Ok(Completed::Session(session))
}

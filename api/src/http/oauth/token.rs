//! `/oauth/token`: an app's access token (RFC 6749 sections 4.1.3, 4.4, 5 and 6), for itself or for a grant.

use actix_web::{HttpRequest, HttpResponse, web};
use entity::access::AppClaim;
use entity::app;
use entity::jwk::Thumbprint;
use entity::scope::{Scope, ScopeSet};
use serde_json::{Value, json};

use super::fault::OAuthError;
use super::form::Form;
use super::{Authenticated, authenticate, respond, shown_key};
use crate::auth::tokens::{LIFETIME_SECONDS, Subject};
use crate::deps::Deps;
use crate::domain::authorizations::{self, Redemption, Tokens, Unredeemed};
use crate::http::proof::Unproven;

/// POST: a token of five minutes.
pub async fn post(request: HttpRequest, mut payload: web::Payload, deps: web::Data<Deps>) -> HttpResponse {
    let outcome = issue(&request, &mut payload, &deps).await;
    respond(outcome.map(Some), payload)
}

async fn issue(request: &HttpRequest, payload: &mut web::Payload, deps: &Deps) -> Result<Value, OAuthError> {
    let Authenticated { claim, app, form } = authenticate(request, payload, deps).await?;
    let claim = AppClaim { key: shown_key(request, &app, deps).await?, ..claim };
    if app.dpop_bound && claim.key.is_none() {
        return Err(Unproven::Proof.into());
    }
    match form.get("grant_type") {
        Some("client_credentials") => client_credentials(claim, &app, &form, deps),
        Some("authorization_code") => {
            let given = Redemption {
                code: form.require("code", "code is missing")?,
                redirect_uri: form.require("redirect_uri", "redirect_uri is missing")?,
                verifier: form.require("code_verifier", "code_verifier is missing")?,
            };
            Ok(bound(&authorizations::redeem(deps, claim, &app, given).await?))
        }
        Some("refresh_token") => {
            let token = form.require("refresh_token", "refresh_token is missing")?;
            check_scope(&form, app.scopes)?;
            Ok(bound(&authorizations::refresh(deps, claim, &app, token).await?))
        }
        Some(_) => {
            let description = "grant_type must be authorization_code, refresh_token or client_credentials";
            Err(OAuthError::named("unsupported_grant_type", description))
        }
        None => Err(OAuthError::request("grant_type is missing")),
    }
}

/// The app for itself: it reads whoever has a live grant for its brand.
fn client_credentials(claim: AppClaim, app: &app::Model, form: &Form, deps: &Deps) -> Result<Value, OAuthError> {
    check_scope(form, app.scopes)?;
    let now = deps.vault.clock.now();
    let issued = deps.signer.issue(Subject::App(claim), now, &deps.vault.entropy).map_err(|_| OAuthError::ours())?;
    Ok(json!({
        "access_token": issued.token,
        "token_type": token_type(claim.key),
        "expires_in": LIFETIME_SECONDS,
        "scope": written(app.scopes),
    }))
}

/// Tokens that name a grant, with what the app calls `profile` by.
fn bound(tokens: &Tokens) -> Value {
    json!({
        "access_token": tokens.access_token,
        "token_type": token_type(tokens.key),
        "expires_in": LIFETIME_SECONDS,
        "refresh_token": tokens.refresh_token,
        "scope": written(tokens.scopes),
        "profile_id": tokens.profile.to_string(),
        "grant_id": tokens.grant.to_string(),
    })
}

/// By which scheme a token is brought: one that is bound to a key, with a proof (RFC 9449 section 5).
pub(super) const fn token_type(key: Option<Thumbprint>) -> &'static str {
    if key.is_some() { "DPoP" } else { "Bearer" }
}

/// What the token is good for is said, whatever part of it was asked for.
fn check_scope(form: &Form, registered: ScopeSet) -> Result<(), OAuthError> {
    let asked = form.get("scope").unwrap_or_default();
    let is_registered = |word: &str| registered.iter().any(|scope| scope.token() == word);
    if asked.split_ascii_whitespace().all(is_registered) {
        return Ok(());
    }
    Err(OAuthError::named("invalid_scope", "a scope is unknown or not registered for this client"))
}

/// Scopes as OAuth writes them.
pub(super) fn written(scopes: ScopeSet) -> String {
    scopes.iter().map(Scope::token).collect::<Vec<_>>().join(" ")
}

impl From<Unredeemed> for OAuthError {
    fn from(unredeemed: Unredeemed) -> Self {
        match unredeemed {
            Unredeemed::Invalid => {
                let description = "the code or refresh token is unknown, used, over, or bound to something else; or the \
                                   customer's grant has ended";
                Self::named("invalid_grant", description)
            }
            Unredeemed::Unproven => Unproven::Proof.into(),
            Unredeemed::Fault(error) => error.into(),
        }
    }
}

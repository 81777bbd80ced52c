//! `/oauth/token`: an app's access token (RFC 6749 sections 4.4 and 5).

use actix_web::{HttpRequest, HttpResponse, web};
use entity::access::AppClaim;
use entity::app;
use entity::scope::Scope;
use serde_json::{Value, json};

use super::fault::OAuthError;
use super::form::Form;
use super::{Authenticated, authenticate, respond};
use crate::auth::tokens::{LIFETIME_SECONDS, Subject};
use crate::deps::Deps;

/// POST: a token of five minutes.
pub async fn post(request: HttpRequest, mut payload: web::Payload, deps: web::Data<Deps>) -> HttpResponse {
    let outcome = issue(&request, &mut payload, &deps).await;
    respond(outcome.map(Some), payload)
}

async fn issue(request: &HttpRequest, payload: &mut web::Payload, deps: &Deps) -> Result<Value, OAuthError> {
    let Authenticated { claim, app, form } = authenticate(request, payload, deps).await?;
    match form.get("grant_type") {
        Some("client_credentials") => client_credentials(claim, &app, &form, deps),
        Some(_) => Err(OAuthError::named("unsupported_grant_type", "only client_credentials is supported")),
        None => Err(OAuthError::request("grant_type is missing")),
    }
}

/// The app for itself: it reads whoever has a live grant for its brand.
fn client_credentials(claim: AppClaim, app: &app::Model, form: &Form, deps: &Deps) -> Result<Value, OAuthError> {
    let registered: Vec<&str> = app.scopes.iter().map(Scope::token).collect();
    let asked = form.get("scope").unwrap_or_default();
    if asked.split_ascii_whitespace().any(|scope| !registered.contains(&scope)) {
        return Err(OAuthError::named("invalid_scope", "a scope is unknown or not registered for this client"));
    }
    let now = deps.vault.clock.now();
    let issued = deps.signer.issue(Subject::App(claim), now, &deps.vault.entropy).map_err(|_| OAuthError::ours())?;
    Ok(json!({
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": LIFETIME_SECONDS,
        "scope": registered.join(" "),
    }))
}

//! `/oauth/introspect`: what an app's own token is worth now (RFC 7662). For the tokens of everybody else the answer is
//! that of no token at all.

use actix_web::{HttpRequest, HttpResponse, web};
use entity::access::{Caller, ReaderClaim};
use entity::app;
use entity::scope::Scope;
use serde_json::{Value, json};

use super::fault::OAuthError;
use super::{Authenticated, authenticate, respond};
use crate::auth::tokens::{AUDIENCE, Subject};
use crate::deps::Deps;

/// POST.
pub async fn post(request: HttpRequest, mut payload: web::Payload, deps: web::Data<Deps>) -> HttpResponse {
    let outcome = introspect(&request, &mut payload, &deps).await;
    respond(outcome.map(Some), payload)
}

async fn introspect(request: &HttpRequest, payload: &mut web::Payload, deps: &Deps) -> Result<Value, OAuthError> {
    let Authenticated { app, form, .. } = authenticate(request, payload, deps).await?;
    let token = form.get("token").ok_or(OAuthError::request("token is missing"))?;
    let found = access_token(&app, token, deps).await?;
    Ok(found.unwrap_or_else(|| json!({ "active": false })))
}

/// An access token that this very app could use now.
async fn access_token(app: &app::Model, token: &str, deps: &Deps) -> Result<Option<Value>, OAuthError> {
    let Some(verified) = deps.signer.read(token, deps.vault.clock.now()) else { return Ok(None) };
    let Subject::App(claim) = verified.subject else { return Ok(None) };
    if claim.app != app.id {
        return Ok(None);
    }
    let Some(caller) = Caller::check(deps.vault.store.reader(), &ReaderClaim::App(claim), &deps.vault.clock).await?
    else {
        return Ok(None);
    };
    let scopes: Vec<&str> = caller.standing().scopes.iter().map(Scope::token).collect();
    Ok(Some(json!({
        "active": true,
        "token_type": "Bearer",
        "client_id": app.client_id,
        "sub": claim.app.to_string(),
        "scope": scopes.join(" "),
        "iss": deps.config.public_url,
        "aud": AUDIENCE,
        "iat": verified.issued_at.as_seconds(),
        "exp": verified.expires_at.as_seconds(),
        "jti": claim.token.to_string(),
    })))
}

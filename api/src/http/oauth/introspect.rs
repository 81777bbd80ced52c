//! `/oauth/introspect`: what an app's own token is worth now (RFC 7662). For the tokens of everybody else the answer is
//! that of no token at all.

use actix_web::{HttpRequest, HttpResponse, web};
use entity::access::{Caller, ReaderClaim};
use entity::{app, grant, token_family};
use serde_json::{Value, json};

use super::fault::OAuthError;
use super::token::{token_type, written};
use super::{Authenticated, authenticate, respond};
use crate::auth::tokens::{AUDIENCE, Subject};
use crate::deps::Deps;
use crate::domain::authorizations;

/// POST.
pub async fn post(request: HttpRequest, mut payload: web::Payload, deps: web::Data<Deps>) -> HttpResponse {
    let outcome = introspect(&request, &mut payload, &deps).await;
    respond(outcome.map(Some), payload)
}

async fn introspect(request: &HttpRequest, payload: &mut web::Payload, deps: &Deps) -> Result<Value, OAuthError> {
    let Authenticated { app, form, .. } = authenticate(request, payload, deps).await?;
    let token = form.require("token", "token is missing")?;
    let found = match access_token(&app, token, deps).await? {
        Some(found) => Some(found),
        None => refresh_token(&app, token, deps).await?,
    };
    Ok(found.unwrap_or_else(|| json!({ "active": false })))
}

/// An access token that this very app could use now.
async fn access_token(app: &app::Model, token: &str, deps: &Deps) -> Result<Option<Value>, OAuthError> {
    let Some(verified) = deps.signer.read(token, deps.vault.clock.now()) else { return Ok(None) };
    let Subject::App(claim) = verified.subject else { return Ok(None) };
    if claim.app != app.id {
        return Ok(None);
    }
    let caller = Caller::check(deps.vault.store.reader(), &ReaderClaim::App(claim), &deps.vault.clock).await?;
    let Some(caller) = caller else { return Ok(None) };
    let mut said = json!({
        "active": true,
        "token_type": token_type(claim.key),
        "client_id": app.client_id,
        "sub": claim.app.to_string(),
        "scope": written(caller.standing().scopes),
        "iss": deps.config.public_url,
        "aud": AUDIENCE,
        "iat": verified.issued_at.as_seconds(),
        "exp": verified.expires_at.as_seconds(),
        "jti": claim.token.to_string(),
    });
    if let (Some(key), Some(said)) = (claim.key, said.as_object_mut()) {
        said.insert("cnf".into(), json!({ "jkt": key.to_string() }));
    }
    if let Some(bound) = claim.bound {
        let named = authorizations::named(deps, app, bound.family).await?;
        let Some((family, grant)) = named else { return Ok(None) };
        name(&mut said, app, &family, &grant);
    }
    Ok(Some(said))
}

/// The newest refresh token of a family of this very app.
async fn refresh_token(app: &app::Model, token: &str, deps: &Deps) -> Result<Option<Value>, OAuthError> {
    let Some((family, grant)) = authorizations::find(deps, app, token).await? else { return Ok(None) };
    let mut said = json!({
        "active": true,
        "client_id": app.client_id,
        "iss": deps.config.public_url,
        "iat": family.refreshed_at.unwrap_or(family.created_at).as_seconds(),
        "exp": grant.expires_at.as_seconds(),
    });
    name(&mut said, app, &family, &grant);
    Ok(Some(said))
}

/// The grant that a token names, and the customer as the brand knows them.
fn name(said: &mut Value, app: &app::Model, family: &token_family::Model, grant: &grant::Model) {
    said["sub"] = json!(family.profile_id.to_string());
    said["profile_id"] = json!(family.profile_id.to_string());
    said["grant_id"] = json!(grant.id.to_string());
    said["scope"] = json!(written(grant.scopes.without(grant.scopes.without(app.scopes))));
}

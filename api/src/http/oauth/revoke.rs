//! `/oauth/revoke`: an app gives a token back (RFC 7009). From then on every node refuses it.

use actix_web::{HttpRequest, HttpResponse, web};

use super::fault::OAuthError;
use super::{Authenticated, authenticate, respond};
use crate::auth::tokens::Subject;
use crate::deps::Deps;
use crate::domain::{apps, authorizations};

/// POST. What is no token of this app is answered like one that was: it holds nothing either way (section 2.2).
pub async fn post(request: HttpRequest, mut payload: web::Payload, deps: web::Data<Deps>) -> HttpResponse {
    let outcome = revoke(&request, &mut payload, &deps).await;
    respond(outcome.map(|()| None), payload)
}

async fn revoke(request: &HttpRequest, payload: &mut web::Payload, deps: &Deps) -> Result<(), OAuthError> {
    let Authenticated { app, form, .. } = authenticate(request, payload, deps).await?;
    let token = form.require("token", "token is missing")?;
    if authorizations::give_back(deps, &app, token).await? {
        return Ok(());
    }
    if let Some(Subject::App(claim)) = deps.signer.verify(token, deps.vault.clock.now())
        && claim.app == app.id
    {
        apps::give_back(deps, &claim).await?;
    }
    Ok(())
}

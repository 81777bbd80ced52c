//! OAuth 2.1 for brands' apps: what travels at `/oauth/..`. Who an app is and what its tokens are worth is decided in
//! `domain` and by the vault; here are forms, credentials, errors and headers.

mod authorize;
mod client;
mod fault;
mod form;
mod introspect;
mod metadata;
mod push;
mod revoke;
mod token;

use actix_web::http::header::{ALLOW, HeaderValue, PRAGMA};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use entity::access::AppClaim;
use entity::app;
use entity::jwk::Thumbprint;
use serde_json::{Value, json};

use super::{body, proof};
use crate::deps::Deps;
use crate::web::serve;
use fault::OAuthError;
use form::Form;
pub(super) use metadata::address;

/// The endpoints.
pub fn routes(config: &mut ServiceConfig) {
    let by_post = web::to(other_method);
    config
        .service(
            web::resource("/oauth/authorize")
                .route(web::get().to(authorize::get))
                .route(web::post().to(authorize::post))
                .default_service(web::to(serve::other_method)),
        )
        .service(web::resource("/oauth/token").route(web::post().to(token::post)).default_service(by_post))
        .service(web::resource("/oauth/par").route(web::post().to(push::post)).default_service(web::to(other_method)))
        .service(
            web::resource("/oauth/revoke").route(web::post().to(revoke::post)).default_service(web::to(other_method)),
        )
        .service(
            web::resource("/oauth/introspect")
                .route(web::post().to(introspect::post))
                .default_service(web::to(other_method)),
        )
        .service(web::resource("/oauth/jwks").route(web::get().to(metadata::jwks)))
        .service(web::resource("/.well-known/oauth-authorization-server").route(web::get().to(metadata::get)));
}

/// Anything but POST.
async fn other_method() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((ALLOW, "POST"))
        .json(json!({ "error": "invalid_request", "error_description": "use POST" }))
}

/// A form of an app that has shown who it is.
struct Authenticated {
    /// What a token for it will say.
    claim: AppClaim,
    app: app::Model,
    form: Form,
}

/// Reads the form and finds out which app sends it.
async fn authenticate(
    request: &HttpRequest,
    payload: &mut web::Payload,
    deps: &Deps,
) -> Result<Authenticated, OAuthError> {
    let form = form::read(request, payload).await?;
    let (claim, app) = client::sign_in(request, &form, deps).await?;
    Ok(Authenticated { claim, app, form })
}

/// The key that the app has shown with this request (RFC 9449 section 5); none if it has shown none. The proof is used up.
async fn shown_key(request: &HttpRequest, app: &app::Model, deps: &Deps) -> Result<Option<Thumbprint>, OAuthError> {
    match proof::proof(request.headers())? {
        Some(proof) => Ok(Some(proof::of_request(deps, app.brand_id, proof, request.path()).await?)),
        None => Ok(None),
    }
}

/// The answer with what holds for all of them (RFC 6749 section 5.1).
fn respond(outcome: Result<Option<Value>, OAuthError>, payload: web::Payload) -> HttpResponse {
    let mut response = match outcome {
        Ok(Some(body)) => HttpResponse::Ok().json(body),
        Ok(None) => HttpResponse::Ok().finish(),
        Err(refusal) => refusal.respond(),
    };
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    body::leave(response, payload)
}

//! `/.well-known/oauth-authorization-server`: what a client needs to know to begin (RFC 8414), and the public keys of access
//! tokens (RFC 7517).

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use entity::jwk::Algorithm;
use entity::scope::Scope;
use serde_json::json;

use super::super::well_known::key_set;
use crate::deps::Deps;

/// GET.
pub async fn get(deps: web::Data<Deps>) -> HttpResponse {
    let issuer = deps.config.public_url.as_str();
    let at = |path: &str| address(&deps, path);
    let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.token()).collect();
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=300")).json(json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth/authorize"),
        "pushed_authorization_request_endpoint": at("/oauth/par"),
        "token_endpoint": at("/oauth/token"),
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "jwks_uri": at("/oauth/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": scopes,
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_methods_supported": methods,
        "dpop_signing_alg_values_supported": Algorithm::NAMES,
        "token_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
        "revocation_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
        "introspection_endpoint_auth_signing_alg_values_supported": Algorithm::NAMES,
    }))
}

/// Where others find one of our endpoints.
pub(in crate::http) fn address(deps: &Deps, path: &str) -> String {
    format!("{}{path}", deps.config.public_url.trim_end_matches('/'))
}

/// GET of `/oauth/jwks`: every key that signs access tokens, soon will, or has until a moment ago. None of them signs
/// receipts.
pub async fn jwks(deps: web::Data<Deps>) -> HttpResponse {
    key_set(&deps.signer.keys().published(deps.vault.clock.now()))
}

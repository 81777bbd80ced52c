//! What programs look for at a fixed place (RFC 8615), and what anyone may fetch to check our evidence.

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, web};
use entity::signing::{PublicKey, jwk_set};
use serde_json::json;

use crate::deps::Deps;
use crate::domain::log;

/// When what `gpc.json` says was looked at last.
const GPC_LAST_UPDATE: &str = "2026-11-25";

/// This server heeds Global Privacy Control: a request of a signed-in customer with `Sec-GPC: 1` switches direct marketing
/// off for them, for good.
pub async fn gpc() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "gpc": true, "lastUpdate": GPC_LAST_UPDATE }))
}

/// The public keys of receipts and checkpoints (RFC 7517).
pub async fn jwks(deps: web::Data<Deps>) -> HttpResponse {
    key_set(log::keys(&deps))
}

/// Public keys as a JWK set.
pub(super) fn key_set(keys: &[PublicKey]) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(jwk_set(keys).to_string())
}

/// The newest checkpoint of the log, as a signed note (C2SP tlog-checkpoint). 404 while the log is empty.
pub async fn checkpoint(deps: web::Data<Deps>) -> HttpResponse {
    match log::latest(&deps).await {
        Ok(Some(head)) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(head.note),
        Ok(None) => HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("the log is empty yet\n"),
        Err(error) => {
            tracing::warn!(%error, "the log cannot be read");
            HttpResponse::ServiceUnavailable().insert_header((RETRY_AFTER, "1")).finish()
        }
    }
}

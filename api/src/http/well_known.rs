//! What anyone may fetch to check our evidence: public keys, and the log's newest checkpoint.

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, web};

use crate::deps::Deps;
use crate::domain::log;

/// The public keys of receipts and checkpoints (RFC 7517).
pub async fn jwks(deps: web::Data<Deps>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/jwk-set+json")
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .body(log::jwks(&deps).to_string())
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

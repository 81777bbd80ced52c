//! `/healthz`, `/readyz`, `/version`: for whoever runs the server.

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::deps::Deps;

/// The process is alive.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "alive" }))
}

/// The database answers, so requests can be served.
pub async fn ready(deps: web::Data<Deps>) -> HttpResponse {
    match deps.vault.now().await {
        Ok(_) => HttpResponse::Ok().json(json!({ "status": "ready" })),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            HttpResponse::ServiceUnavailable()
                .insert_header((RETRY_AFTER, "1"))
                .json(json!({ "status": "the database does not answer" }))
        }
    }
}

/// What is running.
pub async fn version() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "name": "rapport", "version": env!("CARGO_PKG_VERSION") }))
}

//! `/.well-known/`: what programs look for at a fixed place (RFC 8615).

use actix_web::HttpResponse;
use serde_json::json;

/// When what `gpc.json` says was looked at last.
const GPC_LAST_UPDATE: &str = "2026-11-25";

/// This server heeds Global Privacy Control: a request of a signed-in customer with `Sec-GPC: 1` switches direct marketing
/// off for them, for good.
pub async fn gpc() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "gpc": true, "lastUpdate": GPC_LAST_UPDATE }))
}

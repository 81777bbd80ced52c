//! `/channels/{channel}/webhook`: what a channel sends in its own format, if there is a connector for it ([`crate::connectors`])
//! and a secret in `RAPPORT_CONNECTOR_SECRETS`.
//!
//! GET answers the channel's question whether somebody is there. POST is verified over the bytes as they came, and answered
//! with 200 once all of it is durable. What of it cannot be used is passed over, as no second delivery would mend it.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::web::{self, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use entity::values::Channel;
use serde_json::json;

use super::body::{self, Unread};
use super::deliveries::{self, answer, not_taken};
use crate::connectors::{self, Connector};
use crate::deps::Deps;
use crate::domain::inbound;
use crate::domain::{Mistake, Refusal};

/// No channel delivers more at once.
const MOST_BYTES: usize = 256 * 1024;

/// Answers whether somebody is there.
pub async fn challenge(request: HttpRequest, name: Path<String>, deps: web::Data<Deps>) -> HttpResponse {
    let Some((connector, secrets)) = connector(&name, &deps) else { return unknown() };
    let query: Vec<(String, String)> = serde_urlencoded::from_str(request.query_string()).unwrap_or_default();
    match secrets.first().and_then(|secret| connector.challenge(secret, &query)) {
        Some(answer) => HttpResponse::Ok().json(answer),
        None => answer(StatusCode::BAD_REQUEST, "this is not what the channel asks"),
    }
}

/// Takes in what a channel tells.
pub async fn deliver(
    request: HttpRequest,
    name: Path<String>,
    mut payload: Payload,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let Some((connector, secrets)) = connector(&name, &deps) else { return body::leave(unknown(), payload) };
    let response = match body::read(&mut payload, MOST_BYTES).await {
        Ok(bytes) if is_signed(connector, secrets, request.headers(), &bytes) => take(connector, &bytes, &deps).await,
        Ok(_) => answer(StatusCode::UNAUTHORIZED, "the signature does not fit"),
        Err(Unread::TooLarge) => answer(StatusCode::PAYLOAD_TOO_LARGE, "a delivery has 256 kB at most"),
        Err(Unread::Broken) => answer(StatusCode::BAD_REQUEST, "the delivery broke off"),
    };
    body::leave(response, payload)
}

/// Anything but GET and POST.
pub async fn other_method() -> HttpResponse {
    deliveries::other_method("GET, POST")
}

/// The connector of that name, if it has a secret.
fn connector<'d>(name: &str, deps: &'d Deps) -> Option<(&'static dyn Connector, &'d [String])> {
    let channel: Channel = name.to_ascii_uppercase().parse().ok()?;
    let secrets = deps.config.channels.connector_secrets(channel);
    connectors::find(channel).filter(|_| !secrets.is_empty()).map(|connector| (connector, secrets))
}

fn is_signed(connector: &dyn Connector, secrets: &[String], headers: &HeaderMap, bytes: &[u8]) -> bool {
    secrets.iter().any(|secret| connector.is_signed(secret, headers, bytes))
}

async fn take(connector: &dyn Connector, bytes: &[u8], deps: &Deps) -> HttpResponse {
    let Some(events) = connector.read(bytes) else {
        return answer(StatusCode::BAD_REQUEST, "the delivery is not of the channel's form");
    };
    // One event that cannot be taken in holds up no other; the channel is to deliver all of it again then.
    let mut left = None;
    for event in &events {
        match inbound::take(deps, event).await {
            Ok(()) => {}
            Err(Refusal::Mistakes(mistakes)) => {
                let fields: Vec<String> = mistakes.iter().map(|mistake: &Mistake| mistake.field.join(".")).collect();
                tracing::warn!(channel = event.channel.as_str(), ?fields, "an event was passed over");
            }
            Err(refusal) => left = Some(not_taken(&refusal)),
        }
    }
    left.unwrap_or_else(|| HttpResponse::Ok().json(json!({})))
}

fn unknown() -> HttpResponse {
    answer(StatusCode::NOT_FOUND, "nothing listens here for this channel")
}

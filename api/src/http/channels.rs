//! `POST /channels/{channel}/inbound`: a channel's message, signed as Standard Webhooks says (`webhook-id`,
//! `webhook-timestamp`, `webhook-signature: v1,BASE64` of HMAC-SHA-256 over `id.timestamp.body`), with a secret per channel.
//!
//! The body is JSON: `{"data": {"author": {"id": "4711", "handle": "@ada"}, "text": "rapport-7k2m-9qxa"}}`; what else
//! stands in it is ignored. The signature is checked over the bytes as they came, before anything is read out of them.
//! The answer is 202 whatever becomes of the message.

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderMap, HeaderValue, RETRY_AFTER};
use actix_web::web::{self, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::values::{Channel, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Unread};
use crate::config::channels::Channels;
use crate::deps::Deps;
use crate::domain::links::{self, Message};
use crate::failure;

/// No message of any channel is longer.
const MOST_BYTES: usize = 64 * 1024;
/// How far a message's time may be from ours.
const MOST_SECONDS: i64 = 300;

/// What of a message counts.
#[derive(Deserialize)]
struct Event {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    author: Author,
    text: String,
}

#[derive(Deserialize)]
struct Author {
    #[serde(default)]
    id: String,
    handle: String,
}

/// Takes a message in.
pub async fn inbound(
    request: HttpRequest,
    name: Path<String>,
    mut payload: Payload,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let response = match body::read(&mut payload, MOST_BYTES).await {
        Ok(bytes) => take(&request, &name, &bytes, &deps).await,
        Err(Unread::TooLarge) => answer(StatusCode::PAYLOAD_TOO_LARGE, "a message has 64 kB at most"),
        Err(Unread::Broken) => answer(StatusCode::BAD_REQUEST, "the message broke off"),
    };
    body::leave(response, payload)
}

/// Anything but POST.
pub async fn other_method() -> HttpResponse {
    let mut response = answer(StatusCode::METHOD_NOT_ALLOWED, "use POST");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    response
}

async fn take(request: &HttpRequest, name: &str, bytes: &[u8], deps: &Deps) -> HttpResponse {
    let now = deps.vault.clock.now();
    let Some((channel, id)) = verify(request.headers(), name, bytes, &deps.config.channels, now) else {
        return answer(StatusCode::UNAUTHORIZED, "the signature does not fit, or is too old");
    };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let event: Event = match serde_path_to_error::deserialize(&mut reader) {
        Ok(event) => event,
        // The path only: the parser's own words may repeat what stands there.
        Err(error) => {
            let message = format!("the message cannot be read at `{}`", error.path());
            return answer(StatusCode::BAD_REQUEST, &message);
        }
    };
    let Data { author, text } = event.data;
    let message = Message { channel, id, account: author.id, handle: author.handle, text };
    match links::receive(deps, &message).await {
        Ok(()) => HttpResponse::Accepted().json(json!({})),
        Err(error) if failure::is_unavailable(&error) => {
            let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, "not for the moment; deliver it again soon");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
        Err(error) => {
            tracing::error!(%error, "a message could not be taken in");
            answer(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on our side; deliver it again later")
        }
    }
}

/// Which channel has signed these bytes lately, and its id of the delivery. Whatever does not fit looks alike.
fn verify(
    headers: &HeaderMap,
    name: &str,
    bytes: &[u8],
    channels: &Channels,
    now: Timestamp,
) -> Option<(Channel, String)> {
    let header = |name: &str| {
        let mut values = headers.get_all(name);
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    };
    let channel: Channel = name.to_ascii_uppercase().parse().ok()?;
    let (id, sent, signatures) = (header("webhook-id")?, header("webhook-timestamp")?, header("webhook-signature")?);
    let seconds: i64 = sent.parse().ok()?;
    if id.is_empty() || now.as_seconds().abs_diff(seconds) > MOST_SECONDS.unsigned_abs() {
        return None;
    }
    let signed = [id.as_bytes(), b".", sent.as_bytes(), b".", bytes].concat();
    let given: Vec<Vec<u8>> = signatures
        .split_ascii_whitespace()
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .take(8)
        .collect();
    let fits = channels.secrets(channel).iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        given.iter().any(|signature| hmac::verify(&key, &signed, signature).is_ok())
    });
    fits.then(|| (channel, id.to_owned()))
}

fn answer(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "message": message }))
}

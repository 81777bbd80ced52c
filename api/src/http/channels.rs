//! `POST /channels/{channel}/inbound`: a channel's message, signed as Standard Webhooks says (`webhook-id`,
//! `webhook-timestamp`, `webhook-signature: v1,BASE64` of HMAC-SHA-256 over `id.timestamp.body`), with a secret per channel.
//!
//! The body is JSON; what else stands in it is ignored:
//! ```json
//! {"type": "message.created",
//!  "data": {"id": "1790000000000000001", "author": {"id": "4711", "handle": "@ada", "name": "Ada"},
//!           "to": {"handle": "@LarkfieldBank"}, "text": "card declined again, third time", "visibility": "PUBLIC",
//!           "url": "https://x.com/ada/status/1790000000000000001", "occurredAt": "2026-11-27T09:00:00Z"}}
//! ```
//! `type` may be `message.created` (or `message.received`, or left out), `message.edited`, where `text` is the new one and
//! `occurredAt` is needed, and
//! `message.deleted`, which needs only `data.id` and the brand's account in `to` or `author`; others are passed over. What has
//! `subject` says what it is about, where the channel has that (mail). What has
//! an account of a brand in `to` goes to that brand's conversations, and needs `data.id` and `data.author.id` (not where the
//! handle is an address or a number); what the brand itself has written is told with its account as `author` and the
//! customer in `to`. Without `to`, a message can still prove a handle by the code in its text.
//!
//! The signature is checked over the bytes as they came, before anything is read out of them. The answer is 202 once it is
//! durable, whatever becomes of it: the same delivery may come again, and changes nothing then. 400 names the field of what
//! no second delivery would mend.

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::web::{self, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use entity::kinds::MessageVisibility;
use entity::values::{Channel, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::body::{self, Unread};
use super::deliveries::{self, answer, not_taken};
use crate::config::channels::Channels;
use crate::deps::Deps;
use crate::domain::conversations::{Event, Party, Verb};
use crate::domain::inbound;
use crate::domain::{Mistake, MistakeCode, Refusal};
use crate::standard_webhooks::is_signed;

/// No message of any channel is longer.
const MOST_BYTES: usize = 64 * 1024;
/// How far a message's time may be from ours.
const MOST_SECONDS: i64 = 300;

/// What of a message counts.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: Option<String>,
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    id: Option<String>,
    author: Option<Somebody>,
    to: Option<Somebody>,
    text: Option<String>,
    visibility: Option<MessageVisibility>,
    url: Option<String>,
    subject: Option<String>,
    occurred_at: Option<String>,
}

#[derive(Deserialize)]
struct Somebody {
    #[serde(default)]
    id: String,
    handle: String,
    name: Option<String>,
}

impl From<Somebody> for Party {
    fn from(Somebody { id, handle, name }: Somebody) -> Self {
        Self { account: id, handle, name }
    }
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
    deliveries::other_method("POST")
}

async fn take(request: &HttpRequest, name: &str, bytes: &[u8], deps: &Deps) -> HttpResponse {
    let now = deps.vault.clock.now();
    let Some((channel, id)) = verify(request.headers(), name, bytes, &deps.config.channels, now) else {
        return answer(StatusCode::UNAUTHORIZED, "the signature does not fit, or is too old");
    };
    match tell(deps, channel, id, bytes).await {
        Ok(()) => HttpResponse::Accepted().json(json!({})),
        Err(refusal) => not_taken(&refusal),
    }
}

/// Hands on what a channel tells.
async fn tell(deps: &Deps, channel: Channel, id: String, bytes: &[u8]) -> Result<(), Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    // The path only: the parser's own words may repeat what stands there.
    let told: Result<Told, _> = serde_path_to_error::deserialize(&mut reader);
    let Told { kind, data } = told.map_err(|error| unreadable(&error.path().to_string()))?;
    let verb = match kind.as_deref() {
        None | Some("message.created" | "message.received") => Verb::Created,
        Some("message.edited") => Verb::Edited,
        Some("message.deleted") => Verb::Deleted,
        Some(_) => return Ok(()),
    };
    let (author, to): (Option<Party>, Option<Party>) = (data.author.map(Into::into), data.to.map(Into::into));
    if verb != Verb::Deleted && author.is_none() {
        return Err(unreadable("data.author"));
    }
    if verb != Verb::Deleted && data.text.is_none() {
        return Err(unreadable("data.text"));
    }
    let (text, visibility) = (data.text.unwrap_or_default(), data.visibility);
    let event = Event {
        channel,
        verb,
        delivery: id,
        id: data.id,
        author,
        to,
        text,
        visibility,
        url: data.url,
        subject: data.subject,
        names_accounts: false,
        occurred_at: data.occurred_at,
    };
    inbound::take(deps, &event).await
}

fn unreadable(path: &str) -> Refusal {
    Mistake::new(MistakeCode::Invalid, path, "missing, or not of the expected form").into()
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
    let fits = channels.secrets(channel).iter().any(|secret| is_signed(secret, (id, sent), bytes, signatures));
    fits.then(|| (channel, id.to_owned()))
}

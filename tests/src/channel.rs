//! A channel that delivers messages, signed as Standard Webhooks says.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::world::World;

/// What channels sign their messages with, as a server's setting.
pub const SECRETS: &str = "X=whsec_WC1YLVgtWC1YLVgtWC1YLVgtWC1YLVgtWC1Y,MASTODON=whsec_TS1NLU0tTS1NLU0tTS1NLU0tTS1NLU0tTS1N,\
    PHONE=whsec_UC1QLVAtUC1QLVAtUC1QLVAtUC1QLVAtUC1Q,EMAIL=whsec_RS1FLUUtRS1FLUUtRS1FLUUtRS1FLUUtRS1F";

/// What X signs with what it sends in its own format.
pub const CONSUMER_SECRET: &str = "consumer-secret-of-the-tests";

/// What X sends, signed as it does.
pub async fn activity(world: &World, body: &str, signature: Option<&str>) -> Reply {
    let request =
        world.http.post(format!("{}/channels/x/webhook", world.url)).header("content-type", "application/json");
    let signed = signature.map_or_else(|| x_signature(body), str::to_owned);
    let request = request.header("x-twitter-webhooks-signature", signed).body(body.to_owned());
    Reply::of(request.send().await).await
}

/// The signature of X over bytes.
#[must_use]
pub fn x_signature(body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, CONSUMER_SECRET.as_bytes());
    format!("sha256={}", STANDARD.encode(hmac::sign(&key, body.as_bytes())))
}

/// A delivery on its way: what may be tampered with before it is sent.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The channel in the address.
    pub channel: String,
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
    /// The bytes.
    pub body: String,
}

/// The secret of a channel, as the worlds' settings say.
fn secret(channel: &str) -> Vec<u8> {
    format!("{}-", &channel[..1]).repeat(14).into_bytes()[..27].to_vec()
}

/// The signature over what a delivery says.
#[must_use]
pub fn sign(channel: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret(channel));
    let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

impl Delivery {
    /// A message of an account, with a name that it has now.
    #[must_use]
    pub fn new(world: &World, channel: &str, (account, handle): (&str, &str), text: &str) -> Self {
        let id = format!("msg_{}", world.deps.vault.entropy.id());
        let author = json!({ "id": account, "handle": handle, "name": "Somebody" });
        let data = json!({ "kind": "post", "author": author, "text": text });
        Self::signed(world, channel, &id, &json!({ "type": "message.received", "data": data }))
    }

    /// Anything, signed.
    #[must_use]
    pub fn signed(world: &World, channel: &str, id: &str, body: &Value) -> Self {
        let (timestamp, body) = (world.clock.now().as_seconds().to_string(), body.to_string());
        let signature = sign(channel, id, &timestamp, &body);
        Self { channel: channel.to_lowercase(), id: id.to_owned(), timestamp, signature, body }
    }

    /// Delivers it.
    pub async fn send(&self, world: &World) -> Reply {
        let request = world
            .http
            .post(format!("{}/channels/{}/inbound", world.url, self.channel))
            .header("content-type", "application/json")
            .header("webhook-id", &self.id)
            .header("webhook-timestamp", &self.timestamp)
            .header("webhook-signature", &self.signature);
        Reply::of(request.body(self.body.clone()).send().await).await
    }
}

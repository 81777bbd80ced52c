//! X, as its Account Activity API delivers: posts, direct messages, and what was taken back. Tested on recorded shapes, not on a
//! live account.
//!
//! `GET ?crc_token=` is answered with `sha256=` and the base64 of HMAC-SHA-256 of the token under the consumer secret, within
//! seconds, every hour; a POST bears the same of its body in `x-twitter-webhooks-signature`. There is no time in it: whoever
//! replays a delivery is told that it is taken, and nothing happens.
//!
//! `for_user_id` is the brand's account. What it wrote itself is its own answer; a repost is nobody's word to the brand.

use actix_web::http::header::HeaderMap;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::kinds::MessageVisibility;
use entity::values::{Channel, Timestamp};
use jiff::fmt::strtime;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;

use super::Connector;
use crate::domain::conversations::{Event, Party, Verb};

/// The connector.
pub struct X;

const SIGNATURE: &str = "x-twitter-webhooks-signature";
/// The longest token that is signed.
const MOST_TOKEN: usize = 200;
/// How a post says when it was written: `Wed Oct 10 20:19:24 +0000 2018`.
const WRITTEN: &str = "%a %b %d %H:%M:%S %z %Y";

impl Connector for X {
    fn channel(&self) -> Channel {
        Channel::X
    }

    fn challenge(&self, secret: &str, query: &[(String, String)]) -> Option<Value> {
        let (_, token) = query.iter().find(|(name, _)| name == "crc_token")?;
        // It signs what anybody asks for, under the key of deliveries: so nothing that could be one.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_=+/.".contains(&byte);
        if token.len() > MOST_TOKEN || !token.bytes().all(plain) {
            return None;
        }
        Some(json!({ "response_token": self.sign(secret, token.as_bytes()).1 }))
    }

    fn is_signed(&self, secret: &str, headers: &HeaderMap, body: &[u8]) -> bool {
        let mut given = headers.get_all(SIGNATURE);
        let (Some(signature), None) = (given.next().and_then(|value| value.to_str().ok()), given.next()) else {
            return false;
        };
        let tag = signature.strip_prefix("sha256=").and_then(|tag| STANDARD.decode(tag).ok());
        tag.is_some_and(|tag| hmac::verify(&key(secret), body, &tag).is_ok())
    }

    fn sign(&self, secret: &str, body: &[u8]) -> (&'static str, String) {
        (SIGNATURE, format!("sha256={}", STANDARD.encode(hmac::sign(&key(secret), body))))
    }

    fn read(&self, body: &[u8]) -> Option<Vec<Event>> {
        let Activity { for_user_id, tweet_create_events, direct_message_events, tweet_delete_events, users } =
            serde_json::from_slice(body).ok()?;
        // Some deliveries are about our app, and nobody's account.
        let Some(brand) = for_user_id else { return Some(Vec::new()) };
        let users = users.unwrap_or_default();
        let posts = each::<Post>(tweet_create_events).filter_map(|post| post.told(&brand));
        let direct = each::<Direct>(direct_message_events).filter_map(|message| message.told(&brand, &users));
        let gone = each::<Gone>(tweet_delete_events).map(|gone| gone.told(&brand));
        Some(posts.chain(direct).chain(gone).collect())
    }
}

fn key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

/// Those of the events that are of the form: one that is not holds up no other.
fn each<T: DeserializeOwned>(events: Option<Vec<Value>>) -> impl Iterator<Item = T> {
    events.unwrap_or_default().into_iter().filter_map(|event| {
        let read = serde_json::from_value(event);
        // Not why: the parser's words may repeat what stands there.
        read.inspect_err(|_| tracing::warn!("an event of X is not of the form that it has, and was passed over")).ok()
    })
}

#[derive(Deserialize)]
struct Activity {
    for_user_id: Option<String>,
    tweet_create_events: Option<Vec<Value>>,
    direct_message_events: Option<Vec<Value>>,
    tweet_delete_events: Option<Vec<Value>>,
    users: Option<HashMap<String, Value>>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    id_str: String,
    screen_name: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Post {
    id_str: String,
    created_at: String,
    text: String,
    extended_tweet: Option<Extended>,
    user: User,
    in_reply_to_user_id_str: Option<String>,
    in_reply_to_screen_name: Option<String>,
    #[serde(default)]
    entities: Entities,
    retweeted_status: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Extended {
    full_text: String,
    #[serde(default)]
    entities: Entities,
}

#[derive(Default, Deserialize)]
struct Entities {
    #[serde(default)]
    user_mentions: Vec<Value>,
}

#[derive(Deserialize)]
struct Direct {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    created_timestamp: String,
    message_create: Option<Written>,
}

#[derive(Deserialize)]
struct Written {
    target: Target,
    sender_id: String,
    message_data: Said,
}

#[derive(Deserialize)]
struct Target {
    recipient_id: String,
}

#[derive(Deserialize)]
struct Said {
    text: String,
}

#[derive(Deserialize)]
struct Gone {
    status: Status,
    timestamp_ms: String,
}

#[derive(Deserialize)]
struct Status {
    id: String,
}

impl Post {
    /// To the brand, or by it to somebody; `None` if it is neither.
    fn told(self, brand: &str) -> Option<Event> {
        if self.retweeted_status.is_some() {
            return None;
        }
        let (text, mentions) = match self.extended_tweet {
            Some(extended) => (extended.full_text, extended.entities.user_mentions),
            None => (self.text, self.entities.user_mentions),
        };
        let author = Party { account: self.user.id_str, handle: self.user.screen_name, name: self.user.name };
        let answered = self.in_reply_to_user_id_str.zip(self.in_reply_to_screen_name);
        let mentions = mentions.into_iter().filter_map(|user| serde_json::from_value::<User>(user).ok());
        let named = mentions.map(|user| (user.id_str, user.screen_name));
        let is_own = author.account == brand;
        let mut to = answered.into_iter().chain(named);
        let (account, handle) = to.find(|(account, _)| (account == brand) != is_own)?;
        Some(Event {
            channel: Channel::X,
            verb: Verb::Created,
            delivery: format!("post {} for {brand}", self.id_str),
            url: Some(format!("https://x.com/{}/status/{}", author.handle, self.id_str)),
            id: Some(self.id_str),
            author: Some(author),
            to: Some(Party { account, handle, name: None }),
            text: plain(&text),
            visibility: Some(MessageVisibility::Public),
            subject: None,
            names_accounts: true,
            occurred_at: written_at(&self.created_at).map(|at| at.to_string()),
        })
    }
}

impl Direct {
    /// Between the brand and somebody.
    fn told(self, brand: &str, users: &HashMap<String, Value>) -> Option<Event> {
        let Written { target, sender_id, message_data } =
            self.message_create.filter(|_| self.kind == "message_create")?;
        let party = |account: String| {
            let user: User = serde_json::from_value(users.get(&account)?.clone()).ok()?;
            Some(Party { handle: user.screen_name, name: user.name, account })
        };
        let at: Option<i64> = self.created_timestamp.parse().ok();
        Some(Event {
            channel: Channel::X,
            verb: Verb::Created,
            delivery: format!("message {} for {brand}", self.id),
            id: Some(self.id),
            author: Some(party(sender_id)?),
            to: Some(party(target.recipient_id)?),
            text: plain(&message_data.text),
            visibility: Some(MessageVisibility::Private),
            url: None,
            subject: None,
            names_accounts: true,
            occurred_at: at.map(|at| Timestamp::from_millis(at).to_string()),
        })
    }
}

impl Gone {
    fn told(self, brand: &str) -> Event {
        let at: Option<i64> = self.timestamp_ms.parse().ok();
        // Whoever wrote it is not named; the brand's account is enough.
        let to = Party { account: brand.to_owned(), handle: String::new(), name: None };
        Event {
            channel: Channel::X,
            verb: Verb::Deleted,
            delivery: format!("gone {} for {brand}", self.status.id),
            id: Some(self.status.id),
            author: None,
            to: Some(to),
            text: String::new(),
            visibility: None,
            url: None,
            subject: None,
            names_accounts: true,
            occurred_at: at.map(|at| Timestamp::from_millis(at).to_string()),
        }
    }
}

fn written_at(text: &str) -> Option<Timestamp> {
    let at = strtime::parse(WRITTEN, text).ok()?.to_timestamp().ok()?;
    Some(Timestamp::from_millis(at.as_millisecond()))
}

/// X writes three characters of a text as HTML does.
fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_documentation() {
        // HMAC-SHA-256 of RFC 4231, test case 2.
        let expected = "sha256=W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
        assert_eq!(X.sign("Jefe", b"what do ya want for nothing?").1, expected);
        let ask = |token: &str| X.challenge("Jefe", &[("crc_token".to_owned(), token.to_owned())]);
        let answer = X.sign("Jefe", b"MTIz-4_5=").1;
        assert_eq!(ask("MTIz-4_5="), Some(json!({ "response_token": answer })));
        assert_eq!(X.challenge("Jefe", &[]), None);
        for body in ["{}", r#"{"for_user_id":"1"}"#, "what do ya want", &"a".repeat(201)] {
            assert_eq!(ask(body), None, "nobody gets a delivery signed by asking");
        }
    }

    #[test]
    fn times_and_texts_are_read_as_x_writes_them() {
        let at = written_at("Wed Oct 10 20:19:24 +0000 2018").unwrap();
        assert_eq!(at.to_string(), "2018-10-10T20:19:24.000Z");
        assert_eq!(written_at("yesterday"), None);
        assert_eq!(plain("1 &lt; 2 &amp;&amp; &amp;lt;"), "1 < 2 && &lt;");
    }
}

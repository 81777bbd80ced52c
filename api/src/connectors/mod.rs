//! Connectors: what channels send in their own formats, to `/channels/{channel}/webhook`.
//!
//! To add one: a file here with a [`Connector`], and its line in `CONNECTORS`. It verifies the bytes as they came before it
//! reads anything out of them, compares in constant time, answers the channel's own question whether somebody is there,
//! passes over what it does not know, and says of each event how to tell it from another delivery of the same. It is tested
//! on recorded shapes with a good, a wrong and no signature, an altered body, a replay, any order, what is taken back, the
//! brand's own posts, and too large a body.

mod x;

use actix_web::http::header::HeaderMap;
use entity::values::Channel;
use serde_json::Value;

use crate::domain::conversations::Event;

/// How a channel talks to us.
pub trait Connector: Sync {
    /// Which channel.
    fn channel(&self) -> Channel;

    /// The answer to the channel's question whether somebody is there who knows the secret. `None`: it is no such question.
    fn challenge(&self, secret: &str, query: &[(String, String)]) -> Option<Value>;

    /// Whether the bytes are signed with the secret.
    fn is_signed(&self, secret: &str, headers: &HeaderMap, body: &[u8]) -> bool;

    /// How the channel signs: header and value. For whoever plays it.
    fn sign(&self, secret: &str, body: &[u8]) -> (&'static str, String);

    /// What it tells; `None` if it is not what the channel sends.
    fn read(&self, body: &[u8]) -> Option<Vec<Event>>;
}

/// All of them.
const CONNECTORS: &[&dyn Connector] = &[&x::X];

/// The connector of a channel.
#[must_use]
pub fn find(channel: Channel) -> Option<&'static dyn Connector> {
    CONNECTORS.iter().copied().find(|connector| connector.channel() == channel)
}

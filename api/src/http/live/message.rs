//! The messages of graphql-transport-ws.

use async_graphql::ServerError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::graphql::Body;
use crate::http::verdict::Answer;

/// The subprotocol.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromClient {
    /// Says who it is.
    ConnectionInit {
        /// `authorization`: `Bearer` and the access token.
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    /// Asks whether somebody is there.
    Ping,
    /// Is there.
    Pong,
    /// Calls.
    Subscribe {
        /// What answers are to be known by.
        id: String,
        /// What it calls.
        payload: Body,
    },
    /// Wants to hear no more.
    Complete {
        /// Of what.
        id: String,
    },
}

/// What is said to it.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToClient<'a> {
    /// It may call.
    ConnectionAck,
    /// Somebody is there.
    Pong,
    /// A result.
    Next {
        /// Of what.
        id: &'a str,
        /// As over HTTP.
        payload: &'a Answer,
    },
    /// The call was not executed, or ends with this.
    Error {
        /// Which.
        id: &'a str,
        /// Why.
        payload: &'a [ServerError],
    },
    /// There is no more.
    Complete {
        /// Of what.
        id: &'a str,
    },
}

/// Bytes of an id, which is kept while its call goes on.
const LONGEST_ID: usize = 128;

impl FromClient {
    /// What a text says. `None`: it is no message of the protocol.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let message: Self = serde_json::from_str(text).ok()?;
        match &message {
            Self::Subscribe { id, .. } if id.is_empty() || id.len() > LONGEST_ID => None,
            _ => Some(message),
        }
    }
}

impl ToClient<'_> {
    /// Its text.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Why a connection is closed, as the protocol has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing(pub u16, pub &'static str);

/// A message that is none of the protocol.
pub const BAD_MESSAGE: Closing = Closing(4400, "Invalid message");
/// A call before the client has said who it is.
pub const UNAUTHORIZED: Closing = Closing(4401, "Unauthorized");
/// The token does not hold, or does not any more.
pub const FORBIDDEN: Closing = Closing(4403, "Forbidden");
/// Another protocol.
pub const NOT_ACCEPTABLE: Closing = Closing(4406, "Subprotocol not acceptable");
/// The client does not say who it is.
pub const INIT_TIMEOUT: Closing = Closing(4408, "Connection initialisation timeout");
/// It says so twice.
pub const TOO_MANY_INITS: Closing = Closing(4429, "Too many initialisation requests");
/// This node stops.
pub const GOING_AWAY: Closing = Closing(1001, "Going away");
/// For the moment it cannot go on: the client may come again.
pub const TRY_AGAIN: Closing = Closing(1013, "Try again later");
/// A message is too large.
pub const TOO_LARGE: Closing = Closing(1009, "Message too large");

//! Calls to other servers, whose addresses the operator has set: short, bounded, and never to where an answer redirects. To
//! addresses that somebody else has set goes a [`Messenger`].

mod messenger;
mod public;

pub use messenger::{Messenger, Names, NotTaken, SystemNames};
pub use public::Reach;

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// No call takes longer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// No answer that we ask for is larger.
const MOST_BYTES: usize = 256 * 1024;

/// Why there is no answer. Nothing of what was sent or came is in it.
#[derive(Debug, thiserror::Error)]
pub enum OutboundFault {
    /// There is no way to call out from here.
    #[error("calls to other servers cannot be prepared; are certificate authorities installed (ca-certificates)?")]
    Unprepared,
    /// It is neither `https` nor on this machine.
    #[error("the address must begin with https://")]
    Insecure,
    /// Not reached, or not in time.
    #[error("the other server could not be reached, or broke off")]
    Unreached,
    /// It refused, with this status.
    #[error("the other server answered with status {0}")]
    Refused(u16),
    /// Too large, or no JSON.
    #[error("the other server's answer cannot be read")]
    Unreadable,
}

/// Calls out. Cheap to clone.
#[derive(Clone)]
pub struct Outbound(Client);

impl Outbound {
    /// Prepares calls.
    ///
    /// # Errors
    /// When no certificate authorities are known.
    pub fn new() -> Result<Self, OutboundFault> {
        let client = Client::builder().redirect(Policy::none()).timeout(TIMEOUT).user_agent("rapport").build();
        client.map(Self).map_err(|_| OutboundFault::Unprepared)
    }

    /// Gets a JSON document, as whoever the token stands for.
    ///
    /// # Errors
    /// When there is none.
    pub async fn get(&self, address: &str, token: Option<&str>) -> Result<Value, OutboundFault> {
        let request = self.0.get(secure(address)?);
        answer(token.iter().fold(request, |request, token| request.bearer_auth(token))).await
    }

    /// Posts a JSON document, as whoever the token stands for, and gets one.
    ///
    /// # Errors
    /// When there is no good answer.
    pub async fn ask(&self, address: &str, token: &str, json: &Value) -> Result<Value, OutboundFault> {
        answer(self.0.post(secure(address)?).bearer_auth(token).json(json)).await
    }

    /// Posts JSON with these headers; what the answer says does not matter.
    ///
    /// # Errors
    /// When it is not taken.
    pub async fn deliver(&self, address: &str, headers: &[(&str, &str)], json: Vec<u8>) -> Result<(), OutboundFault> {
        let request = self.0.post(secure(address)?).header("content-type", "application/json").body(json);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = request.send().await.map_err(|_| OutboundFault::Unreached)?;
        let status = response.status();
        if status.is_success() { Ok(()) } else { Err(OutboundFault::Refused(status.as_u16())) }
    }

    /// Posts a form, signed in by HTTP Basic if credentials are given (they are form-encoded, RFC 6749 section 2.3.1).
    ///
    /// # Errors
    /// When there is no good answer.
    pub async fn post(
        &self,
        address: &str,
        credentials: Option<(&str, &str)>,
        form: &[(&str, &str)],
    ) -> Result<Value, OutboundFault> {
        let body = serde_urlencoded::to_string(form).map_err(|_| OutboundFault::Unreadable)?;
        let request = self.0.post(secure(address)?).header("content-type", "application/x-www-form-urlencoded");
        let request = credentials
            .iter()
            .fold(request, |request, (id, secret)| request.basic_auth(encoded(id), Some(encoded(secret))));
        answer(request.body(body)).await
    }
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// An address that nobody on the way can read along.
fn secure(address: &str) -> Result<&str, OutboundFault> {
    is_secure(address).then_some(address).ok_or(OutboundFault::Insecure)
}

/// Whether an address is `https`, or on this machine.
#[must_use]
pub fn is_secure(address: &str) -> bool {
    let on_this_machine = |rest: &str| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let is_port = |rest: &str| rest.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        let mut rests = ["127.0.0.1", "localhost", "[::1]"].iter().filter_map(|name| host.strip_prefix(name));
        rests.any(|rest| rest.is_empty() || is_port(rest))
    };
    address.starts_with("https://") || address.strip_prefix("http://").is_some_and(on_this_machine)
}

async fn answer(request: RequestBuilder) -> Result<Value, OutboundFault> {
    let response = request.header("accept", "application/json").send().await;
    let mut response = response.map_err(|_| OutboundFault::Unreached)?;
    let status = response.status();
    if !status.is_success() {
        return Err(OutboundFault::Refused(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| OutboundFault::Unreached)? {
        if body.len() + chunk.len() > MOST_BYTES {
            return Err(OutboundFault::Unreadable);
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|_| OutboundFault::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_and_those_of_this_machine_are_called() {
        for address in
            ["https://id.example/token", "http://127.0.0.1:4711/a", "http://localhost/", "http://[::1]:80/x?y"]
        {
            assert!(is_secure(address), "{address}");
        }
        for address in [
            "http://id.example/",
            "ftp://id.example",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "HTTP://localhost",
            "",
        ] {
            assert!(!is_secure(address), "{address}");
        }
    }
}

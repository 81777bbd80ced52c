//! Where an app lets customers be sent back to: compared character by character, so it is kept as it was written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{HttpsUrl, Malformed};

/// An absolute address without a fragment (RFC 6749 section 3.1.2): `https`, or `http` on this very machine, for apps
/// under development (RFC 8252 section 7.3). Two of them are the same only if they are written alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

const EXPECTED: &str = "an https address without a fragment, scheme and host in lower case, such as \
                        https://app.example/back; http only on 127.0.0.1, [::1] or localhost";
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

impl RedirectUri {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Scheme, host and port: what a page must allow its forms to lead to.
    #[must_use]
    pub fn origin(&self) -> &str {
        origin(&self.0)
    }

    /// Host and port, to be shown to whoever is about to be sent there.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin().split_once("://").map_or("", |(_, host)| host)
    }
}

/// Scheme, host and port of an absolute address.
#[must_use]
pub fn origin(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(after..).and_then(|rest| rest.find(['/', '?'])).map_or(url.len(), |at| after + at);
    url.get(..end).unwrap_or_default()
}

impl FromStr for RedirectUri {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let sound = !text.contains('#') && (is_https(text) || is_loopback(text));
        sound.then(|| Self(text.to_owned())).ok_or(Malformed::new(EXPECTED))
    }
}

/// As it is written already: what would have to be changed could not be compared.
fn is_https(text: &str) -> bool {
    text.parse::<HttpsUrl>().is_ok_and(|url| url.as_str() == text)
}

/// The same characters as an https address may have, behind a host that is this machine.
fn is_loopback(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("http://") else { return false };
    // Otherwise it is only how a longer name begins.
    let ends_host = |rest: &&str| rest.is_empty() || rest.starts_with([':', '/', '?']);
    let mut rests = LOOPBACK.iter().filter_map(|host| rest.strip_prefix(host)).filter(ends_host);
    rests.any(|rest| is_https(&format!("https://a{rest}")))
}

impl TryFrom<String> for RedirectUri {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_and_this_machine_are_taken_as_they_are_written() {
        for (text, origin) in [
            ("https://app.example/back?tenant=1", "https://app.example"),
            ("https://app.example:8443", "https://app.example:8443"),
            ("http://127.0.0.1:4711/back", "http://127.0.0.1:4711"),
            ("http://[::1]:4711/back", "http://[::1]:4711"),
            ("http://localhost/back", "http://localhost"),
        ] {
            let uri: RedirectUri = text.parse().unwrap();
            assert_eq!((uri.as_str(), uri.origin()), (text, origin));
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (url, expected) in [
            ("https://rapport.example", "https://rapport.example"),
            ("https://rapport.example/", "https://rapport.example"),
            ("https://rapport.example:8443/base/", "https://rapport.example:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(origin(url), expected);
        }
    }

    #[test]
    fn every_other_form_is_refused() {
        for text in [
            "",
            "/back",
            "http://app.example/back",
            "https://app.example/back#",
            "https://App.example/back",
            "HTTPS://app.example/back",
            "https://user@app.example/back",
            "http://127.0.0.1@evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1:80@evil.example/",
            "http://localhost.evil.example/",
            "http://localhostevil/",
            "http://127.0.0.2/",
            "myapp://back",
            "javascript:alert(1)",
            "https://app.example/ back",
            "https://app.example\\@evil.example",
        ] {
            assert!(text.parse::<RedirectUri>().is_err(), "{text}");
        }
    }
}

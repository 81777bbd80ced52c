//! Proof of possession (RFC 9449): a JWT, signed for one request, by which whoever sends a token shows that they have the
//! key which it is bound to. A token that was stolen without that key opens nothing.
//!
//! There are no nonces of ours (section 8): a proof holds for a minute and is used once on all nodes, so one that was made
//! in advance is of little use.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::jwk::{PublicJwk, Thumbprint};
use entity::values::Timestamp;
use serde_json::Value;
use url::Url;

use super::jws::{Unverified, has_come, is_over, over_at};

/// The only type of JWT that is a proof.
const TYPE: &str = "dpop+jwt";
/// A proof holds for so long after it was made.
const SECONDS: i64 = 60;

/// The request that a proof must be for.
pub struct Sent<'s> {
    /// Its method.
    pub method: &'s str,
    /// Its address as others know it.
    pub address: &'s str,
    /// The access token that it brings; none where it asks for one.
    pub token: Option<&'s str>,
}

/// What a proof shows, for one use.
pub struct Shown {
    /// Whoever sends the request has this key.
    pub key: Thumbprint,
    /// The name of the proof, given by whoever has made it.
    pub jti: String,
    /// From then on it is over.
    pub until: Timestamp,
}

/// What the proof shows, if it holds for this very request now. `None` says nothing of the reason.
#[must_use]
pub fn check(proof: &str, sent: &Sent<'_>, now: Timestamp) -> Option<Shown> {
    let jws = Unverified::read(proof)?;
    let key = PublicJwk::try_from(jws.header("jwk")?.as_object()?).ok()?;
    let is_proof = jws.header("typ").and_then(Value::as_str) == Some(TYPE) && jws.is_signed_by(&key);
    let made = jws.seconds("iat").ok()??;
    let until = made.checked_add(SECONDS)?;
    let is_timely = has_come(made, now) && !is_over(until, now);
    let is_for = jws.text("htm") == Some(sent.method) && leads_to(jws.text("htu")?, sent.address);
    let is_beside = sent.token.is_none_or(|token| jws.text("ath") == Some(&hash(token)));
    let shown = Shown { key: key.thumbprint(), jti: jws.jti()?.to_owned(), until: over_at(until) };
    (is_proof && is_timely && is_for && is_beside).then_some(shown)
}

/// What a proof names a token by (section 4.2).
fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()))
}

/// Whether both addresses are the same, however they are written, and whatever query and fragment (section 4.3).
fn leads_to(one: &str, other: &str) -> bool {
    let plain = |text: &str| {
        let mut url: Url = text.parse().ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    plain(one).is_some_and(|one| plain(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_by_what_they_mean() {
        let ours = "https://rapport.example/graphql";
        for same in [
            ours,
            "HTTPS://Rapport.Example:443/graphql",
            "https://rapport.example/graphql?query=x#y",
            "https://rapport.example/./graphql",
        ] {
            assert!(leads_to(same, ours), "{same}");
        }
        for other in [
            "https://rapport.example/graphql/",
            "https://rapport.example/",
            "https://rapport.example/Graphql",
            "http://rapport.example/graphql",
            "https://rapport.example:8443/graphql",
            "https://other.example/graphql",
            "https://someone@rapport.example/graphql",
            "/graphql",
            "",
        ] {
            assert!(!leads_to(other, ours), "{other}");
        }
    }
}

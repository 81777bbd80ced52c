//! What others sign: a compact JWS (RFC 7515) whose payload are the claims of a JWT (RFC 7519). By none of ours is anything
//! read in this way: see [`super::tokens`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::jwk::{Algorithm, PublicJwk};
use entity::values::Timestamp;
use serde_json::{Map, Value};

use super::tokens::LEEWAY_SECONDS;

/// Names that what is used once may have: long enough for any, short enough to be hashed at no cost.
const LONGEST_NAME: usize = 256;

/// One whose signature was not checked yet.
pub(super) struct Unverified<'t> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    /// Of its key, or it does not hold.
    pub algorithm: Algorithm,
    signed: &'t str,
    signature: Vec<u8>,
}

impl<'t> Unverified<'t> {
    /// Reads one. `None` if it is none, its algorithm is not one of ours, or something in it is critical, none of which
    /// we know (RFC 7515 section 4.1.11).
    pub fn read(text: &'t str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header = object(header).filter(|header| !header.contains_key("crit"))?;
        let algorithm = Algorithm::find(header.get("alg")?.as_str()?)?;
        Some(Self {
            algorithm,
            claims: object(claims)?,
            header,
            signed,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    /// A member of its header.
    pub fn header(&self, name: &str) -> Option<&Value> {
        self.header.get(name)
    }

    /// A claim.
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claim(name)?.as_str()
    }

    /// A claim that is a time in whole seconds. `Err` if it is something else.
    pub fn seconds(&self, name: &str) -> Result<Option<i64>, ()> {
        self.claim(name).map(|value| value.as_i64().ok_or(())).transpose()
    }

    /// The name by which it is used once.
    pub fn jti(&self) -> Option<&str> {
        self.text("jti").filter(|jti| (1..=LONGEST_NAME).contains(&jti.len()))
    }

    /// Whether this key has signed it, by the algorithm that its header names.
    pub fn is_signed_by(&self, key: &PublicJwk) -> bool {
        self.algorithm == key.algorithm() && key.has_signed(self.signed.as_bytes(), &self.signature)
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// A time that lies behind us, as another clock may see it.
pub(super) fn has_come(seconds: i64, now: Timestamp) -> bool {
    seconds <= now.as_seconds().saturating_add(LEEWAY_SECONDS)
}

/// A time that is over, as another clock may see it.
pub(super) fn is_over(seconds: i64, now: Timestamp) -> bool {
    seconds.saturating_add(LEEWAY_SECONDS) <= now.as_seconds()
}

/// The moment from which on nobody takes what runs out then, whatever the clocks: see [`is_over`].
pub(super) fn over_at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000)).plus_seconds(LEEWAY_SECONDS)
}

//! Public keys that apps sign with, as they write them (RFC 7517): Ed25519 (RFC 8037) and P-256 (RFC 7518 section 6.2).
//!
//! A private key is refused wherever a public one is meant: whoever has sent it has told it to others.

mod set;

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use set::{JwkSet, MOST_BYTES, MOST_KEYS, NamedJwk};

use crate::values::Malformed;

/// What a key is signed with by. No other algorithm is taken, whatever a header names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519, which headers name `EdDSA` (RFC 8037) or `Ed25519` (RFC 9864).
    EdDsa,
    /// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
    Es256,
}

impl Algorithm {
    /// Every name that a header may have, for metadata.
    pub const NAMES: [&str; 3] = ["EdDSA", "Ed25519", "ES256"];

    /// The algorithm of that name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
        }
    }
}

/// The SHA-256 by which a key is known whoever has written it, and however (RFC 7638).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// Its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Thumbprint {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(Malformed::new("a SHA-256 in base64url"))
    }
}

/// A public key of a point that lies on its curve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct PublicJwk(Point);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Point {
    Ed25519([u8; 32]),
    P256([u8; 32], [u8; 32]),
}

/// Members of private and of symmetric keys (RFC 7518 sections 6.2.2, 6.3.2 and 6.4).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const EXPECTED: &str =
    "a public key for signatures: kty OKP with crv Ed25519 and x, or kty EC with crv P-256, x and y (RFC 7517)";
const EXPECTED_PUBLIC: &str =
    "the public half alone: this key came with its private half and is known to others now, so make a new one";

impl PublicJwk {
    /// The algorithm of its signatures.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Point::Ed25519(_) => Algorithm::EdDsa,
            Point::P256(..) => Algorithm::Es256,
        }
    }

    /// By what it is known (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        // The required members alone, and in the order that section 3.2 demands.
        let canonical = Value::Object(Map::from(self.clone())).to_string();
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, canonical.as_bytes()).as_ref());
        Thumbprint(bytes)
    }

    /// Whether this is its signature over these bytes.
    #[must_use]
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Point::Ed25519(x) => UnparsedPublicKey::new(&ED25519, x).verify(bytes, signature),
            Point::P256(x, y) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed(x, y)).verify(bytes, signature)
            }
        }
        .is_ok()
    }
}

/// A point as SEC 1 writes it (section 2.3.3).
fn uncompressed(x: &[u8; 32], y: &[u8; 32]) -> Vec<u8> {
    [[4].as_slice(), x, y].concat()
}

impl TryFrom<Map<String, Value>> for PublicJwk {
    type Error = Malformed;

    fn try_from(members: Map<String, Value>) -> Result<Self, Malformed> {
        Self::try_from(&members)
    }
}

impl TryFrom<&Map<String, Value>> for PublicJwk {
    type Error = Malformed;

    fn try_from(members: &Map<String, Value>) -> Result<Self, Malformed> {
        if PRIVATE.iter().any(|name| members.contains_key(*name)) {
            return Err(Malformed::new(EXPECTED_PUBLIC));
        }
        let key = point(members).filter(|key| is_for_signatures(members, key));
        key.ok_or(Malformed::new(EXPECTED))
    }
}

fn point(members: &Map<String, Value>) -> Option<PublicJwk> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let coordinate = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok()?.try_into().ok();
    match (text("kty")?, text("crv")?) {
        ("OKP", "Ed25519") => {
            let x = coordinate("x")?;
            ParsedPublicKey::new(&ED25519, x).ok().map(|_| PublicJwk(Point::Ed25519(x)))
        }
        ("EC", "P-256") => {
            let (x, y) = (coordinate("x")?, coordinate("y")?);
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed(&x, &y))
                .ok()
                .map(|_| PublicJwk(Point::P256(x, y)))
        }
        _ => None,
    }
}

/// Whether what it says of its own use fits (RFC 7517 sections 4.2 to 4.4). What it leaves out does.
fn is_for_signatures(members: &Map<String, Value>, key: &PublicJwk) -> bool {
    let fits = |name: &str, test: &dyn Fn(&Value) -> bool| members.get(name).is_none_or(test);
    fits("use", &|value| value == "sig")
        && fits("key_ops", &|value| value.as_array().is_some_and(|all| all.iter().any(|one| one == "verify")))
        && fits("alg", &|value| value.as_str().and_then(Algorithm::find) == Some(key.algorithm()))
}

impl From<PublicJwk> for Map<String, Value> {
    fn from(key: PublicJwk) -> Self {
        let members = match key.0 {
            Point::Ed25519(x) => json!({ "crv": "Ed25519", "kty": "OKP", "x": URL_SAFE_NO_PAD.encode(x) }),
            Point::P256(x, y) => {
                json!({ "crv": "P-256", "kty": "EC", "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y) })
            }
        };
        match members {
            Value::Object(members) => members,
            _ => Self::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(members: &Value) -> Result<PublicJwk, Malformed> {
        PublicJwk::try_from(members.as_object().unwrap())
    }

    /// RFC 8037 appendix A.2.
    fn ed25519() -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
    }

    /// RFC 7515 appendix A.3.
    fn p256() -> Value {
        json!({ "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" })
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key[name] = value;
        key
    }

    #[test]
    fn a_key_has_the_thumbprint_of_the_standards() {
        // RFC 8037 appendix A.3; the other one is that of RFC 9449's example key.
        assert_eq!(read(&ed25519()).unwrap().thumbprint().to_string(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let key = json!({ "kty": "EC", "crv": "P-256", "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA" });
        assert_eq!(read(&key).unwrap().thumbprint().to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }

    #[test]
    fn a_signature_of_the_standard_is_verified() {
        let signed = b"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let signature = URL_SAFE_NO_PAD
            .decode("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q")
            .unwrap();
        let key = read(&p256()).unwrap();
        assert!(key.has_signed(signed, &signature));
        assert!(!key.has_signed(b"something else", &signature));
    }

    #[test]
    fn what_it_says_of_its_use_must_fit() {
        for fine in [
            with(ed25519(), "use", json!("sig")),
            with(ed25519(), "alg", json!("Ed25519")),
            with(p256(), "alg", json!("ES256")),
            with(p256(), "key_ops", json!(["verify"])),
            with(p256(), "kid", json!("a name")),
        ] {
            assert!(read(&fine).is_ok(), "{fine}");
        }
        for bad in [
            with(ed25519(), "use", json!("enc")),
            with(ed25519(), "alg", json!("ES256")),
            with(p256(), "alg", json!("EdDSA")),
            with(p256(), "alg", json!("HS256")),
            with(p256(), "key_ops", json!(["deriveKey"])),
            with(p256(), "crv", json!("P-384")),
            with(p256(), "kty", json!("RSA")),
            with(p256(), "x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")),
            with(p256(), "x", json!("AAAA")),
            with(p256(), "y", Value::Null),
            with(ed25519(), "x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp")),
            with(ed25519(), "x", json!("")),
        ] {
            assert_eq!(read(&bad), Err(Malformed::new(EXPECTED)), "{bad}");
        }
    }

    #[test]
    fn a_private_key_is_refused_whatever_its_kind() {
        for name in PRIVATE {
            let key = with(p256(), name, json!("AAAA"));
            assert_eq!(read(&key), Err(Malformed::new(EXPECTED_PUBLIC)), "{name}");
        }
    }
}

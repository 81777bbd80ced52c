//! What this deployment signs its evidence with: receipts and the log's checkpoints, so that they hold without it.
//!
//! Ed25519 (RFC 8032). Public keys are published as a JWK set (RFC 7517, RFC 8037); a key's id is its thumbprint (RFC
//! 7638). A key that is no longer used stays published for as long as its signatures shall be checked. Access tokens are
//! signed by others, which are published apart: none of those signs evidence.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::log::Origin;

/// The keys of a deployment, and the name that its log signs by.
pub struct Signing {
    /// By custom the public address without its scheme, and `/log`.
    pub origin: Origin,
    current: Ed25519KeyPair,
    kid: String,
    published: Vec<PublicKey>,
}

/// A public key with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its thumbprint.
    pub kid: String,
    /// The 32 bytes of RFC 8032.
    pub bytes: [u8; 32],
}

impl PublicKey {
    /// A key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        // Members in the order that RFC 7638 section 3.2 demands.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(bytes));
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
        Self { kid, bytes }
    }

    /// Whether this is its signature over these bytes.
    #[must_use]
    pub fn has_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.bytes).verify(bytes, signature).is_ok()
    }
}

impl Signing {
    /// From Ed25519 keys in PKCS#8, oldest first: the last one signs. `None` if there is none, or one that is no such key.
    #[must_use]
    pub fn new(origin: Origin, keys: &[Vec<u8>]) -> Option<Self> {
        let mut pairs = Vec::with_capacity(keys.len());
        for key in keys {
            pairs.push(Ed25519KeyPair::from_pkcs8(key).ok()?);
        }
        let mut published = Vec::with_capacity(pairs.len());
        for pair in &pairs {
            published.push(PublicKey::new(pair.public_key().as_ref().try_into().ok()?));
        }
        let kid = published.last()?.kid.clone();
        Some(Self { origin, current: pairs.pop()?, kid, published })
    }

    /// The key pair that signs.
    pub(crate) const fn current(&self) -> &Ed25519KeyPair {
        &self.current
    }

    /// Every key that signatures may be checked with, oldest first.
    #[must_use]
    pub fn published(&self) -> &[PublicKey] {
        &self.published
    }

    /// Signs a document as a compact JWS (RFC 7515) of this type.
    #[must_use]
    pub fn jws(&self, kind: &str, document: &[u8]) -> String {
        let header = json!({ "alg": "EdDSA", "kid": self.kid, "typ": kind }).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(document));
        let signature = self.current.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

/// The JWK set of these keys.
#[must_use]
pub fn jwk_set(keys: &[PublicKey]) -> Value {
    let one = |key: &PublicKey| {
        json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key.kid,
            "x": URL_SAFE_NO_PAD.encode(key.bytes) })
    };
    json!({ "keys": keys.iter().map(one).collect::<Vec<_>>() })
}

/// The keys of a JWK set; those of another kind are passed over. `None` if it is no JWK set.
#[must_use]
pub fn read_jwks(text: &str) -> Option<Vec<PublicKey>> {
    let set: KeySet = serde_json::from_str(text).ok()?;
    let one = |key: Jwk| {
        let bytes = URL_SAFE_NO_PAD.decode(key.x.filter(|_| key.kty == "OKP" && key.crv == "Ed25519")?).ok()?;
        Some(PublicKey::new(bytes.try_into().ok()?))
    };
    Some(set.keys.into_iter().filter_map(one).collect())
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Jwk>,
}

/// What is read of a key; its other members change nothing.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default)]
    crv: String,
    x: Option<String>,
}

/// The header of our documents, whole: one with anything else in it is not ours.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct JwsHeader {
    alg: String,
    kid: String,
    typ: String,
}

/// The document of a compact JWS of this type, if one of these keys has signed it. Nothing else in its header counts but
/// the one algorithm: no key is taken from it, and nothing in it may be critical.
#[must_use]
pub fn verify_jws(keys: &[PublicKey], kind: &str, text: &str) -> Option<Vec<u8>> {
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, document) = signed.split_once('.')?;
    let header: JwsHeader = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    if header.alg != "EdDSA" || header.typ != kind {
        return None;
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    let key = keys.iter().find(|key| header.kid == key.kid)?;
    key.has_signed(signed.as_bytes(), &signature).then(|| URL_SAFE_NO_PAD.decode(document).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signing() -> Signing {
        let pkcs8 = || Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
        Signing::new("example.org/log".parse().unwrap(), &[pkcs8().as_ref().to_vec(), pkcs8().as_ref().to_vec()])
            .unwrap()
    }

    #[test]
    fn a_document_is_verified_with_the_published_keys_and_with_no_others() {
        let signing = signing();
        let text = signing.jws("receipt+jwt", b"{}");
        let keys = read_jwks(&jwk_set(signing.published()).to_string()).unwrap();
        assert_eq!(keys, signing.published());
        assert_eq!(verify_jws(&keys, "receipt+jwt", &text).unwrap(), b"{}");
        assert!(verify_jws(&keys, "at+jwt", &text).is_none());
        assert!(verify_jws(&keys[..1], "receipt+jwt", &text).is_none());
    }

    #[test]
    fn a_changed_character_anywhere_is_noticed() {
        let signing = signing();
        let text = signing.jws("receipt+jwt", b"{\"given\":true}");
        for (place, letter) in text.char_indices() {
            let other = if letter == 'A' { "B" } else { "A" };
            let mut changed = text.clone();
            changed.replace_range(place..=place, other);
            // The last character of a base64url text may hold bits that mean nothing; the decoder refuses those.
            assert!(verify_jws(signing.published(), "receipt+jwt", &changed).is_none(), "at {place}");
        }
    }

    #[test]
    fn a_key_has_the_thumbprint_of_rfc_8037() {
        let bytes = URL_SAFE_NO_PAD.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let key = PublicKey::new(bytes.try_into().unwrap());
        assert_eq!(key.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }
}

//! A forger who has the server's own key, and attackers' keys: what the tests of tokens are made with.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use entity::signing::PublicKey;
use serde_json::{Map, Value};
use tests::World;

/// A signing key.
pub struct Key(Ed25519KeyPair);

impl Key {
    /// The server's own for tokens.
    pub fn of(world: &World) -> Self {
        Self::number(world, 0)
    }

    /// The same of a line of them, counted from the first.
    pub fn number(world: &World, number: usize) -> Self {
        Self::read(&key_file(world)["tokens"][number]["key"])
    }

    /// The server's own for receipts and checkpoints.
    pub fn of_evidence(world: &World) -> Self {
        Self::read(&key_file(world)["evidence"][0])
    }

    fn read(pkcs8: &Value) -> Self {
        let pkcs8 = STANDARD.decode(pkcs8.as_str().expect("a key")).expect("base64");
        Self(Ed25519KeyPair::from_pkcs8(&pkcs8).expect("an Ed25519 key"))
    }

    /// Its name.
    pub fn kid(&self) -> String {
        PublicKey::new(self.public().try_into().expect("32 bytes")).kid
    }

    /// The header of a genuine token of this key.
    pub fn header(&self) -> String {
        self.header_with(r#""typ":"at+jwt","alg":"EdDSA""#)
    }

    /// A header of these members and its name.
    pub fn header_with(&self, members: &str) -> String {
        format!(r#"{{{members},"kid":"{}"}}"#, self.kid())
    }

    /// An attacker's.
    pub fn foreign() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("an Ed25519 key"))
    }

    /// The public half.
    pub fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// The signature of a text.
    pub fn sign(&self, text: &str) -> Vec<u8> {
        self.0.sign(text.as_bytes()).as_ref().to_vec()
    }

    /// A token of these texts, which need not be JSON.
    pub fn token(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        format!("{signed}.{}", encode(self.sign(&signed)))
    }
}

/// What is in the key file.
pub fn key_file(world: &World) -> Value {
    let text = std::fs::read_to_string(world.folder.join("keys.json")).expect("the key file is there");
    serde_json::from_str(&text).expect("the key file is JSON")
}

/// The same with a shared secret.
pub fn hmac_token(algorithm: hmac::Algorithm, secret: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), signed.as_bytes());
    format!("{signed}.{}", encode(tag.as_ref()))
}

/// As the parts of a token are encoded.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The header of a genuine token.
pub fn header_of(token: &str) -> Map<String, Value> {
    part_of(token, 0)
}

/// The claims of a genuine token.
pub fn claims_of(token: &str) -> Map<String, Value> {
    part_of(token, 1)
}

fn part_of(token: &str, place: usize) -> Map<String, Value> {
    let part = token.split('.').nth(place).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64url")).expect("an object")
}

/// Claims with one of them changed; `None` takes it away.
pub fn changed(claims: &Map<String, Value>, name: &str, value: Option<Value>) -> String {
    let mut claims = claims.clone();
    match value {
        Some(value) => claims.insert(name.to_owned(), value),
        None => claims.remove(name),
    };
    Value::Object(claims).to_string()
}

/// The same signature with the order of the group added to its scalar: valid to a verifier that does not check that.
pub fn malleated(signature: &[u8]) -> Vec<u8> {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let (point, scalar) = signature.split_at(32);
    let mut carry = 0;
    let sum = scalar.iter().zip(ORDER).map(|(left, right)| {
        let sum = u16::from(*left) + u16::from(right) + carry;
        carry = sum >> 8;
        sum.to_le_bytes()[0]
    });
    let sum: Vec<u8> = sum.collect();
    [point, &sum].concat()
}

/// The last character replaced by one that differs only in the bits that no byte uses.
pub fn with_trailing_bits(part: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = part.chars().last().and_then(|last| ALPHABET.find(last)).expect("base64url");
    let next = ALPHABET.chars().nth(last + 1).expect("unused bits are zero, so this is not the last of all");
    format!("{}{next}", part.strip_suffix(|_: char| true).expect("not empty"))
}

//! A passkey in software: it makes keys, attestation objects and assertions as a browser with an authenticator would, and it
//! can be told to lie in each part.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// Somebody touched it.
pub const USER_PRESENT: u8 = 1;
/// It has checked who that was.
pub const USER_VERIFIED: u8 = 1 << 2;
/// The passkey can be copied.
pub const BACKUP_ELIGIBLE: u8 = 1 << 3;
/// It has been.
pub const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;

/// What a passkey signs with.
pub enum Key {
    /// EdDSA.
    Ed25519(Ed25519KeyPair),
    /// ES256.
    P256(EcdsaKeyPair),
}

/// A passkey, with the browser around it. Its fields are what it says; whoever changes one makes it lie.
pub struct Authenticator {
    /// What it signs with.
    pub key: Key,
    /// Its credential id.
    pub credential: Vec<u8>,
    /// How its owner is known.
    pub user: Option<Vec<u8>>,
    /// Where the browser says that it is.
    pub origin: String,
    /// What the browser says that it does; none for the truth.
    pub ceremony: Option<&'static str>,
    /// Whether the browser says that it is in a frame.
    pub cross_origin: bool,
    /// For which host it is.
    pub relying_party: String,
    /// What it says of its user and its copies.
    pub flags: u8,
    /// How often it has signed; `None` does not count.
    pub counter: Option<u32>,
    /// What is done to the signature.
    pub forged: bool,
}

impl Authenticator {
    /// One with an Ed25519 key, made of this number.
    pub fn new(number: u8) -> Self {
        Self::with(Key::Ed25519(Ed25519KeyPair::from_seed_unchecked(&[number; 32]).expect("a key")), number)
    }

    /// One with a key on P-256.
    pub fn on_p256(number: u8) -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
        Self::with(Key::P256(key), number)
    }

    fn with(key: Key, number: u8) -> Self {
        Self {
            key,
            credential: vec![number; 32],
            user: None,
            origin: "http://127.0.0.1:8080".into(),
            ceremony: None,
            cross_origin: false,
            relying_party: "127.0.0.1".into(),
            flags: USER_PRESENT | USER_VERIFIED,
            counter: Some(0),
            forged: false,
        }
    }

    /// Answers creation options, as `RegistrationResponseJSON`.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user = options["user"]["id"].as_str().and_then(|user| URL_SAFE_NO_PAD.decode(user).ok());
        let client_data = self.client_data("webauthn.create", options);
        let length = u16::try_from(self.credential.len()).expect("a short id").to_be_bytes();
        let attested = [&[0; 16][..], &length, &self.credential, &self.cose()].concat();
        let data = self.data(ATTESTED, &attested);
        // In its shortest form.
        let size = match u8::try_from(data.len()) {
            Ok(size) => vec![0x58, size],
            Err(_) => [&[0x59][..], &u16::try_from(data.len()).expect("short data").to_be_bytes()].concat(),
        };
        let object = [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData", &size[..], &data].concat();
        self.json(&json!({
            "clientDataJSON": text(client_data.as_bytes()),
            "attestationObject": text(&object),
            "transports": ["internal"],
        }))
    }

    /// Answers request options, as `AuthenticationResponseJSON`.
    pub fn get(&mut self, options: &Value) -> Value {
        if let Some(counter) = &mut self.counter {
            *counter += 1;
        }
        let client_data = self.client_data("webauthn.get", options);
        let data = self.data(0, &[]);
        let signed = [&data, digest(&SHA256, client_data.as_bytes()).as_ref()].concat();
        let mut signature = self.sign(&signed);
        if self.forged {
            signature = self.sign(b"something else");
        }
        self.json(&json!({
            "clientDataJSON": text(client_data.as_bytes()),
            "authenticatorData": text(&data),
            "signature": text(&signature),
            "userHandle": self.user.as_deref().map(text),
        }))
    }

    fn client_data(&self, ceremony: &str, options: &Value) -> String {
        let ceremony = self.ceremony.unwrap_or(ceremony);
        let (challenge, origin) = (&options["challenge"], &self.origin);
        json!({ "type": ceremony, "challenge": challenge, "origin": origin, "crossOrigin": self.cross_origin })
            .to_string()
    }

    fn data(&self, more: u8, rest: &[u8]) -> Vec<u8> {
        let counter = self.counter.unwrap_or_default().to_be_bytes();
        let site = digest(&SHA256, self.relying_party.as_bytes());
        [site.as_ref(), &[self.flags | more], &counter, rest].concat()
    }

    /// The public key in COSE.
    fn cose(&self) -> Vec<u8> {
        match &self.key {
            Key::Ed25519(pair) => [b"\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20", pair.public_key().as_ref()].concat(),
            Key::P256(pair) => {
                let point = pair.public_key().as_ref();
                [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", &point[1..33], b"\x22\x58\x20", &point[33..]].concat()
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.key {
            Key::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Key::P256(pair) => pair.sign(&SystemRandom::new(), message).expect("a signature").as_ref().to_vec(),
        }
    }

    fn json(&self, response: &Value) -> Value {
        let id = text(&self.credential);
        json!({
            "type": "public-key", "id": id, "rawId": id, "response": response,
            "clientExtensionResults": {}, "authenticatorAttachment": "platform",
        })
    }
}

/// In base64url.
pub fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

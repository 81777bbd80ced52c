//! Keys of apps, and what they sign: assertions and whatever else a test wants signed.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use tests::{Reply, World};

use super::browser::encoded;
use super::{GRANT, post};
use crate::forge::encode;

/// What says that a JWT shows who an app is.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// What the server under test is known by.
pub const ISSUER: &str = "http://127.0.0.1:8080";

/// A key pair of an app.
pub enum AppKey {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

impl AppKey {
    pub fn ed25519() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key"))
    }

    pub fn p256() -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).expect("a key");
        Self::P256(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref()).expect("a key"))
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "EdDSA",
            Self::P256(_) => "ES256",
        }
    }

    /// The bytes of the public half.
    pub fn public(&self) -> &[u8] {
        match self {
            Self::Ed25519(pair) => pair.public_key().as_ref(),
            Self::P256(pair) => pair.public_key().as_ref(),
        }
    }

    /// The public half (RFC 7517), its members sorted.
    pub fn jwk(&self) -> Value {
        match self {
            Self::Ed25519(_) => json!({ "crv": "Ed25519", "kty": "OKP", "x": encode(self.public()) }),
            Self::P256(_) => {
                let (x, y) = self.public()[1..].split_at(32);
                json!({ "crv": "P-256", "kty": "EC", "x": encode(x), "y": encode(y) })
            }
        }
    }

    /// By what it is known (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let jwk = self.jwk();
        let members: Vec<String> = ["crv", "kty", "x", "y"]
            .iter()
            .filter_map(|name| jwk[*name].as_str().map(|value| format!("{name:?}:{value:?}")))
            .collect();
        encode(digest(&SHA256, format!("{{{}}}", members.join(",")).as_bytes()))
    }

    /// A JWS of these.
    pub fn jws(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        format!("{signed}.{}", encode(self.sign(signed.as_bytes())))
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(pair) => pair.sign(bytes).as_ref().to_vec(),
            Self::P256(pair) => pair.sign(&SystemRandom::new(), bytes).expect("a signature").as_ref().to_vec(),
        }
    }

    /// The set of these alone.
    pub fn set(keys: &[&Self]) -> String {
        json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }).to_string()
    }
}

/// The claims of an assertion of this app that holds for a minute.
pub fn claims(world: &World, client_id: &str) -> Value {
    let now = world.clock.now().as_seconds();
    let jti = encode(world.deps.vault.entropy.bytes::<16>());
    json!({ "iss": client_id, "sub": client_id, "aud": ISSUER, "exp": now + 60, "iat": now, "jti": jti })
}

/// An assertion of this app that holds.
pub fn assertion(world: &World, client_id: &str, key: &AppKey) -> String {
    key.jws(&json!({ "alg": key.algorithm(), "typ": "JWT" }), &claims(world, client_id))
}

/// A form with an assertion.
pub async fn send_signed(world: &World, path: &str, form: &str, assertion: &str) -> Reply {
    let signed = encoded(&[("client_assertion_type", TYPE), ("client_assertion", assertion)]);
    post(world, path, None, &format!("{form}&{signed}")).await
}

/// Asks for a token of the app's own.
pub async fn ask_signed(world: &World, assertion: &str) -> Reply {
    send_signed(world, "/oauth/token", GRANT, assertion).await
}

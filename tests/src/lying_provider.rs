//! A provider that says what the test wants it to say, true or not. It speaks OpenID Connect, and signs by Ed25519.

use std::sync::{Arc, Mutex};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What it answers with, and what it was asked.
#[derive(Default)]
struct Script {
    /// What of its own description is to be another.
    metadata: Value,
    /// The claims of the next id token.
    claims: Value,
    /// The header of the next id token, where it is not the right one.
    header: Value,
    /// The next id token as a whole, instead of a signed one.
    token: Option<String>,
    /// What `userinfo` says.
    userinfo: Value,
    /// The forms that came to the token endpoint.
    forms: Vec<String>,
}

/// The provider.
pub struct LyingProvider {
    /// Its issuer.
    pub issuer: String,
    script: Arc<Mutex<Script>>,
    key: Arc<Ed25519KeyPair>,
}

impl LyingProvider {
    /// Starts one that listens until the test ends.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let script: Arc<Mutex<Script>> = Arc::default();
        let key = Arc::new(Ed25519KeyPair::generate().expect("a key"));
        let (shared, signer, name) = (Arc::clone(&script), Arc::clone(&key), issuer.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, signer, name) = (Arc::clone(&shared), Arc::clone(&signer), name.clone());
                tokio::spawn(async move { serve(stream, &name, &script, &signer).await });
            }
        });
        Self { issuer, script, key }
    }

    fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().expect("nobody panicked"));
    }

    /// What it says of itself from now on, over what is true.
    pub fn describe(&self, metadata: Value) {
        self.change(|script| script.metadata = metadata);
    }

    /// The claims of the next id token, and what `userinfo` says.
    pub fn say(&self, claims: Value, userinfo: Value) {
        self.change(|script| {
            (script.claims, script.userinfo) = (claims, userinfo);
            (script.header, script.token) = (Value::Null, None);
        });
    }

    /// The header of the next id token.
    pub fn head(&self, header: Value) {
        self.change(|script| script.header = header);
    }

    /// The next id token, as it is.
    pub fn hand_out(&self, token: String) {
        self.change(|script| script.token = Some(token));
    }

    /// The forms that came to the token endpoint so far.
    pub fn forms(&self) -> Vec<String> {
        self.script.lock().expect("nobody panicked").forms.clone()
    }

    /// A token signed by its key.
    #[must_use]
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        sign(&self.key, header, claims)
    }
}

fn sign(key: &Ed25519KeyPair, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}

async fn serve(mut stream: TcpStream, issuer: &str, script: &Mutex<Script>, key: &Ed25519KeyPair) {
    let Some((path, body)) = request(&mut stream).await else { return };
    let answer = answer(&path, body, issuer, script, key);
    let text = answer.unwrap_or(Value::Null).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let _ = stream.write_all(format!("{head}{text}").as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// The path and the body of a request.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some((head.split(' ').nth(1)?.to_owned(), body.to_owned()));
        }
    }
}

fn answer(path: &str, body: String, issuer: &str, script: &Mutex<Script>, key: &Ed25519KeyPair) -> Option<Value> {
    let mut script = script.lock().ok()?;
    Some(match path {
        "/.well-known/openid-configuration" => {
            let mut metadata = json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/keys"),
                "userinfo_endpoint": format!("{issuer}/userinfo"),
                "authorization_response_iss_parameter_supported": true,
            });
            metadata.as_object_mut()?.extend(script.metadata.as_object().cloned().unwrap_or_default());
            metadata
        }
        "/keys" => {
            let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
            json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": "one", "use": "sig", "alg": "EdDSA" },
                { "kty": "of another kind" }] })
        }
        "/token" => {
            script.forms.push(body);
            let right = json!({ "alg": "EdDSA", "kid": "one" });
            let header = if script.header.is_null() { &right } else { &script.header };
            let token = script.token.clone().unwrap_or_else(|| sign(key, header, &script.claims));
            json!({ "access_token": "access", "token_type": "Bearer", "id_token": token })
        }
        "/userinfo" => script.userinfo.clone(),
        _ => return None,
    })
}

//! The address of a webhook: keeps what it gets, and answers as the test says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use reqwest::header::HeaderMap;
use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A delivery as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its headers, by names in lower case.
    pub headers: HashMap<String, String>,
    /// Its body, byte for byte.
    pub body: String,
}

impl Received {
    /// `webhook-id`.
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// `type` of the body.
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().expect("a type").to_owned()
    }

    /// Whether it is signed by this secret, as the library of the standard's authors signs. It would call the tests' clock old.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let sent = self.headers["webhook-timestamp"].parse().expect("a time");
        let expected = Webhook::new(secret).and_then(|signer| signer.sign(self.id(), sent, self.body.as_bytes()));
        let expected = expected.expect("a secret of the standard's form");
        self.headers["webhook-signature"].split(' ').any(|signature| signature == expected)
    }

    /// Whether that library takes it, whose clock is the machine's.
    pub fn is_taken_by(&self, secret: &str) -> bool {
        let headers = self.headers.iter().filter(|(name, _)| name.starts_with("webhook-"));
        let headers = headers.map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        let verifier = Webhook::new(secret).expect("a secret of the standard's form");
        verifier.verify(self.body.as_bytes(), &headers.collect::<HeaderMap>()).is_ok()
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status, with more headers if need be.
    Status(u16, &'static str),
    /// Nothing: the connection breaks off.
    Silence,
}

type Decide = dyn Fn(usize, &Received) -> Answer + Send + Sync;

/// The address.
pub struct Receiver {
    /// Where it listens.
    pub url: String,
    /// The port of it.
    pub port: u16,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    received: Vec<Received>,
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        Self::answering(|_, _| Answer::Status(204, "")).await
    }

    /// One that answers each, counted from 0, as it is told.
    pub async fn answering(decide: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (seen, decide): (Arc<Mutex<Seen>>, Arc<Decide>) = (Arc::default(), Arc::new(decide));
        let shared = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().expect("nobody panicked").connections += 1;
                tokio::spawn(serve(stream, Arc::clone(&shared), Arc::clone(&decide)));
            }
        });
        Self { url: format!("http://127.0.0.1:{port}/hook"), port, seen }
    }

    /// Everything that came so far, in order.
    pub fn received(&self) -> Vec<Received> {
        self.seen.lock().expect("nobody panicked").received.clone()
    }

    /// The types of it.
    pub fn kinds(&self) -> Vec<String> {
        self.received().iter().map(Received::kind).collect()
    }

    /// How often somebody has connected.
    pub fn connections(&self) -> usize {
        self.seen.lock().expect("nobody panicked").connections
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Seen>>, decide: Arc<Decide>) {
    while let Some(received) = read(&mut stream).await {
        let place = {
            let mut seen = seen.lock().expect("nobody panicked");
            seen.received.push(received.clone());
            seen.received.len() - 1
        };
        let Answer::Status(status, more) = decide(place, &received) else { return };
        let answer = format!("HTTP/1.1 {status} Whatever\r\n{more}content-length: 0\r\n\r\n");
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The next request of a connection.
async fn read(stream: &mut TcpStream) -> Option<Received> {
    let (mut text, mut buffer) = (String::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut buffer).await.ok().filter(|read| *read > 0)?;
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lines = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers: HashMap<String, String> =
            lines.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        if body.len() >= length {
            return Some(Received { headers, body: body.to_owned() });
        }
    }
}

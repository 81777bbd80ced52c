//! Clients that watch: graphql-transport-ws by a WebSocket library of its own, and events over HTTP.

use std::time::Duration;

use futures_util::{SinkExt, Stream, StreamExt};
use reqwest::header::ACCEPT;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Whatever is waited for comes sooner.
const BOUND: Duration = Duration::from_secs(20);
/// The subprotocol.
pub const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

/// A WebSocket.
pub struct Socket(WebSocketStream<TcpStream>);

/// What was heard on it.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// A message of the protocol.
    Message(Value),
    /// It was closed, with this code.
    Closed(u16),
}

impl Socket {
    /// Opens one at `http://..`, with these headers; or the status of the answer.
    pub async fn open(url: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let address = url.strip_prefix("http://").expect("an http address");
        let mut request = format!("ws://{address}/graphql").into_client_request().expect("an address");
        for (name, value) in headers {
            let name: HeaderName = name.parse().expect("a name");
            request.headers_mut().append(name, HeaderValue::from_str(value).expect("a value"));
        }
        let stream = TcpStream::connect(address).await.expect("the server listens");
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens one and says who it is.
    pub async fn begin(url: &str, token: Option<&str>) -> Self {
        let mut socket = Self::open(url, &[PROTOCOL]).await.expect("a socket");
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        socket.say(&json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, Heard::Message(json!({ "type": "connection_ack" })));
        socket
    }

    /// Sends a message.
    pub async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    /// Sends whatever it is.
    pub async fn send(&mut self, message: Message) {
        // Whether the other side has gone shows when one listens.
        let _ = self.0.send(message).await;
    }

    /// What comes next.
    pub async fn hear(&mut self) -> Heard {
        let heard = tokio::time::timeout(BOUND, self.find_next()).await.expect("something is heard");
        heard.expect("the connection holds")
    }

    /// What comes next, however long it takes; none if the connection broke off.
    pub async fn find_next(&mut self) -> Option<Heard> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Some(Heard::Message(serde_json::from_str(&text).expect("JSON")));
                }
                Some(Ok(Message::Close(Some(frame)))) => return Some(Heard::Closed(frame.code.into())),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return None,
            }
        }
    }

    /// Subscribes.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// The next message, which is a result of this subscription: its data.
    pub async fn next(&mut self, id: &str) -> Value {
        match self.hear().await {
            Heard::Message(message) if message["type"] == "next" && message["id"] == id => {
                assert_eq!(message["payload"].get("errors"), None, "{message}");
                message["payload"]["data"].clone()
            }
            other => panic!("{other:?}"),
        }
    }

    /// The next message, which ends this subscription: the code of its error, if it is one.
    pub async fn end(&mut self, id: &str) -> Option<String> {
        match self.hear().await {
            Heard::Message(message) if message["id"] == id && message["type"] == "complete" => None,
            Heard::Message(message) if message["id"] == id && message["type"] == "error" => {
                Some(message["payload"][0]["extensions"]["code"].as_str().expect("a code").to_owned())
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Events over HTTP.
pub struct Events {
    stream: std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    rest: String,
}

impl Events {
    /// Subscribes; or the status and text of the answer.
    pub async fn open(http: &Client, url: &str, token: &str, body: &Value) -> Result<Self, (StatusCode, String)> {
        let request = http.post(format!("{url}/graphql")).bearer_auth(token).header(ACCEPT, "text/event-stream");
        let response = request.json(body).send().await.expect("an answer");
        let kind = response.headers()["content-type"].to_str().expect("a type").to_owned();
        if kind != "text/event-stream; charset=utf-8" {
            return Err((response.status(), response.text().await.expect("a text")));
        }
        Ok(Self { stream: Box::pin(response.bytes_stream()), rest: String::new() })
    }

    /// The next event: its name and data. None when there is no more.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.rest = rest;
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                // What has no name is a comment.
                let Some(name) = field("event:") else { continue };
                let data = field("data:").filter(|data| !data.is_empty());
                let data = data.map_or(Value::Null, |data| serde_json::from_str(data).expect("JSON"));
                return Some((name.to_owned(), data));
            }
            let more = tokio::time::timeout(BOUND, self.stream.next()).await.expect("something is heard")?;
            self.rest.push_str(std::str::from_utf8(&more.ok()?).expect("UTF-8"));
        }
    }
}

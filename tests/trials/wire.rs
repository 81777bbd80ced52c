//! A keep-alive connection that notes when it sent and when the first byte came back, and costs little, so that many of
//! them fit beside the servers on one machine.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::clock::Moment;

/// No answer takes longer, whatever happens to the server.
const BOUND: Duration = Duration::from_secs(30);
/// A connection that was not used for so long may be closed by the server at any instant; another one is made then.
const IDLE: Duration = Duration::from_secs(3);

/// A request and its answer.
pub struct Exchange {
    /// Before the first byte of the request was sent.
    pub started: Moment,
    /// When the first byte of the answer was there.
    pub first_byte: Moment,
    /// When all of it was there.
    pub ended: Moment,
    /// The status.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Exchange {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    /// A header as text; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        find_header(&self.head, name).unwrap_or_default()
    }

    /// Whether the server said that it cannot answer for the moment, and when to come again.
    pub fn is_come_back(&self) -> bool {
        self.status == 503 && self.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1)
    }
}

/// A connection to a server. It connects when it is used, and anew when it was broken.
pub struct Line {
    address: SocketAddr,
    stream: Option<TcpStream>,
    used: Moment,
    buffer: Vec<u8>,
}

impl Line {
    /// To `http://ADDRESS`.
    pub fn to(url: &str) -> Self {
        let address = url.trim_start_matches("http://").parse().expect("the address of a server");
        Self { address, stream: None, used: Moment::now(), buffer: Vec::with_capacity(16 * 1024) }
    }

    /// Sends a GraphQL document. None if the connection broke before the whole answer was there.
    pub async fn ask(&mut self, token: Option<&str>, query: &str, variables: &Value) -> Option<Exchange> {
        let body = json!({ "query": query, "variables": variables }).to_string();
        self.send(token, "POST /graphql", &body).await
    }

    /// The same as a GET, with everything in the URL.
    pub async fn get(&mut self, token: Option<&str>, query: &str) -> Option<Exchange> {
        self.send(token, &format!("GET /graphql?query={}", encoded(query)), "").await
    }

    /// Sends a request with this method, target and JSON body.
    pub async fn send(&mut self, token: Option<&str>, request: &str, body: &str) -> Option<Exchange> {
        let authorization = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        let message = format!(
            "{request} HTTP/1.1\r\nHost: localhost\r\n{authorization}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if Moment::now().since(self.used) > IDLE {
            self.stream = None;
        }
        let exchange = tokio::time::timeout(BOUND, self.exchange(message.as_bytes())).await.ok().flatten();
        if exchange.is_none() {
            self.stream = None;
        }
        self.used = Moment::now();
        exchange
    }

    async fn exchange(&mut self, message: &[u8]) -> Option<Exchange> {
        if self.stream.is_none() {
            let stream = TcpStream::connect(self.address).await.ok()?;
            stream.set_nodelay(true).ok()?;
            self.stream = Some(stream);
        }
        let (stream, buffer) = (self.stream.as_mut()?, &mut self.buffer);
        buffer.clear();
        let started = Moment::now();
        stream.write_all(message).await.ok()?;
        let mut first_byte = None;
        loop {
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
            let first_byte = *first_byte.get_or_insert_with(Moment::now);
            let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length: usize = find_header(&head, "content-length")?.parse().ok()?;
            if buffer.len() < end + 4 + length {
                continue;
            }
            let status = head.split(' ').nth(1)?.parse().ok()?;
            let body = String::from_utf8_lossy(&buffer[end + 4..end + 4 + length]).into_owned();
            return Some(Exchange { started, first_byte, ended: Moment::now(), status, head, body });
        }
    }
}

fn find_header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Percent-encodes everything that is not unreserved (RFC 3986 section 2.3).
fn encoded(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len() * 2), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").expect("a String takes everything");
        }
        url
    })
}

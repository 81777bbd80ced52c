//! What only raw bytes can say: sizes, broken and slow bodies, pipelines, and requests that two servers would cut apart
//! differently.

#![expect(clippy::expect_used, reason = "helpers of tests fail by panicking")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Backend, Reply, World};

const ASK: &str = r#"{"query":"{ __typename }"}"#;
const ANSWER: &str = r#"{"data":{"__typename":"Query"}}"#;

fn connect(world: &World) -> TcpStream {
    let stream = TcpStream::connect(world.url.trim_start_matches("http://")).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    stream
}

/// Everything until the server closes the connection or says nothing for five seconds.
fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 16_384];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        bytes.extend_from_slice(buffer.get(..read).expect("what was read"));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends bytes, says that nothing more comes, and reads what comes back.
fn exchange(world: &World, bytes: &[u8]) -> String {
    let mut stream = connect(world);
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    read_all(&mut stream)
}

/// A request head for /graphql with further header lines.
fn head(lines: &str) -> String {
    format!("POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{lines}\r\n")
}

fn statuses(answers: &str) -> Vec<u16> {
    let status = |line: &str| line.get(..3).and_then(|code| code.parse().ok()).unwrap_or_default();
    answers.split("HTTP/1.1 ").skip(1).map(status).collect()
}

async fn assert_alive(world: &World) {
    assert_eq!(world.ask("{ __typename }", json!({})).await.text, ANSWER);
}

async fn post(world: &World, body: String) -> Reply {
    let request = world.http.post(format!("{}/graphql", world.url)).header("content-type", "application/json");
    Reply::of(request.body(body).send().await).await
}

fn padded(bytes: usize) -> String {
    let frame = json!({ "query": "{ __typename }", "variables": { "pad": "" } }).to_string().len();
    json!({ "query": "{ __typename }", "variables": { "pad": "x".repeat(bytes - frame) } }).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_256_kilobytes_is_read_and_one_byte_more_is_not() {
    let world = World::start(Backend::Sqlite).await;
    let fits = post(&world, padded(256 * 1024)).await;
    assert_eq!((fits.status.as_u16(), fits.text.as_str()), (200, ANSWER));
    let over = post(&world, padded(256 * 1024 + 1)).await;
    assert_eq!((over.status.as_u16(), over.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", over.text);
    assert!(over.body.get("data").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_of_64_kilobytes_is_read_and_one_byte_more_is_not() {
    let world = World::start(Backend::Sqlite).await;
    let query = |bytes: usize| format!("{{ __typename }}{}", " ".repeat(bytes - 14));
    assert_eq!(world.ask(&query(64 * 1024), json!({})).await.text, ANSWER);
    let over = world.ask(&query(64 * 1024 + 1), json!({})).await;
    assert_eq!((over.status.as_u16(), over.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", over.text);
    assert!(over.body.get("data").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_megabytes_are_refused_and_the_server_lives() {
    let world = World::start(Backend::Sqlite).await;
    let large = padded(10 * 1024 * 1024);
    for _ in 0..3 {
        let reply = post(&world, large.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", reply.text);
        assert_eq!(reply.body["errors"][0]["extensions"]["requestId"], reply.header("x-request-id"));
        assert_alive(&world).await;
    }
    // The same without a length: in chunks.
    let mut chunked = head("Transfer-Encoding: chunked\r\nConnection: close\r\n").into_bytes();
    for chunk in large.as_bytes().chunks(64 * 1024) {
        chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let answer = exchange(&world, &chunked);
    assert_eq!(statuses(&answer), [413], "{answer}");
    assert_alive(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_without_end_is_cut_off() {
    let world = World::start(Backend::Sqlite).await;
    let mut stream = connect(&world);
    stream.set_write_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    stream.write_all(head("Transfer-Encoding: chunked\r\n").as_bytes()).expect("the head is sent");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let mut is_open = true;
    for number in 0..1_000 {
        is_open = stream.write_all(chunk.as_bytes()).is_ok();
        if !is_open {
            break;
        }
        // The server may read on for some seconds, so that the answer arrives; what counts is that it stops.
        if number > 600 {
            let _ = tokio::time::timeout(Duration::from_millis(50), std::future::pending::<()>()).await;
        }
    }
    assert!(!is_open, "the server reads on");
    assert_alive(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_in_small_pieces_is_read() {
    let world = World::start(Backend::Sqlite).await;
    let mut stream = connect(&world);
    stream.set_nodelay(true).expect("no delay");
    let request = format!("{}{ASK}", head(&format!("Content-Length: {}\r\nConnection: close\r\n", ASK.len())));
    for byte in request.as_bytes() {
        stream.write_all(&[*byte]).expect("the byte is sent");
    }
    assert!(read_all(&mut stream).ends_with(ANSWER));

    let chunks: String = ASK.chars().map(|character| format!("1\r\n{character}\r\n")).collect();
    let chunked = format!("{}{chunks}0\r\n\r\n", head("Transfer-Encoding: chunked\r\nConnection: close\r\n"));
    assert!(exchange(&world, chunked.as_bytes()).ends_with(ANSWER));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_breaks_off_is_not_executed() {
    let world = World::start(Backend::Sqlite).await;
    let mutation = r#"{"query":"mutation { signUp(input: {email: \"cut@example.org\", password: \"copper lantern drizzle fjord\", displayName: \"Cut\"}) { userErrors { code } } }"}"#;
    let cut = [
        format!("{}{mutation}", head(&format!("Content-Length: {}\r\n", mutation.len() + 1))),
        format!("{}{:x}\r\n{mutation}\r\n", head("Transfer-Encoding: chunked\r\n"), mutation.len()),
        format!("{}{:x}\r\n{mutation}", head("Transfer-Encoding: chunked\r\n"), mutation.len()),
        format!("{}zz\r\n{mutation}\r\n0\r\n\r\n", head("Transfer-Encoding: chunked\r\n")),
        format!("{}-1\r\n{mutation}\r\n0\r\n\r\n", head("Transfer-Encoding: chunked\r\n")),
        format!("{}fffffffffffffffff\r\n{mutation}\r\n0\r\n\r\n", head("Transfer-Encoding: chunked\r\n")),
    ];
    for request in cut {
        let answer = exchange(&world, request.as_bytes());
        assert!(!answer.contains("HTTP/1.1 200"), "{request}\n{answer}");
        assert_alive(&world).await;
    }
    world.customer("Cut").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_takes_nothing_from_the_others() {
    let world = World::start(Backend::Sqlite).await;
    let idle: Vec<TcpStream> = (0..50)
        .map(|number| {
            let mut stream = connect(&world);
            let start = match number % 3 {
                0 => "POST /gra".to_owned(),
                1 => "POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Slow: ".to_owned(),
                _ => format!("{}{{\"query\"", head("Content-Length: 1000\r\n")),
            };
            stream.write_all(start.as_bytes()).expect("the start is sent");
            stream
        })
        .collect();
    for _ in 0..5 {
        assert_alive(&world).await;
    }
    drop(idle);
    assert_alive(&world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelined_requests_are_answered_in_order() {
    let world = World::start(Backend::Sqlite).await;
    let mut requests = String::new();
    for number in 0..20 {
        let close = if number == 19 { "Connection: close\r\n" } else { "" };
        let lines = format!("X-Request-Id: number-{number}\r\nContent-Length: {}\r\n{close}", ASK.len());
        requests.push_str(&head(&lines));
        requests.push_str(ASK);
    }
    let answer = exchange(&world, requests.as_bytes());
    assert_eq!(statuses(&answer), [200; 20], "{answer}");
    let ids: Vec<&str> = answer.lines().filter_map(|line| line.strip_prefix("x-request-id: ")).collect();
    let expected: Vec<String> = (0..20).map(|number| format!("number-{number}")).collect();
    assert_eq!(ids, expected);
}

/// A proxy in front and this server must agree where a request ends: what can be read in two ways is refused, and what
/// was hidden in it is not run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_can_be_cut_in_two_ways_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    let hidden = "GET /version HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled\r\nConnection: close\r\n\r\n";
    let length = format!("Content-Length: {}\r\n", ASK.len());
    let longer = format!("Content-Length: {}\r\n", ASK.len() + hidden.len());
    let chunked = format!("{:x}\r\n{ASK}\r\n0\r\n\r\n", ASK.len());
    let cases: Vec<(&str, String)> = vec![
        ("both lengths", format!("{}{chunked}{hidden}", head(&format!("{length}Transfer-Encoding: chunked\r\n")))),
        (
            "the other way round",
            format!("{}{chunked}{hidden}", head(&format!("Transfer-Encoding: chunked\r\n{length}"))),
        ),
        ("two different lengths", format!("{}{ASK}{hidden}", head(&format!("{length}{longer}")))),
        ("the longer one first", format!("{}{ASK}{hidden}", head(&format!("{longer}{length}")))),
        ("a list of lengths", format!("{}{ASK}{hidden}", head("Content-Length: 26, 27\r\n"))),
        ("a signed length", format!("{}{ASK}{hidden}", head(&format!("Content-Length: +{}\r\n", ASK.len())))),
        ("a negative length", format!("{}{ASK}{hidden}", head("Content-Length: -1\r\n"))),
        ("a length that is no number", format!("{}{ASK}{hidden}", head("Content-Length: 0x1a\r\n"))),
        ("an unknown encoding", format!("{}{chunked}{hidden}", head("Transfer-Encoding: xchunked\r\n"))),
        ("chunked and something", format!("{}{chunked}{hidden}", head("Transfer-Encoding: chunked, identity\r\n"))),
        (
            "two encodings",
            format!("{}{chunked}{hidden}", head("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n")),
        ),
        (
            "a space before the colon",
            format!("{}{chunked}{hidden}", head(&format!("{length}Transfer-Encoding : chunked\r\n"))),
        ),
        ("a folded line", format!("{}{chunked}{hidden}", head(&format!("{length}Transfer-Encoding:\r\n chunked\r\n")))),
        ("a bare line feed in a header", format!("{}{ASK}{hidden}", head(&format!("X-A: b\n{longer}{length}")))),
    ];
    let mut wrong = Vec::new();
    for (name, request) in cases {
        let answer = exchange(&world, request.as_bytes());
        if answer.contains("smuggled") || statuses(&answer).first().is_some_and(|status| *status < 400) {
            let lines: Vec<&str> = answer.lines().filter(|line| !line.is_empty()).collect();
            wrong.push(format!("{name}: {lines:?}"));
        }
        assert_alive(&world).await;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_not_http_is_refused() {
    let world = World::start(Backend::Sqlite).await;
    let many: String = (0..2_000).map(|number| format!("X-{number}: a\r\n")).collect();
    let cases = [
        "\0\u{1}\u{2}\r\n\r\n".to_owned(),
        "GET\r\n\r\n".to_owned(),
        "GET /version\r\n\r\n".to_owned(),
        "GET /version HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /ver sion HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /version HTTP/1.1\r\nHost: localhost\r\nX-\0: a\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(1 << 20)),
        format!("GET /version HTTP/1.1\r\nHost: localhost\r\nX-Large: {}\r\n\r\n", "a".repeat(1 << 20)),
        format!("GET /version HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
    ];
    for request in cases {
        let answer = exchange(&world, request.as_bytes());
        let start: String = request.chars().take(60).collect();
        assert!(statuses(&answer).iter().all(|status| *status >= 400), "{start:?}: {answer}");
        assert_alive(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compressed_body_is_not_unpacked() {
    let world = World::start(Backend::Sqlite).await;
    let lines = format!("Content-Encoding: gzip\r\nContent-Length: {}\r\nConnection: close\r\n", ASK.len());
    let answer = exchange(&world, format!("{}{ASK}", head(&lines)).as_bytes());
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert_eq!(statuses(&answer), [415], "{answer}");
    assert!(serde_json::from_str::<Value>(body).is_ok_and(|body| body.get("data").is_none()), "{body}");
}

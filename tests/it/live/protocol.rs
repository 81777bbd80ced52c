//! graphql-transport-ws to the letter: who may, in what order, and how it ends.

use serde_json::json;
use tests::socket::PROTOCOL;
use tests::{Backend, Heard, Socket, World, on_both_databases};
use tokio_tungstenite::tungstenite::Message;

use crate::conversations::{arrive, post, reached};

const BRAND: &str = "{ brand { slug } }";
const WATCH: &str = "subscription { conversationChanged { kind } }";

async fn opened(world: &World) -> Socket {
    Socket::open(&world.url, &[PROTOCOL]).await.expect("a socket")
}

/// How a connection ends after a message.
async fn closed_by(world: &World, message: Message) -> Heard {
    let mut socket = opened(world).await;
    socket.send(message).await;
    socket.hear().await
}

on_both_databases! {
    async fn each_breach_closes_by_its_code(world) {
        for bad in ["", "nonsense", "[]", "{}", r#"{"type":"start"}"#, r#"{"type":"subscribe"}"#, r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#, r#"{"type":"complete"}"#] {
            assert_eq!(closed_by(&world, Message::text(bad)).await, Heard::Closed(4400), "{bad}");
        }
        assert_eq!(closed_by(&world, Message::binary(vec![1, 2])).await, Heard::Closed(4400));
        assert_eq!(closed_by(&world, Message::text("x".repeat(257 * 1024))).await, Heard::Closed(1009));
        let early = json!({ "type": "subscribe", "id": "1", "payload": { "query": BRAND } });
        assert_eq!(closed_by(&world, Message::text(early.to_string())).await, Heard::Closed(4401));
        for payload in [json!({ "authorization": "Bearer nonsense" }), json!({ "Authorization": "Basic abc" }), json!({ "authorization": 7 })] {
            let init = json!({ "type": "connection_init", "payload": payload });
            assert_eq!(closed_by(&world, Message::text(init.to_string())).await, Heard::Closed(4403), "{payload}");
        }
        let mut twice = Socket::begin(&world.url, None).await;
        twice.say(&json!({ "type": "connection_init" })).await;
        assert_eq!(twice.hear().await, Heard::Closed(4429));
        let mut other = Socket::open(&world.url, &[]).await.expect("a socket");
        assert_eq!(other.hear().await, Heard::Closed(4406), "without the protocol's name");
        let mut silent = opened(&world).await;
        silent.say(&json!({ "type": "ping" })).await;
        assert_eq!(silent.hear().await, Heard::Message(json!({ "type": "pong" })));
        world.pass(30_000);
        assert_eq!(silent.hear().await, Heard::Closed(4408));
    }

    async fn calls_have_ids_of_their_own_which_are_free_again_when_they_are_over(world) {
        let bank = reached(&world, "bank").await;
        let mut socket = Socket::begin(&world.url, Some(&bank.token().await)).await;
        socket.subscribe("1", BRAND, json!({})).await;
        assert_eq!((socket.next("1").await, socket.end("1").await), (json!({ "brand": { "slug": "bank" } }), None));
        socket.subscribe("1", WATCH, json!({})).await;
        assert_eq!(socket.next("1").await["conversationChanged"]["kind"], "LISTENING");
        socket.subscribe("2", WATCH, json!({})).await;
        socket.next("2").await;
        socket.say(&json!({ "type": "complete", "id": "1" })).await;
        socket.say(&json!({ "type": "complete", "id": "unknown" })).await;
        socket.say(&json!({ "type": "ping" })).await;
        assert_eq!(socket.hear().await, Heard::Message(json!({ "type": "pong" })));
        arrive(&world, "X", &post("1", ("77", "@ada_l"), "card declined")).await;
        assert_eq!(socket.next("2").await["conversationChanged"]["kind"], "MESSAGE_RECEIVED");
        socket.subscribe("1", BRAND, json!({})).await;
        assert_eq!((socket.next("1").await, socket.end("1").await), (json!({ "brand": { "slug": "bank" } }), None));
        socket.subscribe("2", WATCH, json!({})).await;
        assert_eq!(socket.hear().await, Heard::Closed(4409));
    }

    async fn what_is_no_subscription_here_is_refused_by_name(world) {
        let bank = reached(&world, "bank").await;
        let mut socket = Socket::begin(&world.url, Some(&bank.token().await)).await;
        let deep = "{ a".repeat(70);
        for (query, code) in [
            ("subscription { conversationChanged { kind } grantChanged { cursor } }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { ...F } fragment F on Subscription { grantChanged { cursor } }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { nonsense }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription {", "GRAPHQL_PARSE_FAILED"),
            (deep.as_str(), "QUERY_TOO_DEEP"),
        ] {
            socket.subscribe("1", query, json!({})).await;
            let end = socket.end("1").await.expect("an error");
            assert!(end == code || query == deep, "{query}: {end}");
        }
        let reply = bank.ask(WATCH, json!({})).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (400, "BAD_REQUEST"));
    }

    async fn a_page_of_somewhere_else_opens_no_socket(world) {
        for origin in ["https://evil.example.org", "null", "http://127.0.0.1"] {
            let refused = Socket::open(&world.url, &[PROTOCOL, ("origin", origin)]).await.err();
            assert_eq!(refused, Some(403), "{origin}");
        }
        let own = world.deps.config.public_url.clone();
        assert!(Socket::open(&world.url, &[PROTOCOL, ("origin", own.trim_end_matches('/'))]).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_says_goodbye_and_waits_for_no_stream() {
    let world = World::start(Backend::Sqlite).await;
    let bank = reached(&world, "bank").await;
    let mut socket = Socket::begin(&world.url, Some(&bank.token().await)).await;
    socket.subscribe("1", WATCH, json!({})).await;
    socket.next("1").await;
    let stopped = tokio::spawn(world.stop());
    assert_eq!(socket.hear().await, Heard::Closed(1001));
    stopped.await.expect("it stops");
}

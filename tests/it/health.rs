//! What whoever runs the server asks it.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "scenarios fail by panicking")]

use serde_json::json;
use tests::{Reply, World, on_both_databases};

async fn get(world: &World, path: &str) -> Reply {
    Reply::of(world.http.get(format!("{}{path}", world.url)).send().await).await
}

on_both_databases! {
    async fn a_server_with_its_database_is_alive_and_ready_and_says_what_runs(world) {
        let alive = get(&world, "/healthz").await;
        assert_eq!((alive.status.as_u16(), alive.body), (200, json!({ "status": "alive" })));
        let ready = get(&world, "/readyz").await;
        assert_eq!((ready.status.as_u16(), ready.body), (200, json!({ "status": "ready" })));
        let version = get(&world, "/version").await;
        assert_eq!(version.status, 200);
        assert_eq!(version.body, json!({ "name": "rapport", "version": env!("CARGO_PKG_VERSION") }));
    }

    async fn a_server_without_its_database_is_alive_and_not_ready(world) {
        let ada = world.customer("Ada").await;
        world.deps.vault.store.clone().close().await.expect("the pool closes");
        assert_eq!(get(&world, "/healthz").await.status, 200);
        let ready = get(&world, "/readyz").await;
        assert_eq!((ready.status.as_u16(), ready.header("retry-after")), (503, "1"), "{}", ready.text);
        let reply = ada.ask("{ me { id } }", json!({})).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (503, "SERVICE_UNAVAILABLE"), "{}", reply.text);
        assert_eq!(reply.header("retry-after"), "1");
        assert!(reply.body.get("data").is_none());
        let token = world.http.post(format!("{}/oauth/token", world.url)).basic_auth("a", Some("b"));
        let token = token.header("content-type", "application/x-www-form-urlencoded").body("grant_type=client_credentials");
        let token = Reply::of(token.send().await).await;
        assert_eq!((token.status.as_u16(), token.body["error"].as_str()), (503, Some("temporarily_unavailable")));
        assert_eq!(token.header("retry-after"), "1");
        for text in [ready.text, reply.text, token.text] {
            for word in ["sql", "pool", "postgres", "connection"] {
                assert!(!text.to_lowercase().contains(word), "{text} tells of {word}");
            }
        }
    }
}

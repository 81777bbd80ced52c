//! `kill -9` while somebody is watching: they come again with where they were, and have missed nothing that was acknowledged.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::channel::SECRETS;
use tests::process::{House, Server};
use tests::{Heard, Socket};

use crate::command_line::{SECRET, in_a_house_on_both_databases};
use crate::conversations::killed::{bank, deliver, deliver_from};
use crate::kill::instant;
use crate::restore::stop;

const ROUNDS: u64 = 10;
const WATCH: &str = "subscription($after: String) { conversationChanged(after: $after) { cursor messageId conversation { lastMessage { id text } } } }";

/// Somebody who watches, from server to server.
struct Watcher {
    cursor: Value,
    messages: BTreeSet<String>,
}

impl Watcher {
    /// From now on.
    async fn begin(house: &House) -> Self {
        let server = house.serve().await;
        let mut socket = socket(&server).await;
        socket.subscribe("1", WATCH, json!({})).await;
        let cursor = socket.next("1").await["conversationChanged"]["cursor"].clone();
        stop(server).await;
        Self { cursor, messages: BTreeSet::new() }
    }

    /// Watches until the server is gone, or so many messages were told.
    async fn watch(mut self, mut socket: Socket, enough: usize) -> Self {
        socket.subscribe("1", WATCH, json!({ "after": self.cursor })).await;
        while self.messages.len() < enough {
            let Some(Heard::Message(message)) = socket.find_next().await else { break };
            assert_eq!(message["type"], "next", "{message}");
            let news = &message["payload"]["data"]["conversationChanged"];
            self.cursor = news["cursor"].clone();
            self.messages.extend(news["messageId"].as_str().map(str::to_owned));
        }
        self
    }
}

async fn socket(server: &Server) -> Socket {
    let token = server.app_token("bank-app", SECRET).await.body["access_token"].as_str().expect("a token").to_owned();
    Socket::begin(&server.url, Some(&token)).await
}

in_a_house_on_both_databases! {
    async fn whoever_is_watching_misses_nothing_however_often_the_server_is_killed(house) {
        let house = house.set("RAPPORT_CHANNEL_SECRETS", SECRETS);
        house.import(&[bank()]).await;
        let (mut watcher, mut next) = (Watcher::begin(&house).await, 0);
        for round in 0..ROUNDS {
            let mut server = house.serve().await;
            let watching = tokio::spawn(watcher.watch(socket(&server).await, usize::MAX));
            let sending = tokio::spawn(deliver_from(server.http.clone(), server.url.clone(), next, 1));
            let early = tokio::time::timeout(instant(round), std::future::pending::<()>()).await;
            assert!(early.is_err());
            server.process.kill();
            watcher = watching.await.expect("the watcher");
            next = sending.await.expect("the sender");
        }
        let server = house.serve().await;
        assert!(deliver(&server.http, &server.url, next).await);
        let count = usize::try_from(next).expect("a few") + 1;
        assert!(count > 20, "something was delivered: {count}");
        let told = tokio::time::timeout(std::time::Duration::from_secs(60), watcher.watch(socket(&server).await, count)).await;
        assert_eq!(told.expect("all of it is told").messages.len(), count);
    }

    async fn a_place_of_before_a_restore_is_none_of_the_database_after_it(house) {
        let house = house.set("RAPPORT_CHANNEL_SECRETS", SECRETS);
        house.import(&[bank()]).await;
        let server = house.serve().await;
        assert!(deliver(&server.http, &server.url, 0).await);
        stop(server).await;
        house.done(&["backup", "copy"]).await;
        let watcher = Watcher::begin(&house).await;
        house.done(&["restore", "copy", "--replace"]).await;
        let server = house.serve().await;
        let mut socket = socket(&server).await;
        socket.subscribe("1", WATCH, json!({ "after": watcher.cursor })).await;
        assert_eq!(socket.end("1").await.as_deref(), Some("CURSOR_TOO_OLD"));
        socket.subscribe("1", WATCH, json!({})).await;
        socket.next("1").await;
    }
}

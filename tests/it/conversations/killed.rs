//! `kill -9` while messages come in: the channel delivers again what was not acknowledged, and each is there exactly once.

use std::collections::BTreeMap;

use entity::clock::Clock;
use reqwest::Client;
use serde_json::{Value, json};
use tests::channel::{SECRETS, sign};
use tests::process::{Api, House};
use tokio::task::JoinSet;

use crate::command_line::{SECRET, in_a_house_on_both_databases};
use crate::kill::instant;

const ROUNDS: u64 = 10;
const SENDERS: u64 = 3;
/// Accounts that write for the first time while others do.
const ACCOUNTS: u64 = 5;

/// A brand that is written to on X.
pub fn bank() -> Value {
    json!({ "brand": { "slug": "bank", "name": "The Bank" }, "accounts": [{ "channel": "X", "handle": "@bank" }],
        "apps": [{ "clientId": "bank-app", "clientSecret": SECRET, "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] }] })
}

/// Delivers a message; whether it was acknowledged. Anything but that and a server that is gone fails the test.
pub async fn deliver(http: &Client, url: &str, number: u64) -> bool {
    let author = json!({ "id": format!("47{}", number % ACCOUNTS), "handle": format!("ada_{}", number % ACCOUNTS) });
    let data =
        json!({ "id": number.to_string(), "author": author, "to": { "handle": "bank" }, "text": number.to_string() });
    let body = json!({ "type": "message.created", "data": data }).to_string();
    let now = Clock::System.now().as_seconds().to_string();
    let id = format!("msg_{number}");
    let request = http
        .post(format!("{url}/channels/x/inbound"))
        .header("webhook-id", &id)
        .header("webhook-timestamp", &now)
        .header("webhook-signature", sign("X", &id, &now, &body));
    let Ok(response) = request.body(body).send().await else { return false };
    assert_eq!(response.status(), 202, "a channel would give up after this");
    true
}

/// Delivers from a number on, each so many after the one before, until the server is gone: the first number that was not acknowledged.
pub async fn deliver_from(http: Client, url: String, mut number: u64, step: u64) -> u64 {
    while deliver(&http, &url, number).await {
        number += step;
    }
    number
}

/// How often each text is there.
async fn texts(app: &Api) -> BTreeMap<String, usize> {
    let queue = app.ask("{ brand { conversations(first: 100) { nodes { id } } } }", json!({})).await;
    let mut texts = BTreeMap::new();
    let page = "query($id: ID!, $after: String) { brand { conversation(id: $id) { messages(first: 100, after: $after) {
        nodes { text } pageInfo { endCursor hasNextPage } } } } }";
    let conversations = queue.data("/brand/conversations/nodes").as_array().cloned().unwrap_or_default();
    assert!(
        conversations.len() <= usize::try_from(ACCOUNTS).expect("a few"),
        "one for each account: {conversations:?}"
    );
    for conversation in conversations {
        let mut after = Value::Null;
        loop {
            let reply = app.ask(page, json!({ "id": conversation["id"], "after": after })).await;
            let found = reply.data("/brand/conversation/messages");
            for node in found["nodes"].as_array().into_iter().flatten() {
                *texts.entry(node["text"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
            if found["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = found["pageInfo"]["endCursor"].clone();
        }
    }
    texts
}

in_a_house_on_both_databases! {
    async fn each_message_is_there_exactly_once_however_often_the_server_is_killed(house) {
        let house = house.set("RAPPORT_CHANNEL_SECRETS", SECRETS);
        house.import(&[bank()]).await;
        let mut next: Vec<u64> = (0..SENDERS).collect();
        for round in 0..ROUNDS {
            let mut server = house.serve().await;
            let delivering = next.drain(..).map(|number| deliver_from(server.http.clone(), server.url.clone(), number, SENDERS));
            let mut senders: JoinSet<u64> = delivering.collect();
            let early = tokio::time::timeout(instant(round), senders.join_next()).await;
            assert!(early.is_err(), "the server was gone before it was killed: {}", server.process.log());
            server.process.kill();
            next = senders.join_all().await;
        }
        let server = house.serve().await;
        for number in &next {
            assert!(deliver(&server.http, &server.url, *number).await);
            assert!(deliver(&server.http, &server.url, *number).await, "and once more");
        }
        let app = server.app("bank-app", SECRET).await;
        let texts = texts(&app).await;
        let most = next.iter().max().copied().unwrap_or_default();
        assert!(most > 20 * SENDERS, "something was delivered: {next:?}");
        for number in 0..=most {
            // A sender may be behind another.
            let is_delivered = next.iter().any(|last| last % SENDERS == number % SENDERS && number <= *last);
            let expected = is_delivered.then_some(&1);
            assert_eq!(texts.get(&number.to_string()), expected, "message {number}");
        }
    }
}

//! The hot path in statements: a lookup is one select, one look into the keyring, and one insert, whoever is asked for,
//! and no statement holds a value.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};

use crate::command_line::in_a_house_on_both_databases;
use crate::statements::{LOG, sent};
use tests::process::{Api, House, Server, until};

const SECRET: &str = "0123456789abcdef-bank";
const FIELDS: &str = "id name { displayName } contact { phone } handles { handle } area { country } language { locale }
    preferences { value } context { text } access { scope status }";

/// Everything that the statements must not hold.
const VALUES: [&str; 6] = ["ada_l", "displayed-ada", "+4930901820", "aisle-canary", "nobody_here", SECRET];

/// One snapshot, the data keys from the keyring, one record.
const KEYS_READ: [&str; 3] = ["with", "select", "insert"];
/// The same while the data key is at hand.
const KEYS_KNOWN: [&str; 2] = ["with", "insert"];

/// A brand and fifty customers who share everything with it.
fn lines() -> Vec<Value> {
    let brand = json!({ "brand": { "slug": "bank", "name": "The Bank" }, "apps": [{ "clientId": "bank-app",
        "clientSecret": SECRET, "scopes": tests::world::ALL_SCOPES, "purposes": ["CUSTOMER_CARE"] }] });
    let customer = |n: u32| {
        json!({
            "customer": { "key": format!("c{n}"), "email": format!("c{n}@example.org"),
                "name": { "displayName": "displayed-ada" }, "contact": { "phone": "+4930901820" } },
            "links": [{ "channel": "X", "handle": format!("ada_l{n}"), "accountId": n.to_string(),
                "verifiedAt": from() }],
            "preferences": [{ "category": "travel", "key": "seat", "value": "aisle-canary" }],
            "grants": [{ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": tests::world::ALL_SCOPES,
                "from": from(), "until": until_when() }],
        })
    };
    std::iter::once(brand).chain((0..50).map(customer)).collect()
}

fn from() -> String {
    entity::clock::Clock::System.now().plus_days(-1).to_string()
}

fn until_when() -> String {
    entity::clock::Clock::System.now().plus_days(30).to_string()
}

/// The statements that were logged, without what sets up a new connection.
fn statements(server: &Server) -> Vec<String> {
    sent(server).into_iter().filter(|statement| !statement.starts_with("PRAGMA")).collect()
}

/// Runs a request: its answer, and the statements that it took.
async fn watched(server: &Server, ask: impl Future<Output = Value>) -> (Value, Vec<String>) {
    let before = statements(server).len();
    let answer = ask.await;
    until("the statements", async || (statements(server).len() >= before + 2).then_some(())).await;
    // Whatever comes late comes before the statement of a later request.
    assert_eq!(server.get("/readyz").await.status, 200);
    let all = until("the marker", async || {
        let all = statements(server);
        all.last().is_some_and(|last| is_marker(last)).then_some(all)
    })
    .await;
    (answer, all[before..].iter().filter(|statement| !is_marker(statement)).cloned().collect())
}

/// `/readyz` asks for the time and nothing else.
fn is_marker(statement: &str) -> bool {
    statement.to_lowercase().starts_with("select")
        && !statement.to_lowercase().contains("join")
        && statement.len() < 120
}

/// The first word of each.
fn kinds(statements: &[String]) -> Vec<String> {
    let kind = |statement: &String| statement.split_whitespace().next().unwrap_or_default().to_lowercase();
    statements.iter().map(kind).collect()
}

async fn look_up_many(app: &Api, handles: impl Iterator<Item = String>) -> Value {
    let query =
        format!("query($by: [ProfileLocator!]!) {{ profiles(by: $by, purpose: CUSTOMER_CARE) {{ {FIELDS} }} }}");
    let by: Vec<_> = handles.map(|handle| json!({ "handle": { "channel": "X", "handle": handle } })).collect();
    app.ask(&query, json!({ "by": by })).await.data("/profiles").clone()
}

in_a_house_on_both_databases! {
    async fn a_lookup_takes_the_same_few_statements_for_a_hit_a_miss_and_fifty(house) {
        house.import(&lines()).await;
        // The statements of a worker would stand among those of a request.
        let house = house.set(LOG.0, LOG.1).set("RAPPORT_WORKERS", "off");
        let server = house.serve().await;
        let app = server.app("bank-app", SECRET).await;
        // Connections are made, and statements prepared, once.
        app.look_up("ada_l0", FIELDS).await;

        let (hit, took) = watched(&server, async { app.look_up("ada_l1", FIELDS).await.data("/profile").clone() }).await;
        assert_eq!(hit["name"]["displayName"], "displayed-ada");
        assert_eq!(hit["preferences"][0]["value"], "aisle-canary");
        assert_eq!(kinds(&took), KEYS_READ, "{took:#?}");
        assert!(took[1].contains("data_key") && took[2].contains("disclosure"), "{took:#?}");
        let by_a_hit = took;

        let (hit, took) = watched(&server, async { app.look_up("ada_l1", FIELDS).await.data("/profile").clone() }).await;
        assert_eq!(hit["name"]["displayName"], "displayed-ada");
        assert_eq!(kinds(&took), KEYS_KNOWN, "the key of somebody who is shown is at hand: {took:#?}");

        let (miss, took) = watched(&server, async { app.look_up("nobody_here", FIELDS).await.data("/profile").clone() }).await;
        assert_eq!(miss, Value::Null);
        assert_eq!(took, by_a_hit, "a miss takes the very same statements");

        let known = (0..50).map(|n| format!("ada_l{n}"));
        let (fifty, took) = watched(&server, look_up_many(&app, known)).await;
        assert_eq!(fifty.as_array().unwrap().iter().filter(|profile| profile["name"]["displayName"] == "displayed-ada").count(), 50);
        assert_eq!(kinds(&took), KEYS_READ, "{took:#?}");

        let unknown = (0..50).map(|n| format!("nobody_here{n}"));
        let (nobody, took) = watched(&server, look_up_many(&app, unknown)).await;
        assert_eq!(nobody, json!(vec![Value::Null; 50]));
        assert_eq!(kinds(&took), KEYS_READ, "{took:#?}");

        let mixed = (40..90).map(|n| format!("ada_l{n}"));
        let (some, took) = watched(&server, look_up_many(&app, mixed)).await;
        assert_eq!(some.as_array().unwrap().iter().filter(|profile| profile.is_null()).count(), 40);
        assert_eq!(kinds(&took), KEYS_READ, "hits and misses are one ledger");

        let log = server.process.log();
        for value in VALUES {
            assert!(!log.contains(value), "a log holds {value}");
        }
    }

    async fn a_lookup_of_somebody_who_was_erased_takes_the_statements_of_nobody(house) {
        house.import(&lines()[..1]).await;
        let house = house.set(LOG.0, LOG.1).set("RAPPORT_WORKERS", "off");
        let server = house.serve().await;
        let app = server.app("bank-app", SECRET).await;
        let account = json!({ "email": "ada@example.org", "password": tests::customer::PASSWORD });
        let signed_up = server.client(None).act("signUp", account, "session { accessToken }").await.unwrap();
        let ada = server.client(signed_up.done("signUp")["session"]["accessToken"].as_str());
        let given = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"] });
        let given = ada.act("giveConsent", given, "grant { profileId }").await.unwrap();
        let former = given.done("giveConsent")["grant"]["profileId"].clone();
        let query = format!("query($id: ID!) {{ profile(by: {{ id: $id }}, purpose: CUSTOMER_CARE) {{ {FIELDS} }} }}");
        let by_id = |id: Value| {
            let asked = app.ask(&query, json!({ "id": id }));
            async move { asked.await.data("/profile").clone() }
        };
        assert_ne!(by_id(former.clone()).await, Value::Null);
        let first = ada.act("eraseAccount", json!({}), "confirmationToken").await.unwrap();
        let token = first.done("eraseAccount")["confirmationToken"].clone();
        let second = ada.act("eraseAccount", json!({ "confirmationToken": token }), "erased").await.unwrap();
        assert_eq!(second.done("eraseAccount")["erased"], true);

        let (erased, took) = watched(&server, by_id(former)).await;
        let (nobody, by_nobody) = watched(&server, by_id(json!(entity::ids::ProfileId(uuid::Uuid::from_u128(7)).to_string()))).await;
        assert_eq!((erased, nobody), (Value::Null, Value::Null));
        assert_eq!(kinds(&took), KEYS_READ, "{took:#?}");
        assert_eq!(took, by_nobody);
    }
}

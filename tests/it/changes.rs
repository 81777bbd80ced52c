//! `brand { grantChanges }`: every change of a brand's grants, exactly once, to whoever goes on from the last cursor.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{BrandApp, Customer, Reply, World, on_both_databases};
use tokio::task::JoinSet;

use crate::consent::{grant, history};
use crate::requests::{asked, plain, refuse};

const CHANGES: &str = "query($first: Int, $after: String) { brand { grantChanges(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id kind at grantId profileId purpose version scopes expiresAt now { state scopes expiresAt } } } } }";

async fn page(world: &World, token: &str, first: u32, after: &Value) -> Reply {
    world.ask_as(Some(token), CHANGES, json!({ "first": first, "after": after })).await
}

/// Everything from the beginning, as somebody reads it who takes three at a time.
async fn feed(app: &BrandApp<'_>) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let reply = app.ask(CHANGES, json!({ "first": 3, "after": after })).await;
        let list = reply.data("/brand/grantChanges");
        all.extend(list["nodes"].as_array().unwrap().iter().cloned());
        if list["pageInfo"]["hasNextPage"] == false {
            return all;
        }
        after = list["pageInfo"]["endCursor"].clone();
    }
}

fn column<'v>(changes: &'v [Value], name: &str) -> Vec<&'v Value> {
    changes.iter().map(|change| &change[name]).collect()
}

/// Gives and takes back at one node until there are so many events.
async fn come_and_go(node: &World, email: String, rounds: usize) {
    let who = Customer::sign_in(node, &email, tests::customer::PASSWORD).await;
    for _ in 0..rounds {
        let grant = who.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        who.act("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] }), "").await.done("amendConsent");
        who.withdraw(&grant).await;
    }
}

/// Reads on and on at one node; what it got, in order, until after everybody is done.
async fn read_on(node: &World, token: &str, done: &AtomicBool) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let is_last = done.load(Ordering::SeqCst);
        node.work().await;
        loop {
            let reply = page(node, token, 2, &after).await;
            let list = reply.data("/brand/grantChanges");
            all.extend(list["nodes"].as_array().unwrap().iter().cloned());
            if list["nodes"] == json!([]) {
                break;
            }
            after = list["pageInfo"]["endCursor"].clone();
        }
        if is_last {
            return all;
        }
    }
}

on_both_databases! {
    async fn every_change_is_told_with_what_was_agreed_then_and_where_the_grant_stands_now(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        let end = world.time(90 * DAY);
        world.pass(5);
        ada.act("amendConsent", json!({ "grantId": id, "scopes": ["NAME"] }), "").await.done("amendConsent");
        ada.act("pauseConsent", json!({ "grantId": id }), "").await.done("pauseConsent");
        assert_eq!(feed(&bank).await, Vec::<Value>::new(), "nothing has its place before the log has given it one");
        world.work().await;
        let changes = feed(&bank).await;
        assert_eq!(column(&changes, "kind"), ["GIVEN", "NARROWED", "PAUSED"]);
        assert_eq!(column(&changes, "version"), [1, 2, 2]);
        assert_eq!(column(&changes, "scopes"), [&json!(["NAME", "AREA"]), &json!(["NAME"]), &json!(["NAME"])]);
        let own = grant(&ada, &id).await;
        assert_eq!(column(&changes, "at"), history(&own, "occurredAt").iter().collect::<Vec<_>>());
        for change in &changes {
            assert_eq!((&change["grantId"], &change["profileId"]), (&own["id"], &own["profileId"]));
            assert_eq!((&change["purpose"], &change["expiresAt"]), (&json!("CUSTOMER_CARE"), &json!(end)));
            assert_eq!(change["now"], json!({ "state": "PAUSED", "scopes": ["NAME"], "expiresAt": end }));
        }
        world.pass(90 * DAY);
        assert_eq!(feed(&bank).await[0]["now"]["state"], "EXPIRED", "the date counts, whether or not anybody noted it");
        world.work().await;
        world.work().await;
        let later = feed(&bank).await;
        assert_eq!(column(&later, "kind"), ["GIVEN", "NARROWED", "PAUSED", "EXPIRED"]);
        assert_eq!(column(&later, "id")[..3], column(&changes, "id"), "the same change has the same id");
    }

    async fn an_app_sees_the_changes_of_its_own_brand_for_its_own_purposes_only(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let figures = world.app("bank", "bank-figures", &["NAME"], &["ANALYTICS"]).await;
        let ada = world.customer("Ada").await;
        for (brand, purpose) in [("bank", "CUSTOMER_CARE"), ("shop", "CUSTOMER_CARE"), ("bank", "ANALYTICS")] {
            ada.give(brand, purpose, &["NAME"]).await;
        }
        world.work().await;
        let purposes = async |app: &BrandApp<'_>| column(&feed(app).await, "purpose").into_iter().cloned().collect::<Vec<_>>();
        assert_eq!(purposes(&bank).await, ["CUSTOMER_CARE", "ANALYTICS"]);
        assert_eq!(purposes(&figures).await, ["ANALYTICS"]);
        assert_eq!(purposes(&shop).await, ["CUSTOMER_CARE"]);
        let ids = |changes: &[Value]| changes.iter().map(|change| change["profileId"].to_string()).collect::<BTreeSet<_>>();
        assert!(ids(&feed(&bank).await).is_disjoint(&ids(&feed(&shop).await)), "each brand has its own id of a person");

        let foreign = bank.ask("query($id: ID!) { node(id: $id) { ... on Brand { grantChanges { nodes { id } } } } }",
            json!({ "id": shop.ask("{ brand { id } }", json!({})).await.data("/brand/id") })).await;
        assert_eq!(foreign.code(), "FORBIDDEN", "{}", foreign.text);
        let reply = page(&world, &bank.token().await, 1, &Value::Null).await;
        let cursor = reply.data("/brand/grantChanges/pageInfo/endCursor").clone();
        let elsewhere = page(&world, &shop.token().await, 1, &cursor).await;
        assert_eq!(elsewhere.code(), "BAD_USER_INPUT", "a cursor is good for its own list: {}", elsewhere.text);
    }

    async fn a_refusal_and_an_opened_request_never_show(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let request = asked(&bank, &ada, plain()).await;
        world.work().await;
        assert_eq!(feed(&bank).await, Vec::<Value>::new());
        refuse(&ada, &request).await.done("refuseConsentRequest");
        ada.act("setDirectMarketing", json!({ "allowed": false }), "").await.done("setDirectMarketing");
        while world.work().await > 0 {}
        assert_eq!(feed(&bank).await, Vec::<Value>::new());
    }

    async fn an_erasure_leaves_the_feed_with_the_brands_own_id(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let profile = grant(&ada, &id).await["profileId"].clone();
        crate::erasure::erase(&ada).await;
        world.work().await;
        let changes = feed(&bank).await;
        assert_eq!(column(&changes, "kind"), ["GIVEN", "WITHDRAWN"]);
        assert!(changes.iter().all(|change| change["profileId"] == profile && change["now"]["state"] == "WITHDRAWN"));
    }

    async fn a_cursor_of_a_history_that_a_restore_has_replaced_is_refused_and_never_skips(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        world.work().await;
        let reply = page(&world, &bank.token().await, 1, &Value::Null).await;
        let cursor = reply.data("/brand/grantChanges/pageInfo/endCursor").as_str().unwrap().to_owned();
        // As from a database that was ahead of this one: the next change would take that number.
        let (number, id) = cursor.split_once('.').unwrap();
        assert_eq!(number, "1");
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        for lost in [format!("2.{id}"), "2.change_AAAAAAAAAAAAAAAAAAAAAA".into()] {
            for _ in 0..2 {
                let refused = page(&world, &bank.token().await, 1, &json!(lost)).await;
                assert_eq!(refused.code(), "BAD_USER_INPUT", "{}", refused.text);
                assert!(refused.text.contains("again from its beginning"), "{}", refused.text);
                world.work().await;
            }
        }
        let refused = page(&world, &bank.token().await, 1, &json!("1")).await;
        assert!(refused.text.contains("not a cursor of this list"), "{}", refused.text);
    }

    async fn whoever_pages_while_others_change_on_two_nodes_gets_every_change_exactly_once(world) {
        const ROUNDS: usize = 4;
        let bank = world.brand("bank").await;
        let token = bank.token().await;
        let mut emails = Vec::new();
        for name in ["Ada", "Bob", "Cleo", "Dan", "Eve", "Fay"] {
            emails.push(world.customer(name).await.email);
        }
        let nodes = [Arc::new(world.node().await), Arc::new(world.node().await)];
        let done = Arc::new(AtomicBool::new(false));
        let mut readers = JoinSet::new();
        for node in &nodes {
            let (node, token, done) = (Arc::clone(node), token.clone(), Arc::clone(&done));
            readers.spawn(async move { read_on(&node, &token, &done).await });
        }
        let mut writers = JoinSet::new();
        for (place, email) in emails.iter().enumerate() {
            let (node, email) = (Arc::clone(&nodes[place % 2]), email.clone());
            writers.spawn(async move { come_and_go(&node, email, ROUNDS).await });
        }
        writers.join_all().await;
        done.store(true, Ordering::SeqCst);
        let read = readers.join_all().await;
        let whole = feed(&bank).await;
        assert_eq!(whole.len(), emails.len() * ROUNDS * 3);
        let distinct: BTreeSet<String> = whole.iter().map(|change| change["id"].to_string()).collect();
        assert_eq!(distinct.len(), whole.len(), "nothing stands there twice");
        for one in &read {
            assert_eq!(column(one, "id"), column(&whole, "id"), "each reader got all of it, once, in the same order");
        }
    }
}

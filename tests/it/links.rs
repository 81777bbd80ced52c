//! Links: proving a handle, taking it over, giving it up.

use serde_json::{Value, json};
use tests::world::MINUTE;
use tests::{Customer, Reply, World, on_both_databases};

async fn start(who: &Customer<'_>, channel: &str, handle: &str) -> Reply {
    who.act("startLink", json!({ "channel": channel, "handle": handle }), "challenge { id channel expiresAt }").await
}

/// Starts the proof of an address: the challenge's id and the mailed code.
async fn challenge(world: &World, who: &Customer<'_>, address: &str) -> (Value, String) {
    let started = start(who, "EMAIL", address).await;
    (started.done("startLink")["challenge"]["id"].clone(), world.code_mailed_to(address))
}

async fn complete(who: &Customer<'_>, id: &Value, code: &str) -> Reply {
    let input = json!({ "challengeId": id, "code": code });
    who.act("completeLink", input, "link { id channel handle verifiedAt }").await
}

fn wrong(code: &str, number: u32) -> String {
    let right: u32 = code.parse().unwrap_or_default();
    format!("{:06}", (right + 1 + number) % 1_000_000)
}

/// The customer's own list of handles, newest proof first.
async fn links(who: &Customer<'_>) -> Vec<Value> {
    let reply = who.ask("{ me { links { nodes { handle } } } }", json!({})).await;
    let nodes = reply.data("/me/links/nodes").as_array().cloned().unwrap_or_default();
    nodes.into_iter().map(|mut link| link["handle"].take()).collect()
}

on_both_databases! {
    async fn a_handle_is_proven_by_the_code_that_was_mailed_to_it(world) {
        let ada = world.customer("Ada").await;
        assert_eq!(links(&ada).await, Vec::<Value>::new(), "signing up proves nothing");
        let started = start(&ada, "EMAIL", "Ada.L@Post.Example.org").await;
        let shown = &started.done("startLink")["challenge"];
        assert_eq!((&shown["channel"], &shown["expiresAt"]), (&json!("EMAIL"), &json!(world.time(15 * MINUTE))));
        let code = world.code_mailed_to("Ada.L@post.example.org");
        assert!(!started.text.contains(&code), "the answer does not hold the code");
        assert_eq!(links(&ada).await, Vec::<Value>::new());
        world.pass(5);
        let completed = complete(&ada, &shown["id"], &format!(" {code} ")).await;
        let link = &completed.done("completeLink")["link"];
        assert_eq!((&link["handle"], &link["verifiedAt"]), (&json!("Ada.L@post.example.org"), &json!(world.time(0))));
        assert_eq!(links(&ada).await, ["Ada.L@post.example.org"]);
        let node = ada.ask("query($id: ID!) { node(id: $id) { ... on Link { handle } } }", json!({ "id": link["id"] })).await;
        assert_eq!(node.data("/node/handle"), "Ada.L@post.example.org");
    }

    async fn a_code_bears_ten_tries_the_right_one_among_them(world) {
        let ada = world.customer("Ada").await;
        let (id, code) = challenge(&world, &ada, "ada@example.org").await;
        for number in 0..10 {
            let reply = complete(&ada, &id, &wrong(&code, number)).await;
            assert_eq!(reply.mistakes("completeLink"), ["WRONG_CODE code"]);
        }
        assert_eq!(complete(&ada, &id, &code).await.mistakes("completeLink"), ["EXPIRED challengeId"]);
        assert_eq!(links(&ada).await, Vec::<Value>::new());
        let (id, code) = challenge(&world, &ada, "ada@example.org").await;
        for number in 0..9 {
            complete(&ada, &id, &wrong(&code, number)).await;
        }
        complete(&ada, &id, &code).await.done("completeLink");
    }

    async fn a_code_holds_for_15_minutes_and_for_one_use(world) {
        let ada = world.customer("Ada").await;
        let (id, code) = challenge(&world, &ada, "ada@example.org").await;
        world.pass(15 * MINUTE);
        assert_eq!(complete(&ada, &id, &code).await.mistakes("completeLink"), ["EXPIRED challengeId"]);
        let (id, code) = challenge(&world, &ada, "ada@example.org").await;
        world.pass(15 * MINUTE - 1);
        let link = complete(&ada, &id, &code).await.done("completeLink")["link"]["id"].clone();
        assert_eq!(complete(&ada, &id, &code).await.mistakes("completeLink"), ["EXPIRED challengeId"], "used");
        ada.act("unlink", json!({ "linkId": link }), "").await.done("unlink");
        assert_eq!(complete(&ada, &id, &code).await.mistakes("completeLink"), ["EXPIRED challengeId"], "still used");
        assert_eq!(links(&ada).await, Vec::<Value>::new());
    }

    async fn a_newer_code_voids_the_older(world) {
        let ada = world.customer("Ada").await;
        let (old, code) = challenge(&world, &ada, "ada@example.org").await;
        challenge(&world, &ada, "other@example.org").await;
        assert_eq!(complete(&ada, &old, &code).await.mistakes("completeLink"), ["EXPIRED challengeId"]);
    }

    async fn nobody_can_answer_the_challenge_of_another_customer(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let (id, code) = challenge(&world, &ada, "ada@example.org").await;
        for id in [id.clone(), json!(""), json!("challenge_"), json!("challenge_AAAAAAAAAAAAAAAAAAAAAA")] {
            assert_eq!(complete(&bob, &id, &code).await.mistakes("completeLink"), ["EXPIRED challengeId"]);
        }
        assert_eq!(links(&bob).await, Vec::<Value>::new());
        complete(&ada, &id, &code).await.done("completeLink");
    }

    async fn a_newer_proof_takes_the_handle_over_and_nothing_that_was_granted(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        ada.link_email("shared@example.org").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "HANDLES"]).await;
        bob.give("bank", "ANALYTICS", &["NAME", "HANDLES"]).await;
        let before = bank.profile("shared@example.org", "CUSTOMER_CARE").await;
        assert_eq!(before["name"]["displayName"], "Ada");
        world.pass(1);
        let (id, code) = challenge(&world, &bob, "Shared@example.org").await;
        assert_eq!(bank.profile("shared@example.org", "CUSTOMER_CARE").await, before, "asking for a code takes nothing");
        complete(&bob, &id, &code).await.done("completeLink");

        assert_eq!(links(&ada).await, ["ada@example.org"], "gone from the old owner's list");
        assert_eq!(links(&bob).await, ["Shared@example.org"]);
        assert_eq!(bank.profile("shared@example.org", "CUSTOMER_CARE").await, Value::Null, "the grant was the old owner's");
        let found = bank.profile("shared@example.org", "ANALYTICS").await;
        assert_eq!(found["name"]["displayName"], "Bob");
        assert_ne!(found["id"], before["id"]);
        let old = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(old["id"], before["id"]);
        assert_eq!(old["handles"].as_array().map(Vec::len), Some(1));
        assert_eq!(old["handles"][0]["handle"], "ada@example.org");
        assert_eq!(bank.profile("ada@example.org", "ANALYTICS").await, Value::Null);

        ada.link_email("shared@example.org").await;
        assert_eq!(links(&bob).await, Vec::<Value>::new(), "and back again by the next proof");
        assert_eq!(bank.profile("shared@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
        assert_eq!(bank.profile("shared@example.org", "ANALYTICS").await, Value::Null);
    }

    async fn proving_one_s_own_handle_again_renews_it(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let first = ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["HANDLES"]).await;
        world.pass(7);
        let second = ada.link_email("ADA@example.org").await;
        assert_eq!(first, second, "the same link");
        assert_eq!(links(&ada).await, ["ADA@example.org"]);
        let profile = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(profile["handles"], json!([{ "channel": "EMAIL", "handle": "ADA@example.org", "verifiedAt": world.time(0) }]));
    }

    async fn an_unlinked_handle_finds_nobody_and_is_listed_nowhere(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let link = ada.link_email("ada@example.org").await;
        ada.link_email("other@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["HANDLES"]).await;
        for id in [link.as_str(), "link_AAAAAAAAAAAAAAAAAAAAAA", ""] {
            let foreign = bob.act("unlink", json!({ "linkId": id }), "unlinkedId").await;
            assert_eq!(foreign.mistakes("unlink"), ["NOT_FOUND linkId"]);
        }
        let gone = ada.act("unlink", json!({ "linkId": link }), "unlinkedId").await;
        assert_eq!(gone.done("unlink")["unlinkedId"], link);
        let again = ada.act("unlink", json!({ "linkId": link }), "unlinkedId").await;
        assert_eq!(again.mistakes("unlink"), ["NOT_FOUND linkId"]);
        assert_eq!(links(&ada).await, ["other@example.org"]);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
        let other = bank.profile("other@example.org", "CUSTOMER_CARE").await;
        assert_eq!(other["handles"].as_array().map(Vec::len), Some(1));
        bob.link_email("ada@example.org").await;
    }

    async fn a_malformed_handle_is_named(world) {
        let ada = world.customer("Ada").await;
        for handle in ["", "ada", "ada@localhost", "a b@example.org", "Ada <ada@example.org>", "ada@example.org\r\nBcc: bob@example.org"] {
            assert_eq!(start(&ada, "EMAIL", handle).await.mistakes("startLink"), ["INVALID handle"], "{handle}");
        }
        let both = start(&ada, "LINKEDIN", "not a handle").await;
        assert_eq!(both.mistakes("startLink"), ["INVALID handle", "UNSUPPORTED_CHANNEL channel"]);
        assert_eq!(world.mails(), Vec::<String>::new());
    }
}

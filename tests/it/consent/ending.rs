//! Halting, continuing and ending grants; what is over stays over.

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{Customer, on_both_databases};

use super::{access, grant, grants, history};

/// Calls `withdrawEverything`; the ids of the grants that it ended.
async fn withdraw_everything(who: &Customer<'_>, input: Value) -> Vec<Value> {
    let reply = who.act("withdrawEverything", input, "grants { id state }").await;
    let ended = reply.done("withdrawEverything")["grants"].as_array().cloned().unwrap_or_default();
    assert!(ended.iter().all(|grant| grant["state"] == "WITHDRAWN"), "{}", reply.text);
    ended.into_iter().map(|mut grant| grant["id"].take()).collect()
}

/// Calls `withdrawFromBrand`; the ids of the grants that it ended.
async fn withdraw_from(who: &Customer<'_>, input: Value) -> Vec<Value> {
    let reply = who.act("withdrawFromBrand", input, "grants { id state }").await;
    let ended = reply.done("withdrawFromBrand")["grants"].as_array().cloned().unwrap_or_default();
    assert!(ended.iter().all(|grant| grant["state"] == "WITHDRAWN"), "{}", reply.text);
    ended.into_iter().map(|mut grant| grant["id"].take()).collect()
}

on_both_databases! {
    async fn a_paused_grant_shows_no_value_until_it_is_resumed(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let paused = ada.act("pauseConsent", json!({ "grantId": id }), "grant { state }").await;
        assert_eq!(paused.done("pauseConsent")["grant"]["state"], "PAUSED");
        let profile = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(profile["name"], Value::Null);
        assert_eq!(access(&profile, "NAME"), &json!({
            "scope": "NAME", "status": "PAUSED", "grantId": id, "expiresAt": world.time(90 * DAY)
        }));
        let again = ada.act("pauseConsent", json!({ "grantId": id }), "").await;
        assert_eq!(again.mistakes("pauseConsent"), ["WRONG_STATE grantId"]);

        let resumed = ada.act("resumeConsent", json!({ "grantId": id }), "grant { state }").await;
        assert_eq!(resumed.done("resumeConsent")["grant"]["state"], "ACTIVE");
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
        let again = ada.act("resumeConsent", json!({ "grantId": id }), "").await;
        assert_eq!(again.mistakes("resumeConsent"), ["WRONG_STATE grantId"]);
    }

    async fn a_paused_grant_still_ends_on_its_date_and_cannot_be_resumed_then(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.act("pauseConsent", json!({ "grantId": id }), "").await.done("pauseConsent");
        world.pass(90 * DAY);
        ada.link_email("ada@example.org").await;
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
        let late = ada.act("resumeConsent", json!({ "grantId": id }), "").await;
        assert_eq!(late.mistakes("resumeConsent"), ["WRONG_STATE grantId"]);
        assert_eq!(grant(&ada, &id).await["state"], "EXPIRED");
    }

    async fn withdrawing_one_grant_leaves_the_others(world) {
        let (bank, airline) = (world.brand("bank").await, world.brand("airline").await);
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let care = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
        world.pass(5);
        ada.withdraw(&care).await;
        let ended = grant(&ada, &care).await;
        assert_eq!((&ended["state"], &ended["endedAt"]), (&json!("WITHDRAWN"), &json!(world.time(0))));
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
        assert_eq!(bank.profile("ada@example.org", "ANALYTICS").await["name"]["displayName"], "Ada");
        assert_eq!(airline.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
    }

    async fn withdrawing_everything_ends_every_open_grant_of_this_customer_only(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        ada.link_email("ada@example.org").await;
        bob.link_email("bob@example.org").await;
        let expired = json!({ "brand": "bank", "purpose": "RECOMMENDATIONS", "scopes": ["NAME"], "expiresAt": world.time(1) });
        ada.act("giveConsent", expired, "").await.done("giveConsent");
        let active = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let paused = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        ada.act("pauseConsent", json!({ "grantId": paused }), "").await.done("pauseConsent");
        bob.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        world.pass(2);
        let mut ended = withdraw_everything(&ada, json!({})).await;
        ended.sort_by_key(ToString::to_string);
        let mut expected = vec![json!(active), json!(paused)];
        expected.sort_by_key(ToString::to_string);
        assert_eq!(ended, expected, "what had expired was not ended by this");
        for purpose in ["CUSTOMER_CARE", "ANALYTICS", "RECOMMENDATIONS"] {
            assert_eq!(bank.profile("ada@example.org", purpose).await, Value::Null);
        }
        assert_eq!(bank.profile("bob@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Bob");
        assert_eq!(withdraw_everything(&ada, json!({})).await, Vec::<Value>::new());
    }

    async fn withdrawing_from_a_brand_ends_all_that_it_holds_of_this_customer_in_one_act_and_nothing_else(world) {
        let (bank, airline) = (world.brand("bank").await, world.brand("airline").await);
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        ada.link_email("ada@example.org").await;
        bob.link_email("bob@example.org").await;
        let short = json!({ "brand": "bank", "purpose": "RECOMMENDATIONS", "scopes": ["NAME"], "expiresAt": world.time(1) });
        ada.act("giveConsent", short, "").await.done("giveConsent");
        let active = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let paused = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        ada.act("pauseConsent", json!({ "grantId": paused }), "").await.done("pauseConsent");
        ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
        bob.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        world.pass(2);
        let mut ended = withdraw_from(&ada, json!({ "brand": "bank" })).await;
        ended.sort_by_key(ToString::to_string);
        let mut expected = vec![json!(active), json!(paused)];
        expected.sort_by_key(ToString::to_string);
        assert_eq!(ended, expected, "what had expired was not ended by this");
        for purpose in ["CUSTOMER_CARE", "ANALYTICS", "RECOMMENDATIONS"] {
            assert_eq!(bank.profile("ada@example.org", purpose).await, Value::Null);
        }
        assert_eq!(airline.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
        assert_eq!(bank.profile("bob@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Bob");

        let receipts = ada.ask("{ me { receipts(first: 3) { nodes { kind grantId at brand { slug } } } } }", json!({})).await;
        let mut receipts = receipts.data("/me/receipts/nodes").as_array().unwrap().clone();
        assert!(receipts.iter().any(|receipt| receipt["kind"] == "EXPIRED"), "what had run out was noted with it");
        receipts.retain(|receipt| receipt["kind"] == "WITHDRAWN");
        receipts.sort_by_key(|receipt| receipt["grantId"].to_string());
        let receipt = |id: &Value| json!({ "kind": "WITHDRAWN", "grantId": id, "at": world.time(0), "brand": { "slug": "bank" } });
        assert_eq!(receipts, expected.iter().map(receipt).collect::<Vec<_>>(), "a receipt each, of one moment");
    }

    async fn withdrawing_from_a_brand_that_holds_nothing_ends_nothing_and_one_that_is_unknown_is_named(world) {
        world.brand("bank").await;
        world.brand("airline").await;
        let ada = world.customer("Ada").await;
        let over = ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
        ada.withdraw(&over).await;
        let kept = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let before = grants(&ada).await;
        assert_eq!(withdraw_from(&ada, json!({ "brand": "airline" })).await, Vec::<Value>::new());
        for slug in ["nobody", "", "Not A Slug"] {
            let reply = ada.act("withdrawFromBrand", json!({ "brand": slug }), "grants { id }").await;
            assert_eq!(reply.mistakes("withdrawFromBrand"), ["NOT_FOUND brand"], "{slug}");
        }
        assert_eq!(grants(&ada).await, before, "and what another brand holds is as it was");
        assert_eq!(grant(&ada, &kept).await["state"], "ACTIVE");
    }

    async fn withdrawing_from_a_brand_again_with_the_same_key_ends_nothing_given_since(world) {
        world.brand("bank").await;
        world.brand("airline").await;
        let ada = world.customer("Ada").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let key = json!({ "brand": "bank", "idempotencyKey": "tap-1" });
        assert_eq!(withdraw_from(&ada, key.clone()).await, [json!(first)]);
        let second = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(withdraw_from(&ada, key).await, [json!(first)], "the same answer as before");
        assert_eq!(grant(&ada, &second).await["state"], "ACTIVE");
        let airline = ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
        let other = json!({ "brand": "airline", "idempotencyKey": "tap-1" });
        assert_eq!(withdraw_from(&ada, other).await, [json!(airline)], "a key is for one act on one brand");
        assert_eq!(withdraw_everything(&ada, json!({ "idempotencyKey": "tap-1" })).await, [json!(second)]);
    }

    async fn withdrawing_everything_again_with_the_same_key_ends_nothing_given_since(world) {
        world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let short = json!({ "brand": "bank", "purpose": "ANALYTICS", "scopes": ["NAME"], "expiresAt": world.time(1) });
        ada.act("giveConsent", short, "").await.done("giveConsent");
        let of_bob = bob.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        world.pass(1);
        let key = json!({ "idempotencyKey": "tap-1" });
        assert_eq!(withdraw_everything(&ada, key.clone()).await, [json!(first)]);
        let second = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(withdraw_everything(&ada, key.clone()).await, [json!(first)], "the same answer as before");
        assert_eq!(grant(&ada, &second).await["state"], "ACTIVE");
        assert_eq!(withdraw_everything(&bob, key).await, [json!(of_bob)], "a key belongs to its customer");
        let other = json!({ "idempotencyKey": "tap-2" });
        assert_eq!(withdraw_everything(&ada, other).await, [json!(second)]);
    }

    async fn a_key_is_remembered_even_if_there_was_nothing_to_end(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let key = json!({ "idempotencyKey": "tap-1" });
        assert_eq!(withdraw_everything(&ada, key.clone()).await, Vec::<Value>::new());
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(withdraw_everything(&ada, key).await, Vec::<Value>::new());
        assert_eq!(grant(&ada, &id).await["state"], "ACTIVE");
    }

    async fn what_is_over_never_reopens(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let expired = ada.give("bank", "ANALYTICS", &["NAME", "AREA"]).await;
        world.pass(90 * DAY);
        let withdrawn = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        ada.withdraw(&withdrawn).await;
        let before = grants(&ada).await;
        for id in [expired, withdrawn] {
            for (mutation, input) in [
                ("pauseConsent", json!({ "grantId": id })),
                ("resumeConsent", json!({ "grantId": id })),
                ("withdrawConsent", json!({ "grantId": id })),
                ("amendConsent", json!({ "grantId": id, "scopes": ["NAME"] })),
                ("amendConsent", json!({ "grantId": id, "scopes": ["NAME", "CONTACT"] })),
                ("amendConsent", json!({ "grantId": id, "expiresAt": world.time(DAY) })),
            ] {
                let reply = ada.act(mutation, input, "grant { id }").await;
                assert_eq!(reply.mistakes(mutation), ["WRONG_STATE grantId"], "{mutation}");
            }
        }
        assert_eq!(grants(&ada).await, before);
    }

    async fn the_grant_of_another_customer_is_not_found(world) {
        world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        let before = grants(&ada).await;
        for id in [id.as_str(), "grant_AAAAAAAAAAAAAAAAAAAAAA", "grant_", "customer_AAAAAAAAAAAAAAAAAAAAAA", "", "'; drop"] {
            for mutation in ["pauseConsent", "resumeConsent", "withdrawConsent", "amendConsent"] {
                let reply = bob.act(mutation, json!({ "grantId": id }), "grant { id }").await;
                assert_eq!(reply.mistakes(mutation), ["NOT_FOUND grantId"], "{mutation} {id}");
            }
            let node = bob.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(node.data("/node"), &Value::Null);
        }
        assert_eq!(grants(&ada).await, before);
        let own = ada.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!(own.data("/node/id"), &json!(id));
    }

    async fn the_history_of_grants_is_one_order_of_revisions(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        let other = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        let act = async |mutation: &str, input: Value| {
            let reply = ada.act(mutation, input, if mutation == "amendConsent" { "confirmationToken" } else { "" }).await;
            reply.done(mutation)["confirmationToken"].clone()
        };
        act("amendConsent", json!({ "grantId": id, "scopes": ["NAME"] })).await;
        let wider = json!({ "grantId": id, "scopes": ["NAME", "CONTACT"] });
        let token = act("amendConsent", wider.clone()).await;
        act("amendConsent", json!({ "grantId": id, "scopes": ["NAME", "CONTACT"], "confirmationToken": token })).await;
        act("pauseConsent", json!({ "grantId": other })).await;
        act("pauseConsent", json!({ "grantId": id })).await;
        act("resumeConsent", json!({ "grantId": id })).await;
        act("withdrawConsent", json!({ "grantId": id })).await;
        let shown = grant(&ada, &id).await;
        assert_eq!(history(&shown, "kind"), ["GIVEN", "NARROWED", "WIDENED", "PAUSED", "RESUMED", "WITHDRAWN"]);
        assert_eq!(history(&shown, "revision"), [1, 3, 4, 6, 7, 8]);
        assert_eq!(history(&shown, "version"), [1, 2, 3, 3, 3, 3]);
        assert!(history(&shown, "actor").iter().all(|actor| actor == "CUSTOMER"));
        assert_eq!(history(&grant(&ada, &other).await, "revision"), [2, 5]);
    }
}

//! Everything halted and continued at once, and how little it takes to take something back.

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{Customer, on_both_databases};

use super::{grant, grants, history};

/// Calls `pauseEverything` or `resumeEverything`; the ids of the grants that it changed, sorted.
async fn everything(who: &Customer<'_>, mutation: &str, input: Value) -> Vec<String> {
    let reply = who.act(mutation, input, "grants { id state }").await;
    let state = if mutation == "pauseEverything" { "PAUSED" } else { "ACTIVE" };
    let changed = reply.done(mutation)["grants"].as_array().cloned().unwrap_or_default();
    assert!(changed.iter().all(|grant| grant["state"] == state), "{}", reply.text);
    let mut ids: Vec<_> = changed.iter().map(|grant| grant["id"].as_str().expect("an id").to_owned()).collect();
    ids.sort();
    ids
}

fn sorted<const N: usize>(ids: [&String; N]) -> Vec<String> {
    let mut ids: Vec<String> = ids.into_iter().cloned().collect();
    ids.sort();
    ids
}

/// The arguments of an input type that must be given.
async fn required(who: &Customer<'_>, mutation: &str) -> usize {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = "query($kind: String!) { __type(name: $kind) { inputFields { type { kind } defaultValue } } }";
    let reply = who.ask(query, json!({ "kind": kind })).await;
    let fields = reply.data("/__type/inputFields").as_array().expect("an input").clone();
    fields.iter().filter(|field| field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null()).count()
}

on_both_databases! {
    async fn pausing_everything_halts_every_active_grant_of_this_customer_and_resuming_continues_them(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        for who in [&ada, &bob] {
            who.link_email(&who.email).await;
        }
        let care = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let figures = ada.give("shop", "ANALYTICS", &["NAME"]).await;
        let halted = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        ada.act("pauseConsent", json!({ "grantId": halted }), "").await.done("pauseConsent");
        let over = ada.give("shop", "CUSTOMER_CARE", &["NAME"]).await;
        ada.withdraw(&over).await;
        bob.give("bank", "CUSTOMER_CARE", &["NAME"]).await;

        assert_eq!(everything(&ada, "pauseEverything", json!({})).await, sorted([&care, &figures]));
        for (app, purpose) in [(&bank, "CUSTOMER_CARE"), (&bank, "ANALYTICS"), (&shop, "ANALYTICS")] {
            let profile = app.profile("ada@example.org", purpose).await;
            assert_eq!((&profile["name"], &profile["access"][0]["status"]), (&Value::Null, &json!("PAUSED")));
        }
        assert_eq!(bank.profile("bob@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Bob");
        assert_eq!(everything(&ada, "pauseEverything", json!({})).await, Vec::<String>::new(), "no event for what is so");

        assert_eq!(everything(&ada, "resumeEverything", json!({})).await, sorted([&care, &figures, &halted]));
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
        assert_eq!(history(&grant(&ada, &care).await, "kind"), ["GIVEN", "PAUSED", "RESUMED"]);
        assert_eq!(history(&grant(&ada, &halted).await, "kind"), ["GIVEN", "PAUSED", "RESUMED"]);
        assert_eq!(history(&grant(&ada, &over).await, "kind"), ["GIVEN", "WITHDRAWN"]);
        let mut revisions: Vec<i64> = grants(&ada).await.as_array().into_iter().flatten()
            .flat_map(|grant| history(grant, "revision")).filter_map(|revision| revision.as_i64()).collect();
        revisions.sort_unstable();
        assert_eq!(revisions, (1..=11).collect::<Vec<_>>(), "each change is an event with a revision of its own");
    }

    async fn what_runs_out_while_everything_is_halted_is_not_continued(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        everything(&ada, "pauseEverything", json!({})).await;
        world.pass(90 * DAY);
        assert_eq!(everything(&ada, "resumeEverything", json!({})).await, Vec::<String>::new());
        assert_eq!(history(&grant(&ada, &id).await, "kind"), ["GIVEN", "PAUSED", "EXPIRED"]);
    }

    async fn a_repeated_key_does_the_same_act_once_and_never_stands_for_another_act(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let key = json!({ "idempotencyKey": "tap-1" });
        assert_eq!(everything(&ada, "pauseEverything", key.clone()).await, std::slice::from_ref(&first));
        assert_eq!(everything(&ada, "resumeEverything", key.clone()).await, std::slice::from_ref(&first), "another act");
        let again = ada.act("pauseEverything", key.clone(), "grants { id state }").await;
        assert_eq!(again.done("pauseEverything")["grants"], json!([{ "id": first, "state": "ACTIVE" }]), "as it is now");
        assert_eq!(grant(&ada, &first).await["state"], "ACTIVE");
        let withdrawn = ada.act("withdrawEverything", key, "grants { id state }").await;
        assert_eq!(withdrawn.done("withdrawEverything")["grants"], json!([{ "id": first, "state": "WITHDRAWN" }]));
    }

    async fn resuming_everything_leaves_direct_marketing_halted_while_it_is_switched_off(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let care = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let marketing = ada.give("bank", "DIRECT_MARKETING", &["NAME"]).await;
        everything(&ada, "pauseEverything", json!({})).await;
        ada.act("setDirectMarketing", json!({ "allowed": false }), "").await.done("setDirectMarketing");
        assert_eq!(everything(&ada, "resumeEverything", json!({})).await, [care]);
        assert_eq!(grant(&ada, &marketing).await["state"], "PAUSED");
        ada.act("setDirectMarketing", json!({ "allowed": true }), "").await.done("setDirectMarketing");
        assert_eq!(everything(&ada, "resumeEverything", json!({})).await, [marketing]);
    }

    async fn no_way_of_taking_back_asks_for_more_steps_or_more_words_than_giving(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let words_to_give = required(&ada, "giveConsent").await;
        let give = json!({ "brand": "bank", "purpose": "DIRECT_MARKETING", "scopes": ["NAME", "AREA"] });
        for (mutation, input) in [
            ("withdrawConsent", "the grant"),
            ("pauseConsent", "the grant"),
            ("amendConsent", "the grant, less"),
            ("withdrawFromBrand", "the brand"),
            ("withdrawEverything", ""),
            ("pauseEverything", ""),
            ("setDirectMarketing", "no"),
        ] {
            // Giving takes one call.
            let given = ada.act("giveConsent", give.clone(), "grant { id }").await;
            let id = given.done("giveConsent")["grant"]["id"].clone();
            assert_eq!(bank.profile("ada@example.org", "DIRECT_MARKETING").await["name"]["displayName"], "Ada");
            let input = match input {
                "the grant" => json!({ "grantId": id }),
                "the brand" => json!({ "brand": "bank" }),
                "the grant, less" => json!({ "grantId": id, "scopes": ["AREA"] }),
                "no" => json!({ "allowed": false }),
                _ => json!({}),
            };
            // So does each way of taking back: one call, no confirmation, no reason.
            ada.act(mutation, input, "").await.done(mutation);
            assert_eq!(bank.profile("ada@example.org", "DIRECT_MARKETING").await["name"], Value::Null, "{mutation}");
            assert!(required(&ada, mutation).await <= words_to_give, "{mutation} asks for more than giveConsent");
            ada.act("setDirectMarketing", json!({ "allowed": true }), "").await.done("setDirectMarketing");
            ada.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
        }
    }
}

//! A document that has passed validation is not validated again; what its variables bring is looked at each time.

#![expect(clippy::expect_used, reason = "helpers of tests fail by panicking")]

use serde_json::{Value, json};
use tests::{World, on_both_databases};

const BY_LOCATOR: &str = "query($by: ProfileLocator!, $purpose: Purpose!) { profile(by: $by, purpose: $purpose) { id name { displayName } } }";
const BY_TEXT: &str = "query($handle: String!, $channel: Channel!) {
    profile(by: { handle: { channel: $channel, handle: $handle } }, purpose: CUSTOMER_CARE) { id } }";
const MANY: &str = "query($by: [ProfileLocator!]!, $note: Boolean = true) {
    profiles(by: $by, purpose: CUSTOMER_CARE) { id @include(if: $note) access { scope } } }";

fn handle() -> Value {
    json!({ "handle": { "channel": "EMAIL", "handle": "ada@example.org" } })
}

/// What the server says, but for the request's id.
async fn answer(world: &World, token: &str, query: &str, variables: &Value) -> (u16, String) {
    let reply = world.ask_as(Some(token), query, variables.clone()).await;
    let mut body = reply.body.clone();
    for error in body["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"].as_object_mut().expect("extensions").remove("requestId");
    }
    (reply.status.into(), body.to_string())
}

on_both_databases! {
    async fn a_document_that_has_passed_is_refused_for_its_values_as_one_that_never_was_seen(world) {
        let token = world.brand("bank").await.token().await;
        let plain = json!({ "by": handle(), "purpose": "CUSTOMER_CARE" });
        let text = json!({ "handle": "ada@example.org", "channel": "EMAIL" });
        let many = json!({ "by": [handle(), { "id": "profile_AAAAAAAAAAAAAAAAAAAAAA" }], "note": true });
        let wrong: [(&str, &Value, Vec<Value>); 3] = [
            (BY_LOCATOR, &plain, vec![
                json!({}),
                json!({ "by": handle() }),
                json!({ "by": null, "purpose": "CUSTOMER_CARE" }),
                json!({ "by": "ada@example.org", "purpose": "CUSTOMER_CARE" }),
                json!({ "by": {}, "purpose": "CUSTOMER_CARE" }),
                json!({ "by": { "id": "profile_AAAAAAAAAAAAAAAAAAAAAA", "handle": handle()["handle"] }, "purpose": "CUSTOMER_CARE" }),
                json!({ "by": { "handle": { "channel": "EMAIL" } }, "purpose": "CUSTOMER_CARE" }),
                json!({ "by": { "handle": { "channel": "EMAIL", "handle": "a@b.example", "more": 1 } }, "purpose": "CUSTOMER_CARE" }),
                json!({ "by": { "handle": { "channel": "PIGEON", "handle": "a@b.example" } }, "purpose": "CUSTOMER_CARE" }),
                json!({ "by": handle(), "purpose": "CURIOSITY" }),
                json!({ "by": handle(), "purpose": ["CUSTOMER_CARE"] }),
            ]),
            (BY_TEXT, &text, vec![
                json!({ "handle": 7, "channel": "EMAIL" }),
                json!({ "handle": null, "channel": "EMAIL" }),
                json!({ "handle": ["ada@example.org"], "channel": "EMAIL" }),
                json!({ "handle": "ada@example.org", "channel": "email" }),
            ]),
            (MANY, &many, vec![
                json!({ "by": handle() }),
                json!({ "by": [handle(), null] }),
                json!({ "by": [handle(), { "handle": "ada" }] }),
                json!({ "by": [handle()], "note": "true" }),
                json!({ "by": [handle()] }),
            ]),
        ];
        for (query, right, values) in wrong {
            for (number, variables) in values.iter().enumerate() {
                // Another text for each, so that nothing is known of it yet.
                let unseen = format!("{query} # {number}");
                let expected = answer(&world, &token, &unseen, variables).await;
                let first = answer(&world, &token, query, right).await;
                assert_eq!(first.0, 200, "{}", first.1);
                assert_eq!(answer(&world, &token, query, right).await, first, "the second time is as the first");
                assert_eq!(answer(&world, &token, query, variables).await, expected, "{query} {variables}");
            }
        }
    }
}

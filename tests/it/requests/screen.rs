//! What the customer is shown of a request before they answer: everything a consent screen needs, and nothing chosen.

use serde_json::{Value, json};
use tests::on_both_databases;
use tests::world::{ALL_PURPOSES, DAY};

use super::{SCREEN, answer, ask, asked, open, plain, waiting, with};

on_both_databases! {
    async fn the_screen_has_everything_that_a_decision_needs(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        ada.give("bank", "ANALYTICS", &["CONTACT"]).await;
        let input = with(plain(), json!({
            "returnTo": "https://Bank.example:8443/thanks?case=7",
            "lapsesAt": world.time(2 * DAY),
            "scopes": [
                { "scope": "CONTACT", "required": false, "reason": "To ring you back" },
                { "scope": "NAME", "required": true, "reason": "To know what to call you" },
            ],
        }));
        let token = ask(&bank, input).await;
        let asked_at = world.time(0);
        world.pass(DAY);
        let reply = open(&ada, &token).await;
        let shown = reply.done("openConsentRequest")["request"].clone();
        assert_eq!(waiting(&ada).await, json!([shown.clone()]), "the list shows the same");
        let mut shown = shown;
        let (id, hash) = (shown["id"].take(), shown["notice"]["hash"].take());
        assert!(id.as_str().unwrap().starts_with("request_") && hash.as_str().unwrap().len() == 64);
        assert_eq!(shown, json!({
            "id": null, "brand": { "slug": "bank", "name": "The bank" },
            "purpose": "CUSTOMER_CARE", "purposeLabel": "To answer you and help you",
            "scopes": [
                {
                    "scope": "CONTACT", "version": 1, "label": "How to reach you",
                    "permissions": ["Your e-mail address", "Your phone number", "How you would rather be reached"],
                    "sensitive": true, "required": false, "reason": "To ring you back", "shared": false,
                },
                {
                    "scope": "NAME", "version": 1, "label": "What to call you",
                    "permissions": ["The name you go by", "Your first name", "Your last name", "Your pronouns"],
                    "sensitive": false, "required": true, "reason": "To know what to call you", "shared": true,
                },
            ],
            "durationDays": 30, "expiresAt": world.time(30 * DAY), "offer": "An answer within the hour",
            "returnTo": "https://bank.example:8443/thanks?case=7", "returnHost": "bank.example",
            "notice": { "name": "standard", "version": 1, "locale": "en", "hash": null },
            "createdAt": asked_at, "openedAt": world.time(0), "lapsesAt": world.time(DAY),
        }));
    }

    async fn what_is_withdrawn_or_over_is_not_shown_as_shared(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTEXT"]).await;
        asked(&bank, &ada, plain()).await;
        let shared = async || -> Vec<Value> {
            let scopes = waiting(&ada).await[0]["scopes"].clone();
            scopes.as_array().unwrap().iter().map(|scope| scope["shared"].clone()).collect()
        };
        assert_eq!(shared().await, [true, true]);
        ada.act("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] }), "").await.done("amendConsent");
        assert_eq!(shared().await, [true, false]);
        ada.act("amendConsent", json!({ "grantId": grant, "expiresAt": world.time(DAY) }), "").await.done("amendConsent");
        world.pass(DAY);
        assert_eq!(shared().await, [false, false]);
    }

    async fn requests_that_wait_come_in_pages_newest_first_without_those_that_are_answered(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let mut newest_first = Vec::new();
        for purpose in ALL_PURPOSES {
            world.pass(1);
            newest_first.insert(0, asked(&bank, &ada, with(plain(), json!({ "purpose": purpose }))).await);
        }
        answer(&ada, &newest_first.remove(2), &["NAME"]).await.done("answerConsentRequest");
        let query = "query($after: String) { me { consentRequests(first: 3, after: $after) {
            nodes { id } pageInfo { hasNextPage endCursor } } } }";
        let (mut found, mut after) = (Vec::new(), Value::Null);
        loop {
            let reply = ada.ask(query, json!({ "after": after })).await;
            let page = reply.data("/me/consentRequests");
            found.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["id"].clone()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(found, newest_first);
        for bad in [json!({ "after": "x" }), json!({ "after": "request_x.1" }), json!({ "after": "" })] {
            assert_eq!(ada.ask(query, bad).await.code(), "BAD_USER_INPUT");
        }
        let all = format!("{{ me {{ consentRequests(first: 100) {{ nodes {{ {SCREEN} }} }} }} }}");
        assert_eq!(ada.ask(&all, json!({})).await.data("/me/consentRequests/nodes").as_array().unwrap().len(), 4);
    }
}

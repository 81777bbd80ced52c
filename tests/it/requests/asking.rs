//! Asking: what a brand gets for it, what it may ask, and what is refused.

use entity::consent_request;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{World, on_both_databases};

use super::{SEEN, act, ask, plain, seen, with};

async fn rows(world: &World) -> Vec<consent_request::Model> {
    consent_request::Entity::find().all(world.deps.vault.store.reader()).await.unwrap()
}

on_both_databases! {
    async fn a_request_shows_what_was_asked_and_gives_a_link_with_a_secret_of_256_bits(world) {
        let bank = world.brand("bank").await;
        let input = with(plain(), json!({ "returnTo": "https://Bank.example:8443/thanks?case=7" }));
        let reply = act(&bank, "createConsentRequest", input, &format!("request {{ {SEEN} }} link")).await;
        let payload = reply.done("createConsentRequest");
        let (front, secret) = payload["link"].as_str().unwrap().rsplit_once('/').unwrap();
        assert_eq!(front, format!("{}/requests", world.deps.config.public_url));
        assert_eq!(secret.len(), 43, "32 bytes in base64url");
        let mut shown = payload["request"].clone();
        assert!(shown["id"].as_str().unwrap().starts_with("request_"));
        let (id, notice) = (shown["id"].take(), shown["notice"].take());
        assert_eq!(shown, json!({
            "id": null, "state": "PENDING", "purpose": "CUSTOMER_CARE",
            "scopes": [
                { "scope": "NAME", "version": 1, "required": true, "reason": "To know what to call you" },
                { "scope": "CONTEXT", "version": 1, "required": false, "reason": "So that you need not say it twice" },
            ],
            "durationDays": 30, "offer": "An answer within the hour", "returnTo": "https://bank.example:8443/thanks?case=7",
            "notice": null, "createdAt": world.time(0), "lapsesAt": world.time(14 * DAY),
            "givenAt": null, "grantId": null, "profileId": null,
        }));
        assert_eq!((&notice["name"], &notice["locale"]), (&json!("standard"), &json!("en")));
        let listed = seen(&bank).await;
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["id"]), (1, &id));

        let row = &rows(&world).await[0];
        assert_eq!(row.token_hash.len(), 32);
        let other = ask(&bank, plain()).await;
        assert_ne!(secret, other);
        let stored = format!("{:?}", rows(&world).await);
        assert!(!stored.contains(secret) && !stored.contains(&other), "only a keyed hash of the secret is stored");
    }

    async fn an_app_may_ask_only_for_what_it_is_registered_for_whoever_it_is_meant_for(world) {
        world.brand("bank").await;
        let narrow = world.app("bank", "narrow", &["NAME", "CONTEXT"], &["CUSTOMER_CARE"]).await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let area = json!({ "scopes": [{ "scope": "AREA", "required": false, "reason": "Just so" }] });
        for unregistered in [json!({ "purpose": "ANALYTICS" }), area] {
            let mut faces = Vec::new();
            for handle in ["ada@example.org", "nobody@example.org"] {
                let handle = json!({ "handle": { "channel": "EMAIL", "handle": handle } });
                let input = with(with(plain(), unregistered.clone()), handle);
                let reply = act(&narrow, "createConsentRequest", input, "link").await;
                assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"), "{}", reply.text);
                faces.push(reply.text.replace(reply.header("x-request-id"), ""));
            }
            assert_eq!(faces[0], faces[1]);
        }
        assert!(rows(&world).await.is_empty());
        ask(&narrow, plain()).await;
    }

    async fn what_is_malformed_is_named_field_by_field_and_nothing_is_stored(world) {
        let bank = world.brand("bank").await;
        let scope = |reason: &str| json!({ "scope": "NAME", "required": true, "reason": reason });
        for (part, mistakes) in [
            (json!({ "scopes": [] }), vec!["INVALID scopes"]),
            (json!({ "scopes": [scope("a"), scope("b")] }), vec!["INVALID scopes.1.scope"]),
            (json!({ "scopes": [scope("")] }), vec!["INVALID scopes.0.reason"]),
            (json!({ "scopes": [scope(&"x".repeat(301))] }), vec!["INVALID scopes.0.reason"]),
            (json!({ "scopes": [scope("two\nlines")] }), vec!["INVALID scopes.0.reason"]),
            (json!({ "durationDays": 0 }), vec!["OUT_OF_RANGE durationDays"]),
            (json!({ "durationDays": 366 }), vec!["OUT_OF_RANGE durationDays"]),
            (json!({ "durationDays": -1 }), vec!["OUT_OF_RANGE durationDays"]),
            (json!({ "offer": " " }), vec!["INVALID offer"]),
            (json!({ "offer": "x".repeat(501) }), vec!["INVALID offer"]),
            (json!({ "offer": "\u{202E}free" }), vec!["INVALID offer"]),
            (json!({ "returnTo": "http://bank.example" }), vec!["INVALID returnTo"]),
            (json!({ "returnTo": "javascript:alert(1)" }), vec!["INVALID returnTo"]),
            (json!({ "returnTo": "https://bank.example@evil.example/" }), vec!["INVALID returnTo"]),
            (json!({ "notice": "none-such" }), vec!["NOT_FOUND notice"]),
            (json!({ "notice": "'; drop table notice" }), vec!["NOT_FOUND notice"]),
            (json!({ "handle": { "channel": "EMAIL", "handle": "nobody" } }), vec!["INVALID handle.handle"]),
            (json!({ "lapsesAt": world.time(0) }), vec!["OUT_OF_RANGE lapsesAt"]),
            (json!({ "lapsesAt": world.time(30 * DAY + 1) }), vec!["OUT_OF_RANGE lapsesAt"]),
            (json!({ "lapsesAt": "soon" }), vec!["INVALID lapsesAt"]),
            (
                json!({ "scopes": [], "offer": "", "returnTo": "x", "durationDays": 0, "notice": "x", "lapsesAt": "x" }),
                vec![
                    "INVALID scopes", "OUT_OF_RANGE durationDays", "INVALID offer", "INVALID returnTo",
                    "INVALID lapsesAt", "NOT_FOUND notice",
                ],
            ),
        ] {
            let reply = act(&bank, "createConsentRequest", with(plain(), part.clone()), "link request { id }").await;
            assert_eq!(reply.mistakes("createConsentRequest"), mistakes, "{part}");
            assert_eq!(reply.data("/createConsentRequest/link"), &Value::Null);
        }
        assert!(rows(&world).await.is_empty());
    }

    async fn the_shortest_and_the_longest_are_accepted_and_90_and_14_days_are_the_default(world) {
        let bank = world.brand("bank").await;
        for (part, days, lapses) in [
            (json!({ "durationDays": 1, "lapsesAt": world.time(1) }), 1, world.time(1)),
            (json!({ "durationDays": 365, "lapsesAt": world.time(30 * DAY) }), 365, world.time(30 * DAY)),
            (json!({ "durationDays": null, "lapsesAt": null }), 90, world.time(14 * DAY)),
        ] {
            let reply = act(&bank, "createConsentRequest", with(plain(), part), "request { durationDays lapsesAt }").await;
            let request = &reply.done("createConsentRequest")["request"];
            assert_eq!(request, &json!({ "durationDays": days, "lapsesAt": lapses }));
        }
    }

    async fn brands_ask_and_customers_answer_and_neither_does_the_other_s_part(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let token = ask(&bank, plain()).await;
        let asking = "mutation($input: CreateConsentRequestInput!) { createConsentRequest(input: $input) { link } }";
        let variables = json!({ "input": plain() });
        assert_eq!(ada.ask(asking, variables.clone()).await.code(), "FORBIDDEN");
        assert_eq!(world.ask(asking, variables).await.code(), "UNAUTHENTICATED");
        for (mutation, input) in [
            ("openConsentRequest", json!({ "token": token })),
            ("answerConsentRequest", json!({ "requestId": "request_AAAAAAAAAAAAAAAAAAAAAA", "scopes": ["NAME"] })),
            ("refuseConsentRequest", json!({ "requestId": "request_AAAAAAAAAAAAAAAAAAAAAA" })),
        ] {
            assert_eq!(act(&bank, mutation, input, "").await.code(), "FORBIDDEN", "{mutation}");
        }
        let notice = json!({ "name": "care", "texts": [] });
        assert_eq!(ada.act("publishNotice", notice, "").await.code(), "FORBIDDEN");
    }
}

//! Giving all or part of what was asked for: what the grant is then, what it pins, and what is refused.

use entity::consent_request::{AskedScope, AskedScopes};
use entity::scope::Scope;
use entity::{consent_request, grant_version, scope_definition};
use sea_orm::{EntityTrait, Set};
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{World, on_both_databases};

use super::{ANSWERED, answer, ask, asked, events, open, opened, plain, refuse, seen, waiting, with};

async fn versions(world: &World) -> Vec<grant_version::Model> {
    let mut rows = grant_version::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
    rows.sort_by_key(|row| row.version);
    rows
}

on_both_databases! {
    async fn giving_makes_a_grant_for_as_long_as_was_asked_under_the_notice_that_was_shown(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = asked(&bank, &ada, plain()).await;
        let spanish = ada.ask("{ me { consentRequests { nodes { notice(locale: \"es-MX\") { id version locale hash } } } } }", json!({})).await;
        let notice = spanish.data("/me/consentRequests/nodes/0/notice").clone();
        assert_eq!(notice["locale"], "es");
        world.pass(DAY);
        let input = json!({ "requestId": id, "scopes": ["NAME", "CONTEXT"], "locale": "es" });
        let given = ada.act("answerConsentRequest", input, ANSWERED).await;
        let mut payload = given.done("answerConsentRequest").clone();
        let (grant, profile) = (payload["grant"]["id"].take(), payload["grant"]["profileId"].take());
        payload["userErrors"].take();
        assert!(payload["receipt"].take()["id"].as_str().is_some_and(|id| id.starts_with("receipt_")));
        assert_eq!(payload, json!({
            "grant": {
                "id": null, "state": "ACTIVE", "version": 1, "scopes": ["NAME", "CONTEXT"], "validFrom": world.time(0),
                "expiresAt": world.time(30 * DAY), "profileId": null, "brand": { "slug": "bank" }, "purpose": "CUSTOMER_CARE",
            },
            "difference": null, "confirmationToken": null, "receipt": null, "userErrors": null,
        }));
        let read = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!((&read["id"], &read["name"]["displayName"]), (&profile, &json!("Ada")));

        let pinned = versions(&world).await.remove(0);
        assert_eq!(pinned.method.as_str(), "REQUEST");
        let hash: String = pinned.notice_hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(json!({ "id": pinned.notice_id, "version": pinned.notice_version, "locale": pinned.notice_locale, "hash": hash }), notice);
        assert_eq!(events(&world).await, [(1, "GIVEN".to_owned(), Some(id.clone()), true)], "the event names the request");
        let shown = ada.ask("{ me { grants { nodes { events { nodes { kind requestId } } } } } }", json!({})).await;
        assert_eq!(shown.data("/me/grants/nodes/0/events/nodes"), &json!([{ "kind": "GIVEN", "requestId": id }]));
        assert_eq!(waiting(&ada).await, json!([]));
        let told = &seen(&bank).await[0];
        assert_eq!((&told["state"], &told["grantId"], &told["profileId"], &told["givenAt"]),
            (&json!("GIVEN"), &grant, &profile, &json!(world.time(0))));
    }

    async fn what_is_required_is_given_whole_or_not_at_all_and_what_is_optional_may_be_left_out(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let scopes = json!({ "scopes": [
            { "scope": "NAME", "required": true, "reason": "a" }, { "scope": "AREA", "required": true, "reason": "b" },
            { "scope": "CONTEXT", "required": false, "reason": "c" },
        ] });
        let id = asked(&bank, &ada, with(plain(), scopes)).await;
        for (chosen, named) in [
            (&[][..], "at least one scope"),
            (&["NAME"], ": AREA"),
            (&["CONTEXT"], ": NAME, AREA"),
            (&["NAME", "CONTEXT"], ": AREA"),
            (&["NAME", "AREA", "CONTACT"], "not asked for: CONTACT"),
            (&["NAME", "AREA", "CONTACT", "LANGUAGE"], "not asked for: CONTACT, LANGUAGE"),
        ] {
            let reply = answer(&ada, &id, chosen).await;
            assert_eq!(reply.mistakes("answerConsentRequest"), ["INVALID scopes"], "{chosen:?}");
            let message = reply.data("/answerConsentRequest/userErrors/0/message").as_str().unwrap();
            assert!(message.ends_with(named) || message.contains("at least one"), "{message}");
        }
        assert_eq!(events(&world).await, []);
        let given = answer(&ada, &id, &["AREA", "NAME", "NAME"]).await;
        assert_eq!(given.done("answerConsentRequest")["grant"]["scopes"], json!(["NAME", "AREA"]));
    }

    async fn the_end_lies_in_the_future_and_no_later_than_was_asked_for(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = asked(&bank, &ada, plain()).await;
        world.pass(DAY);
        for (end, mistake) in [
            (world.time(30 * DAY + 1), "OUT_OF_RANGE expiresAt"),
            (world.time(0), "OUT_OF_RANGE expiresAt"),
            (world.time(-DAY), "OUT_OF_RANGE expiresAt"),
            ("soon".into(), "INVALID expiresAt"),
        ] {
            let input = json!({ "requestId": id, "scopes": ["NAME"], "expiresAt": end });
            assert_eq!(ada.act("answerConsentRequest", input, "").await.mistakes("answerConsentRequest"), [mistake], "{end}");
        }
        let input = json!({ "requestId": id, "scopes": ["NAME"], "locale": "de_DE" });
        assert_eq!(ada.act("answerConsentRequest", input, "").await.mistakes("answerConsentRequest"), ["INVALID locale"]);
        assert_eq!(events(&world).await, []);
        let input = json!({ "requestId": id, "scopes": ["NAME"], "expiresAt": world.time(30 * DAY) });
        let given = ada.act("answerConsentRequest", input, ANSWERED).await;
        assert_eq!(given.done("answerConsentRequest")["grant"]["expiresAt"], world.time(30 * DAY));
    }

    async fn a_request_is_answered_once_by_somebody_who_has_opened_it(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let token = ask(&bank, plain()).await;
        let id = opened(&ada, &token).await;
        for none in [id.as_str(), "request_AAAAAAAAAAAAAAAAAAAAAA", "request_", "grant_AAAAAAAAAAAAAAAAAAAAAA", "", "'; drop"] {
            assert_eq!(answer(&bob, none, &["NAME"]).await.mistakes("answerConsentRequest"), ["NOT_FOUND requestId"], "{none}");
            assert_eq!(refuse(&bob, none).await.mistakes("refuseConsentRequest"), ["NOT_FOUND requestId"], "{none}");
        }
        answer(&ada, &id, &["NAME"]).await.done("answerConsentRequest");
        assert_eq!(answer(&ada, &id, &["NAME", "CONTEXT"]).await.mistakes("answerConsentRequest"), ["WRONG_STATE requestId"]);
        assert_eq!(refuse(&ada, &id).await.mistakes("refuseConsentRequest"), ["WRONG_STATE requestId"]);
        assert_eq!(open(&ada, &token).await.mistakes("openConsentRequest"), ["EXPIRED token"]);
        assert_eq!(open(&bob, &token).await.mistakes("openConsentRequest"), ["EXPIRED token"]);
        assert_eq!(events(&world).await.len(), 1);
    }

    async fn of_many_answers_and_refusals_at_once_exactly_one_counts(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        for round in 1..=10 {
            let id = asked(&bank, &ada, with(plain(), json!({ "purpose": tests::world::ALL_PURPOSES[round % 5] }))).await;
            let (first, second, third) =
                tokio::join!(answer(&ada, &id, &["NAME"]), refuse(&ada, &id), answer(&ada, &id, &["NAME", "CONTEXT"]));
            let done = [
                first.mistakes("answerConsentRequest"), second.mistakes("refuseConsentRequest"),
                third.mistakes("answerConsentRequest"),
            ];
            assert_eq!(done.iter().filter(|mistakes| mistakes.is_empty()).count(), 1, "{done:?}");
            assert!(done.iter().flatten().all(|mistake| mistake == "WRONG_STATE requestId"), "{done:?}");
            ada.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
            world.pass(90 * DAY);
        }
    }

    async fn a_grant_pins_each_scope_at_the_version_of_the_request(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = asked(&bank, &ada, plain()).await;
        // As if the request had been made before the scope had any of its fields.
        let earlier = AskedScope { scope: Scope::Name, version: 0, required: true, reason: "because".into() };
        let change = consent_request::ActiveModel { scopes: Set(AskedScopes(vec![earlier])), ..Default::default() };
        let writer = world.deps.vault.store.writer();
        consent_request::Entity::update_many().set(change).exec(writer).await.unwrap();
        let definition = scope_definition::ActiveModel {
            scope: Set(Scope::Name),
            version: Set(0),
            label: Set("An older label".into()),
            permissions: Set(json!(["An older line"])),
            fields: Set(json!([])),
        };
        scope_definition::Entity::insert(definition).exec_without_returning(writer).await.unwrap();

        let choice = waiting(&ada).await[0]["scopes"][0].clone();
        assert_eq!((&choice["version"], &choice["label"], &choice["permissions"]),
            (&json!(0), &json!("An older label"), &json!(["An older line"])), "worded as it was then");
        answer(&ada, &id, &["NAME"]).await.done("answerConsentRequest");
        assert_eq!(versions(&world).await[0].pins.version(Scope::Name), Some(0));
        let profile = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(profile["name"]["displayName"], Value::Null, "what joined later is not opened");
    }
}

//! Giving consent: how long it lasts, what is refused, and giving it again.

use serde_json::{Value, json};
use tests::on_both_databases;
use tests::world::DAY;

use super::{access, grant, grants, history};

const GIVEN: &str =
    "grant { brand { slug name } purpose scopes state version validFrom expiresAt endedAt profileId } receipt { id }";

on_both_databases! {
    async fn consent_lasts_90_days_unless_another_end_is_given(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let input = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["CONTEXT", "NAME", "NAME"] });
        let given = ada.act("giveConsent", input, GIVEN).await;
        let payload = given.done("giveConsent");
        assert!(payload["receipt"]["id"].as_str().is_some_and(|id| id.starts_with("receipt_")), "{payload}");
        let mut shown = payload["grant"].clone();
        assert!(shown["profileId"].as_str().is_some_and(|id| id.starts_with("profile_")), "{shown}");
        shown["profileId"] = Value::Null;
        assert_eq!(shown, json!({
            "brand": { "slug": "bank", "name": "The bank" }, "purpose": "CUSTOMER_CARE", "scopes": ["NAME", "CONTEXT"],
            "state": "ACTIVE", "version": 1, "validFrom": world.time(0), "expiresAt": world.time(90 * DAY),
            "endedAt": null, "profileId": null,
        }));
    }

    async fn an_end_of_365_days_is_the_most_and_one_millisecond_the_least(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        for (purpose, end) in [("CUSTOMER_CARE", world.time(365 * DAY)), ("ANALYTICS", world.time(1))] {
            let input = json!({ "brand": "bank", "purpose": purpose, "scopes": ["NAME"], "expiresAt": end });
            let given = ada.act("giveConsent", input, "grant { expiresAt }").await;
            assert_eq!(given.done("giveConsent")["grant"]["expiresAt"], end);
        }
    }

    async fn an_end_that_is_past_too_far_or_no_time_is_refused_and_nothing_is_granted(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let refused = [
            (world.time(0), "OUT_OF_RANGE expiresAt"),
            (world.time(-1), "OUT_OF_RANGE expiresAt"),
            (world.time(365 * DAY + 1), "OUT_OF_RANGE expiresAt"),
            ("9999-12-31T23:59:59Z".into(), "OUT_OF_RANGE expiresAt"),
            ("tomorrow".into(), "INVALID expiresAt"),
            ("2026-13-01T00:00:00Z".into(), "INVALID expiresAt"),
            ("2026-08-01".into(), "INVALID expiresAt"),
            (String::new(), "INVALID expiresAt"),
        ];
        for (end, mistake) in refused {
            let input = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": end });
            let reply = ada.act("giveConsent", input, "grant { id }").await;
            assert_eq!(reply.mistakes("giveConsent"), [mistake], "{end}");
            assert_eq!(reply.data("/giveConsent/grant"), &Value::Null);
        }
        let input = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": 7 });
        assert_eq!(ada.act("giveConsent", input, "grant { id }").await.status, 400);
        assert_eq!(grants(&ada).await, json!([]));
    }

    async fn an_unknown_brand_and_an_empty_list_of_scopes_are_named_together(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let unknown = json!({ "brand": "no-such-brand", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"] });
        assert_eq!(ada.act("giveConsent", unknown, "").await.mistakes("giveConsent"), ["NOT_FOUND brand"]);
        let both = json!({ "brand": "", "purpose": "CUSTOMER_CARE", "scopes": [] });
        let reply = ada.act("giveConsent", both, "").await;
        assert_eq!(reply.mistakes("giveConsent"), ["INVALID scopes", "NOT_FOUND brand"]);
        for (purpose, scope) in [("CUSTOMER_CARE", "SHOE_SIZE"), ("CURIOSITY", "NAME")] {
            let input = json!({ "brand": "bank", "purpose": purpose, "scopes": [scope] });
            let reply = ada.act("giveConsent", input, "").await;
            assert_eq!((reply.status.as_u16(), reply.code()), (400, "GRAPHQL_VALIDATION_FAILED"), "{}", reply.text);
        }
        assert_eq!(grants(&ada).await, json!([]));
    }

    async fn only_customers_give_consent(world) {
        let bank = world.brand("bank").await;
        let query = "mutation { giveConsent(input: { brand: \"bank\", purpose: ANALYTICS, scopes: [NAME] }) { grant { id } } }";
        let nobody = world.ask(query, json!({})).await;
        assert_eq!((nobody.status.as_u16(), nobody.code()), (401, "UNAUTHENTICATED"));
        let app = bank.ask(query, json!({})).await;
        assert_eq!((app.status.as_u16(), app.code()), (403, "FORBIDDEN"));
    }

    async fn a_second_live_grant_for_the_same_brand_and_purpose_is_refused_and_changes_nothing(world) {
        world.brand("bank").await;
        world.brand("airline").await;
        let ada = world.customer("Ada").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let before = grants(&ada).await;
        let again = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME", "CONTACT"] });
        let refused = ada.act("giveConsent", again.clone(), "grant { id }").await;
        assert_eq!(refused.mistakes("giveConsent"), ["ALREADY_GRANTED purpose"]);
        assert_eq!(grants(&ada).await, before);

        ada.act("pauseConsent", json!({ "grantId": first }), "").await.done("pauseConsent");
        let before = grants(&ada).await;
        let refused = ada.act("giveConsent", again, "grant { id }").await;
        assert_eq!(refused.mistakes("giveConsent"), ["ALREADY_GRANTED purpose"], "a halted grant is live");
        assert_eq!(grants(&ada).await, before);

        ada.give("bank", "ANALYTICS", &["NAME"]).await;
        ada.give("airline", "CUSTOMER_CARE", &["NAME"]).await;
        world.customer("Bob").await.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    }

    async fn after_a_withdrawal_consent_given_again_is_a_new_grant(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
        ada.withdraw(&first).await;
        world.pass(1);
        let second = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_ne!(first, second);
        assert_eq!(grant(&ada, &first).await["state"], "WITHDRAWN");
        let profile = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(profile["name"]["displayName"], "Ada");
        assert_eq!(access(&profile, "NAME")["grantId"], second);
        let contact = json!({ "scope": "CONTACT", "status": "NOT_GRANTED", "grantId": null, "expiresAt": null });
        assert_eq!(access(&profile, "CONTACT"), &contact, "what an earlier grant held is not remembered");
    }

    async fn after_its_end_consent_given_again_notes_the_expiry_at_its_date(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let end = world.time(90 * DAY);
        world.pass(100 * DAY);
        let second = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let expired = grant(&ada, &first).await;
        assert_eq!((&expired["state"], &expired["endedAt"]), (&json!("EXPIRED"), &json!(end)));
        assert_eq!(history(&expired, "kind"), ["GIVEN", "EXPIRED"]);
        assert_eq!(history(&expired, "occurredAt")[1], end, "dated when it happened, not when it was noted");
        assert_eq!(history(&expired, "actor")[1], "CLOCK");
        assert_eq!(history(&expired, "revision"), [1, 2]);
        let renewed = grant(&ada, &second).await;
        assert_eq!(history(&renewed, "revision"), [3]);
        assert_eq!(renewed["validFrom"], world.time(0));
    }

    async fn a_grant_expires_by_the_clock_to_the_millisecond_with_no_job(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        world.pass(90 * DAY - 1);
        ada.link_email("ada@example.org").await;
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
        assert_eq!(grant(&ada, &id).await["state"], "ACTIVE");
        world.pass(1);
        let reply = bank.look_up("ada@example.org", "CUSTOMER_CARE", "id name { displayName } access { scope }").await;
        assert_eq!(reply.body, json!({ "data": { "profile": null } }));
        let expired = grant(&ada, &id).await;
        assert_eq!((&expired["state"], &expired["endedAt"]), (&json!("EXPIRED"), &json!(world.time(0))));
    }
}

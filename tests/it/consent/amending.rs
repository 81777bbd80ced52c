//! Changing a grant: less at once, more only by a second act.

use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{Customer, on_both_databases};

use super::{access, grant, grants, history};

const DIFFERENCE: &str = "difference { addedScopes removedScopes expiresAtBefore expiresAtAfter } confirmationToken grant { version scopes expiresAt state }";

/// The token with which a widening can be confirmed.
async fn token(who: &Customer<'_>, change: &Value) -> Value {
    let reply = who.act("amendConsent", change.clone(), "confirmationToken").await;
    let token = reply.done("amendConsent")["confirmationToken"].clone();
    assert!(token.is_string(), "a widening needs a second act: {}", reply.text);
    token
}

fn with(change: &Value, token: &Value) -> Value {
    let mut confirmed = change.clone();
    confirmed["confirmationToken"] = token.clone();
    confirmed
}

/// Asserts that this change is refused for its confirmation, and that nothing happened.
async fn is_refused(who: &Customer<'_>, change: &Value, token: &Value) {
    let before = grants(who).await;
    let reply = who.act("amendConsent", with(change, token), "grant { id }").await;
    assert_eq!(reply.mistakes("amendConsent"), ["EXPIRED confirmationToken"]);
    assert_eq!(grants(who).await, before);
}

on_both_databases! {
    async fn narrowing_takes_effect_at_once_and_shows_withdrawn(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let contact = json!({ "contact": { "phone": "+4930901820" } });
        ada.act("updateProfile", contact, "").await.done("updateProfile");
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["contact"]["phone"], "+4930901820");

        let narrowed = ada.act("amendConsent", json!({ "grantId": id, "scopes": ["NAME"] }), DIFFERENCE).await;
        let end = world.time(90 * DAY);
        let mut payload = narrowed.done("amendConsent").clone();
        payload["userErrors"].take();
        assert_eq!(payload, json!({
            "difference": { "addedScopes": [], "removedScopes": ["CONTACT"], "expiresAtBefore": end, "expiresAtAfter": end },
            "confirmationToken": null,
            "grant": { "version": 2, "scopes": ["NAME"], "expiresAt": end, "state": "ACTIVE" },
            "userErrors": null,
        }));
        let profile = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(profile["contact"], Value::Null);
        assert_eq!(profile["name"]["displayName"], "Ada", "what stays is readable");
        let taken_back = json!({ "scope": "CONTACT", "status": "WITHDRAWN", "grantId": null, "expiresAt": null });
        assert_eq!(access(&profile, "CONTACT"), &taken_back);
        assert_eq!(access(&profile, "AREA")["status"], "NOT_GRANTED");
        assert_eq!(history(&grant(&ada, &id).await, "kind"), ["GIVEN", "NARROWED"]);
    }

    async fn an_earlier_end_takes_effect_at_once_and_bites_on_its_date(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let sooner = json!({ "grantId": id, "expiresAt": world.time(MINUTE) });
        let narrowed = ada.act("amendConsent", sooner, DIFFERENCE).await;
        assert_eq!(narrowed.done("amendConsent")["confirmationToken"], Value::Null);
        world.pass(MINUTE - 1);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada");
        world.pass(1);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
    }

    async fn widening_first_shows_the_difference_and_is_done_by_the_second_call(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        let before = grants(&ada).await;
        let (end, later) = (world.time(90 * DAY), world.time(365 * DAY));
        let change = json!({ "grantId": id, "scopes": ["NAME", "HANDLES"], "expiresAt": later });
        let first = ada.act("amendConsent", change.clone(), DIFFERENCE).await;
        let first = first.done("amendConsent");
        assert_eq!(first["difference"], json!({
            "addedScopes": ["HANDLES"], "removedScopes": ["AREA"], "expiresAtBefore": end, "expiresAtAfter": later
        }));
        assert_eq!(first["grant"], json!({ "version": 1, "scopes": ["NAME", "AREA"], "expiresAt": end, "state": "ACTIVE" }));
        assert_eq!(grants(&ada).await, before, "nothing has changed yet");
        let profile = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(access(&profile, "HANDLES")["status"], "NOT_GRANTED");

        let second = ada.act("amendConsent", with(&change, &first["confirmationToken"]), DIFFERENCE).await;
        let second = second.done("amendConsent");
        assert_eq!(second["confirmationToken"], Value::Null);
        assert_eq!(second["grant"], json!({ "version": 2, "scopes": ["NAME", "HANDLES"], "expiresAt": later, "state": "ACTIVE" }));
        let profile = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!(profile["handles"][0]["handle"], "ada@example.org");
        assert_eq!(access(&profile, "AREA")["status"], "WITHDRAWN");
        assert_eq!(history(&grant(&ada, &id).await, "kind"), ["GIVEN", "WIDENED"]);
    }

    async fn a_later_end_for_no_more_scopes_is_a_renewal_and_takes_a_second_act_too(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        for (days, scopes, kind) in [
            (100, json!(null), "RENEWED"),
            (110, json!(["NAME", "AREA"]), "RENEWED"),
            (120, json!(["NAME"]), "RENEWED"),
            (130, json!(["NAME", "CONTACT"]), "WIDENED"),
            (130, json!(["NAME", "CONTACT", "AREA"]), "WIDENED"),
            (120, json!(null), "NARROWED"),
        ] {
            let mut change = json!({ "grantId": id, "expiresAt": world.time(days * DAY) });
            if !scopes.is_null() {
                change["scopes"] = scopes;
            }
            if kind != "NARROWED" {
                let before = grants(&ada).await;
                let confirmation = token(&ada, &change).await;
                assert_eq!(grants(&ada).await, before, "nothing has changed yet");
                change = with(&change, &confirmation);
            }
            ada.act("amendConsent", change, "").await.done("amendConsent");
            assert_eq!(history(&grant(&ada, &id).await, "kind").pop(), Some(json!(kind)), "{days}");
        }
        let shown = grant(&ada, &id).await;
        assert_eq!((&shown["version"], &shown["expiresAt"]), (&json!(7), &json!(world.time(120 * DAY))));
        world.pass(91 * DAY);
        ada.link_email("ada@example.org").await;
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Ada", "beyond its first end");
    }

    async fn a_confirmation_fits_exactly_one_change_of_one_version_of_one_grant_of_one_customer(world) {
        world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let other = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        let of_bob = bob.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let change = json!({ "grantId": id, "scopes": ["NAME", "AREA"] });
        let good = token(&ada, &change).await;
        for wrong in [
            json!({ "grantId": id, "scopes": ["NAME", "CONTACT"] }),
            json!({ "grantId": id, "scopes": ["NAME", "AREA", "CONTACT"] }),
            json!({ "grantId": id, "scopes": ["NAME", "AREA"], "expiresAt": world.time(200 * DAY) }),
            json!({ "grantId": id, "expiresAt": world.time(200 * DAY) }),
            json!({ "grantId": other, "scopes": ["NAME", "AREA"] }),
        ] {
            is_refused(&ada, &wrong, &good).await;
        }
        is_refused(&bob, &json!({ "grantId": of_bob, "scopes": ["NAME", "AREA"] }), &good).await;
        for garbage in ["", "AAAA", "not base64!", &"A".repeat(54)] {
            is_refused(&ada, &change, &json!(garbage)).await;
        }
        ada.act("amendConsent", with(&change, &good), "").await.done("amendConsent");
        let narrow = json!({ "grantId": id, "scopes": ["NAME"] });
        ada.act("amendConsent", narrow, "").await.done("amendConsent");
        is_refused(&ada, &change, &good).await;
    }

    async fn a_confirmation_holds_for_ten_minutes(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let change = json!({ "grantId": id, "scopes": ["NAME", "AREA"] });
        let late = token(&ada, &change).await;
        world.pass(1);
        let timely = token(&ada, &change).await;
        world.pass(10 * MINUTE - 1);
        is_refused(&ada, &change, &late).await;
        ada.act("amendConsent", with(&change, &timely), "").await.done("amendConsent");
        assert_eq!(grant(&ada, &id).await["scopes"], json!(["NAME", "AREA"]));
    }

    async fn a_paused_grant_can_be_narrowed_but_not_widened(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        let wider = json!({ "grantId": id, "scopes": ["NAME", "AREA", "CONTACT"] });
        let confirmation = token(&ada, &wider).await;
        ada.act("pauseConsent", json!({ "grantId": id }), "").await.done("pauseConsent");
        let before = grants(&ada).await;
        for change in [wider.clone(), with(&wider, &confirmation)] {
            let reply = ada.act("amendConsent", change, "confirmationToken").await;
            assert_eq!(reply.mistakes("amendConsent"), ["WRONG_STATE grantId"]);
        }
        assert_eq!(grants(&ada).await, before);
        let narrower = json!({ "grantId": id, "scopes": ["NAME"] });
        ada.act("amendConsent", narrower, "").await.done("amendConsent");
        let narrowed = grant(&ada, &id).await;
        assert_eq!((&narrowed["state"], &narrowed["scopes"]), (&json!("PAUSED"), &json!(["NAME"])));
    }

    async fn a_change_to_nothing_to_the_past_or_beyond_a_year_is_refused(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let before = grants(&ada).await;
        for (change, mistake) in [
            (json!({ "grantId": id, "scopes": [] }), "INVALID scopes"),
            (json!({ "grantId": id, "expiresAt": world.time(0) }), "OUT_OF_RANGE expiresAt"),
            (json!({ "grantId": id, "expiresAt": world.time(365 * DAY + 1) }), "OUT_OF_RANGE expiresAt"),
            (json!({ "grantId": id, "expiresAt": "soon" }), "INVALID expiresAt"),
        ] {
            assert_eq!(ada.act("amendConsent", change, "").await.mistakes("amendConsent"), [mistake]);
        }
        let same = ada.act("amendConsent", json!({ "grantId": id, "scopes": ["NAME"] }), DIFFERENCE).await;
        assert_eq!(same.done("amendConsent")["difference"]["addedScopes"], json!([]));
        assert_eq!(grants(&ada).await, before, "a change that changes nothing is no event");
    }
}

//! Answering where a live grant of that brand and purpose is there: it is changed, and widens only by a second act.

use entity::grant_version;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{Customer, Reply, on_both_databases};

use super::{ANSWERED, asked, events, plain, seen, waiting, with};

async fn answer(who: &Customer<'_>, input: &Value, parts: Value) -> Reply {
    who.act("answerConsentRequest", with(input.clone(), parts), ANSWERED).await
}

async fn grants(who: &Customer<'_>) -> Value {
    let query = "{ me { grants { nodes { id version scopes state expiresAt } } } }";
    who.ask(query, json!({})).await.data("/me/grants/nodes").clone()
}

/// The kinds of everything that happened, in order.
async fn kinds(world: &tests::World) -> Vec<String> {
    events(world).await.into_iter().map(|(_, kind, ..)| kind).collect()
}

on_both_databases! {
    async fn a_widening_answer_first_shows_the_difference_and_is_done_by_the_second_call(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let end = world.time(10 * DAY);
        let input = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME", "AREA"], "expiresAt": end });
        ada.act("giveConsent", input, "").await.done("giveConsent");
        let before = grants(&ada).await;
        let id = asked(&bank, &ada, plain()).await;
        let input = json!({ "requestId": id, "scopes": ["NAME", "CONTEXT"] });
        let later = world.time(30 * DAY);
        let first = answer(&ada, &input, json!({})).await;
        let first = first.done("answerConsentRequest");
        assert_eq!(first["difference"], json!({
            "addedScopes": ["CONTEXT"], "removedScopes": [], "expiresAtBefore": end, "expiresAtAfter": later
        }));
        assert_eq!((grants(&ada).await, kinds(&world).await), (before.clone(), vec!["GIVEN".to_owned()]), "nothing has changed yet");
        assert_eq!(seen(&bank).await[0]["state"], "PENDING");
        assert_eq!(waiting(&ada).await.as_array().unwrap().len(), 1);

        world.pass(MINUTE);
        let token = first["confirmationToken"].clone();
        let second = answer(&ada, &input, json!({ "confirmationToken": token })).await;
        let second = second.done("answerConsentRequest");
        assert_eq!(second["confirmationToken"], Value::Null);
        assert_eq!(second["difference"], first["difference"], "what was shown is what is done, however much later");
        let after = grants(&ada).await;
        assert_eq!(after, json!([{
            "id": before[0]["id"], "version": 2, "scopes": ["NAME", "AREA", "CONTEXT"], "state": "ACTIVE", "expiresAt": later
        }]), "what was not asked for stays");
        assert_eq!(events(&world).await[1], (2, "WIDENED".to_owned(), Some(id.clone()), true));
        let pinned = grant_version::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
        let methods: Vec<_> = pinned.iter().map(|row| (row.version, row.method.as_str())).collect();
        assert!(methods.contains(&(1, "API")) && methods.contains(&(2, "REQUEST")), "{methods:?}");
        let told = &seen(&bank).await[0];
        assert_eq!((&told["state"], &told["grantId"]), (&json!("GIVEN"), &before[0]["id"]));
    }

    async fn a_confirmation_fits_one_answer_to_one_request_for_ten_minutes(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let id = asked(&bank, &ada, with(plain(), json!({ "durationDays": 90 }))).await;
        let input = json!({ "requestId": id, "scopes": ["NAME", "CONTEXT"] });
        let end = world.time(90 * DAY);
        let first = answer(&ada, &input, json!({})).await;
        let good = first.done("answerConsentRequest")["confirmationToken"].as_str().unwrap().to_owned();
        let amend = json!({ "grantId": grant, "scopes": ["NAME", "CONTEXT"], "expiresAt": end });
        let amended = ada.act("amendConsent", amend.clone(), "confirmationToken").await;
        let of_amend = amended.done("amendConsent")["confirmationToken"].as_str().unwrap().to_owned();
        let before = grants(&ada).await;
        let (millis, rest) = good.split_once('.').unwrap();
        let tampered = format!("{}.{rest}", millis.parse::<i64>().unwrap() - 1);
        for wrong in ["", ".", "x", "1.x", rest, &of_amend, &format!("{millis}.{of_amend}"), &tampered] {
            let reply = answer(&ada, &input, json!({ "confirmationToken": wrong })).await;
            assert_eq!(reply.mistakes("answerConsentRequest"), ["EXPIRED confirmationToken"], "{wrong}");
        }
        let sooner = json!({ "confirmationToken": good, "expiresAt": world.time(80 * DAY) });
        assert_eq!(answer(&ada, &input, sooner).await.mistakes("answerConsentRequest"), ["EXPIRED confirmationToken"]);
        let reply = ada.act("amendConsent", with(amend, json!({ "confirmationToken": rest })), "").await;
        assert_eq!(reply.mistakes("amendConsent"), ["EXPIRED confirmationToken"], "nor does it fit an amendment");
        assert_eq!(grants(&ada).await, before);
        world.pass(10 * MINUTE);
        let late = answer(&ada, &input, json!({ "confirmationToken": good })).await;
        assert_eq!(late.mistakes("answerConsentRequest"), ["EXPIRED confirmationToken"]);
        assert_eq!(grants(&ada).await, before);
    }

    async fn an_answer_that_leaves_out_what_was_asked_for_and_shared_ends_that_at_once(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA", "CONTEXT"]).await;
        let id = asked(&bank, &ada, plain()).await;
        let narrowed = answer(&ada, &json!({ "requestId": id, "scopes": ["NAME"] }), json!({})).await;
        let narrowed = narrowed.done("answerConsentRequest");
        assert_eq!(narrowed["confirmationToken"], Value::Null, "less needs no second act");
        assert_eq!(narrowed["difference"], json!({
            "addedScopes": [], "removedScopes": ["CONTEXT"],
            "expiresAtBefore": world.time(90 * DAY), "expiresAtAfter": world.time(30 * DAY),
        }));
        assert_eq!(narrowed["grant"]["scopes"], json!(["NAME", "AREA"]));
        assert_eq!(kinds(&world).await, ["GIVEN", "NARROWED"]);
    }

    async fn the_same_given_again_on_request_is_an_event_that_names_it(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let end = world.time(30 * DAY);
        let input = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": end });
        ada.act("giveConsent", input, "").await.done("giveConsent");
        let id = asked(&bank, &ada, plain()).await;
        let again = answer(&ada, &json!({ "requestId": id, "scopes": ["NAME"], "expiresAt": end }), json!({})).await;
        let again = again.done("answerConsentRequest");
        assert_eq!((&again["grant"]["version"], &again["confirmationToken"]), (&json!(2), &Value::Null));
        assert_eq!(events(&world).await[1], (2, "GIVEN".to_owned(), Some(id), true));
    }

    async fn a_paused_grant_is_not_widened_by_an_answer(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTEXT"]).await;
        ada.act("pauseConsent", json!({ "grantId": grant }), "").await.done("pauseConsent");
        let id = asked(&bank, &ada, with(plain(), json!({ "durationDays": 300 }))).await;
        let wider = answer(&ada, &json!({ "requestId": id, "scopes": ["NAME"] }), json!({})).await;
        assert_eq!(wider.mistakes("answerConsentRequest"), ["WRONG_STATE requestId"]);
        let less = json!({ "requestId": id, "scopes": ["NAME"], "expiresAt": world.time(DAY) });
        let less = answer(&ada, &less, json!({})).await;
        assert_eq!(less.done("answerConsentRequest")["grant"]["state"], "PAUSED");
    }

    async fn a_grant_that_has_run_out_is_noted_and_the_answer_makes_a_new_one(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        world.pass(90 * DAY);
        let id = asked(&bank, &ada, plain()).await;
        let given = answer(&ada, &json!({ "requestId": id, "scopes": ["NAME"] }), json!({})).await;
        let given = given.done("answerConsentRequest");
        assert_ne!(given["grant"]["id"], first);
        assert_eq!((&given["grant"]["scopes"], &given["difference"]), (&json!(["NAME"]), &Value::Null));
        let told: Vec<_> = events(&world).await.into_iter().map(|(_, kind, request, _)| (kind, request.is_some())).collect();
        let expected = [("GIVEN", false), ("EXPIRED", false), ("GIVEN", true)];
        assert_eq!(told, expected.map(|(kind, named)| (kind.to_owned(), named)), "the clock answered nothing");
    }
}

//! What a brand gets: many at once, filtered, up to date, addressed, and what the customer sees of it beforehand.

use serde_json::{Value, json};
use tests::app::WHOLE_PROFILE;
use tests::world::{ALL_PURPOSES, ALL_SCOPES};
use tests::{Customer, on_both_databases};

use super::access;

const PROFILES: &str =
    "query($by: [ProfileLocator!]!) { profiles(by: $by, purpose: CUSTOMER_CARE) { id name { displayName } } }";

fn by_email(address: &str) -> Value {
    json!({ "handle": { "channel": "EMAIL", "handle": address } })
}

async fn say_everything(who: &Customer<'_>) {
    let profile = json!({
        "name": { "givenName": "Ada", "familyName": "Moreno", "pronouns": "she/her" },
        "contact": { "email": "ada@post.example.org", "phone": "+4930901820", "preferredChannel": "PHONE" },
        "area": { "postalCode": "10115", "region": "Berlin", "country": "DE" },
        "language": { "locale": "de-DE", "timeZone": "Europe/Berlin" },
    });
    who.act("updateProfile", profile, "").await.done("updateProfile");
    let liked = json!({ "preferences": [
        { "category": "travel", "key": "seat", "value": "aisle" },
        { "category": "travel", "key": "meal", "value": "vegan" },
        { "category": "banking", "key": "contact", "value": "chat" },
    ] });
    who.act("setPreferences", liked, "").await.done("setPreferences");
    who.act("stateContext", json!({ "topic": "card declined" }), "").await.done("stateContext");
}

async fn preview(who: &Customer<'_>, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Grant {{ preview {{ {WHOLE_PROFILE} }} }} }} }}");
    who.ask(&query, json!({ "id": id })).await.data("/node/preview").clone()
}

on_both_databases! {
    async fn a_preview_is_what_the_brand_gets_and_leaves_no_record(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        say_everything(&ada).await;
        let everything = ada.give("bank", "CUSTOMER_CARE", &ALL_SCOPES).await;
        let little = ada.give("bank", "ANALYTICS", &["AREA", "PREFERENCES"]).await;
        let paused = ada.give("bank", "PERSONALISATION", &["NAME"]).await;
        ada.act("pauseConsent", json!({ "grantId": paused }), "").await.done("pauseConsent");
        let over = ada.give("bank", "RECOMMENDATIONS", &["NAME"]).await;
        ada.withdraw(&over).await;
        let mut previews = Vec::new();
        for id in [&everything, &little, &paused, &over] {
            previews.push(preview(&ada, id).await);
        }
        assert_eq!(ada.disclosures(10).await, Vec::<Value>::new(), "looking at one's own preview is no disclosure");
        for (shown, purpose) in previews.iter().zip(["CUSTOMER_CARE", "ANALYTICS", "PERSONALISATION", "RECOMMENDATIONS"]) {
            assert_eq!(*shown, bank.profile("ada@example.org", purpose).await, "{purpose}");
        }
        assert_eq!(previews[0]["area"], json!({ "postalCode": "10115", "region": "Berlin", "country": "DE" }));
        assert_eq!(previews[0]["language"], json!({ "locale": "de-DE", "timeZone": "Europe/Berlin" }));
        assert_eq!(previews[1]["name"], Value::Null);
        assert_eq!(access(&previews[2], "NAME")["status"], "PAUSED");
        assert_eq!(previews[3], Value::Null);
    }

    async fn many_people_are_answered_in_the_order_asked_for_known_or_not(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        ada.link_email("ada@example.org").await;
        bob.link_email("bob@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        bob.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let cleo = world.customer("Cleo").await;
        cleo.link_email("cleo@example.org").await;
        cleo.give("bank", "ANALYTICS", &["NAME"]).await;
        let by = ["bob", "nobody", "ada", "cleo", "bob"].map(|name| by_email(&format!("{name}@example.org")));
        let reply = bank.ask(PROFILES, json!({ "by": by })).await;
        let found = reply.data("/profiles").clone();
        let names = ["/0", "/1", "/2", "/3", "/4"].map(|place| found.pointer(place).map(|who| who["name"]["displayName"].clone()));
        let named = |name: &str| Some(json!(name));
        assert_eq!(names, [named("Bob"), Some(Value::Null), named("Ada"), Some(Value::Null), named("Bob")]);
        assert_eq!((&found[1], &found[3]), (&Value::Null, &Value::Null));
        assert_eq!(found[0], found[4]);
        assert_eq!(bob.disclosures(10).await.len(), 2, "each of two lookups is shown");
        assert_eq!(cleo.disclosures(10).await.len(), 1, "a blocked one too");

        let by = [json!({ "id": found[2]["id"] }), by_email("bob@example.org"), json!({ "id": "profile_AAAAAAAAAAAAAAAAAAAAAA" })];
        let mixed = bank.ask(PROFILES, json!({ "by": by })).await;
        assert_eq!(mixed.data("/profiles"), &json!([found[2], found[0], null]));
    }

    async fn fifty_people_are_the_most_in_one_question(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let mut by: Vec<Value> = (0..49).map(|number| by_email(&format!("nobody{number}@example.org"))).collect();
        by.push(by_email("ada@example.org"));
        let most = bank.ask(PROFILES, json!({ "by": by })).await;
        assert_eq!(most.data("/profiles/49/name/displayName"), "Ada");
        by.push(by_email("ada@example.org"));
        let more = bank.ask(PROFILES, json!({ "by": by })).await;
        assert_eq!((more.status.as_u16(), more.code()), (400, "BAD_USER_INPUT"));
        let none = bank.ask(PROFILES, json!({ "by": [] })).await;
        assert_eq!(none.data("/profiles"), &json!([]));
        assert_eq!(ada.disclosures(10).await.len(), 1);
    }

    async fn all_purposes_of_one_operation_are_equal(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        for purpose in ALL_PURPOSES {
            ada.give("bank", purpose, &["NAME"]).await;
        }
        let ask = async |first: &str, second: &str| {
            let one = format!("profile(by: {{ handle: {{ channel: EMAIL, handle: \"ada@example.org\" }} }}, purpose: {first}) {{ id }}");
            let query = format!("query($p: Purpose = ANALYTICS) {{ a: {one} ... on Query {{ ...More }} }}
                fragment More on Query {{ b: profiles(by: [], purpose: {second}) {{ id }} }}");
            bank.ask(&query, json!({})).await
        };
        for (first, second) in [("CUSTOMER_CARE", "ANALYTICS"), ("CUSTOMER_CARE", "$p"), ("$p", "DIRECT_MARKETING")] {
            let reply = ask(first, second).await;
            assert_eq!((reply.status.as_u16(), reply.code()), (400, "BAD_USER_INPUT"), "{}", reply.text);
        }
        assert_eq!(ada.disclosures(10).await, Vec::<Value>::new(), "nothing was read");
        for (first, second) in [("$p", "ANALYTICS"), ("$p", "$p")] {
            assert!(ask(first, second).await.data("/a/id").is_string());
        }
    }

    async fn preferences_can_be_filtered_by_category(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        say_everything(&ada).await;
        ada.give("bank", "CUSTOMER_CARE", &["PREFERENCES"]).await;
        let fields = "travel: preferences(category: \"travel\") { key value } none: preferences(category: \"Travel\") { key } preferences { key }";
        let reply = bank.look_up("ada@example.org", "CUSTOMER_CARE", fields).await;
        assert_eq!(reply.data("/profile/travel"), &json!([{ "key": "seat", "value": "aisle" }, { "key": "meal", "value": "vegan" }]));
        assert_eq!(reply.data("/profile/none"), &json!([]));
        assert_eq!(reply.data("/profile/preferences").as_array().map(Vec::len), Some(3));
        let denied = bank.look_up("ada@example.org", "ANALYTICS", fields).await;
        assert_eq!(denied.data("/profile"), &Value::Null);
        let own = ada.ask("{ me { preferences(category: \"banking\") { key } } }", json!({})).await;
        assert_eq!(own.data("/me/preferences"), &json!([{ "key": "contact" }]));
    }

    async fn a_changed_value_is_what_the_brand_gets_next(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "LANGUAGE"]).await;
        let before = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!((&before["name"]["displayName"], &before["language"]), (&json!("Ada"), &Value::Null));
        assert_eq!(access(&before, "LANGUAGE")["status"], "GRANTED", "granted, and nothing is there yet");
        let change = json!({ "name": { "displayName": "Countess" }, "language": { "locale": "en-GB" } });
        ada.act("updateProfile", change, "").await.done("updateProfile");
        let after = bank.profile("ada@example.org", "CUSTOMER_CARE").await;
        assert_eq!((&after["name"]["displayName"], &after["language"]["locale"]), (&json!("Countess"), &json!("en-GB")));
    }

    async fn a_value_written_after_a_withdrawal_a_pause_or_a_narrowing_never_reaches_the_brand(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let withdrawn = ada.give("bank", "CUSTOMER_CARE", &["NAME", "PREFERENCES", "CONTEXT", "HANDLES"]).await;
        let paused = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        let narrowed = ada.give("bank", "RECOMMENDATIONS", &["NAME", "LANGUAGE"]).await;
        let id = bank.profile("ada@example.org", "CUSTOMER_CARE").await["id"].clone();
        ada.withdraw(&withdrawn).await;
        ada.act("pauseConsent", json!({ "grantId": paused }), "").await.done("pauseConsent");
        ada.act("amendConsent", json!({ "grantId": narrowed, "scopes": ["LANGUAGE"] }), "").await.done("amendConsent");

        let secret = "quokka";
        ada.act("updateProfile", json!({ "name": { "displayName": secret } }), "").await.done("updateProfile");
        let liked = json!({ "preferences": [{ "category": "pets", "key": "animal", "value": secret }] });
        ada.act("setPreferences", liked, "").await.done("setPreferences");
        ada.act("stateContext", json!({ "topic": secret }), "").await.done("stateContext");
        ada.link_email("quokka@example.org").await;
        for purpose in ALL_PURPOSES {
            for by in [by_email("ada@example.org"), by_email("quokka@example.org"), json!({ "id": id })] {
                let query = format!("query($by: ProfileLocator!, $purpose: Purpose!) {{ profile(by: $by, purpose: $purpose) {{ {WHOLE_PROFILE} }} }}");
                let reply = bank.ask(&query, json!({ "by": by, "purpose": purpose })).await;
                reply.data("/profile");
                assert!(!reply.text.contains(secret), "{purpose}: {}", reply.text);
            }
        }
        let own = ada.ask("{ me { name { displayName } } }", json!({})).await;
        assert_eq!(own.data("/me/name/displayName"), secret);
    }

    async fn a_need_addressed_to_one_brand_reaches_only_that_brand(world) {
        let (bank, airline) = (world.brand("bank").await, world.brand("airline").await);
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        for brand in ["bank", "airline"] {
            ada.give(brand, "CUSTOMER_CARE", &["CONTEXT"]).await;
        }
        ada.act("stateContext", json!({ "topic": "for all" }), "").await.done("stateContext");
        ada.act("stateContext", json!({ "topic": "for the bank", "brand": "bank" }), "").await.done("stateContext");
        ada.act("stateContext", json!({ "topic": "for the airline", "brand": "airline" }), "").await.done("stateContext");
        let topics = |profile: &Value| {
            let needs = profile["context"].as_array().into_iter().flatten();
            needs.map(|need| need["topic"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(topics(&bank.profile("ada@example.org", "CUSTOMER_CARE").await), ["for the bank", "for all"]);
        assert_eq!(topics(&airline.profile("ada@example.org", "CUSTOMER_CARE").await), ["for the airline", "for all"]);
        let own = ada.ask("{ me { context { topic brand { slug } } } }", json!({})).await;
        assert_eq!(own.data("/me/context"), &json!([
            { "topic": "for the airline", "brand": { "slug": "airline" } },
            { "topic": "for the bank", "brand": { "slug": "bank" } },
            { "topic": "for all", "brand": null },
        ]));
    }
}

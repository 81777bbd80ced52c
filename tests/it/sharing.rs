//! What customers say about themselves: every mistake is named, and then nothing is changed.

use serde_json::{Value, json};
use tests::{Customer, on_both_databases};

const OWN: &str = "{ me { name { displayName givenName familyName pronouns } contact { email phone preferredChannel }
    area { postalCode region country } language { locale timeZone } preferences { category key value }
    context { id topic text area wishedOutcome brand { slug } statedAt } } }";

async fn own(who: &Customer<'_>) -> Value {
    who.ask(OWN, json!({})).await.data("/me").clone()
}

async fn update(who: &Customer<'_>, change: Value) {
    who.act("updateProfile", change, "").await.done("updateProfile");
}

fn preference(category: &str, key: &str, value: Option<&str>) -> Value {
    json!({ "category": category, "key": key, "value": value })
}

on_both_databases! {
    async fn what_is_left_out_stays_and_null_clears(world) {
        let ada = world.customer("Ada").await;
        update(&ada, json!({
            "name": { "givenName": "Ada", "familyName": "Moreno" },
            "contact": { "email": "ada@post.example.org", "phone": "+4930901820", "preferredChannel": "PHONE" },
            "area": { "postalCode": " 10115 ", "country": "de" },
            "language": { "locale": "de-DE", "timeZone": "Europe/Berlin" },
        })).await;
        update(&ada, json!({ "name": { "familyName": null, "pronouns": "she/her" }, "contact": { "phone": null }, "area": null, "language": {} })).await;
        update(&ada, json!({})).await;
        let shown = own(&ada).await;
        assert_eq!(shown["name"], json!({ "displayName": "Ada", "givenName": "Ada", "familyName": null, "pronouns": "she/her" }));
        assert_eq!(shown["contact"], json!({ "email": "ada@post.example.org", "phone": null, "preferredChannel": "PHONE" }));
        assert_eq!(shown["area"], json!({ "postalCode": "10115", "region": null, "country": "DE" }));
        assert_eq!(shown["language"], json!({ "locale": "de-DE", "timeZone": "Europe/Berlin" }));
        let payload = ada.act("updateProfile", json!({ "area": { "region": "Berlin" } }), "customer { area { region country } }").await;
        assert_eq!(payload.done("updateProfile")["customer"]["area"], json!({ "region": "Berlin", "country": "DE" }));
    }

    async fn each_malformed_value_is_named_by_its_path_and_nothing_is_changed(world) {
        let ada = world.customer("Ada").await;
        update(&ada, json!({ "contact": { "phone": "+4930901820" } })).await;
        let before = own(&ada).await;
        for (part, field, values) in [
            ("contact", "phone", ["030 7714422", "+0307714422", "+49", "call me"]),
            ("contact", "email", ["ada", "ada@localhost", "", "Ada <a@b.co>"]),
            ("language", "locale", ["", "klingonish-x", "de_DE@euro", "12"]),
            ("language", "timeZone", ["", "Europe/Atlantis", "+02:00", "europe berlin"]),
            ("area", "country", ["", "DEU", "XX", "Germany"]),
            ("name", "displayName", ["", "   ", "two\nlines", "\u{202e}reversed"]),
        ] {
            for value in values {
                let change = json!({ "name": { "givenName": "Changed" }, part: { field: value } });
                let reply = ada.act("updateProfile", change, "customer { name { givenName } }").await;
                assert_eq!(reply.mistakes("updateProfile"), [format!("INVALID {part}.{field}")], "{value}");
                assert_eq!(reply.data("/updateProfile/customer"), &Value::Null);
                if value.len() > 3 {
                    let message = reply.data("/updateProfile/userErrors/0/message").as_str().unwrap_or_default();
                    assert!(!message.contains(value), "a mistake does not repeat the value: {message}");
                }
            }
        }
        assert_eq!(own(&ada).await, before);
    }

    async fn all_mistakes_are_named_at_once(world) {
        let ada = world.customer("Ada").await;
        let change = json!({
            "name": { "givenName": "Fine", "familyName": "" }, "contact": { "email": "x", "phone": "y" },
            "area": { "country": "ZZ" }, "language": { "locale": "!", "timeZone": "Mars/Olympus" },
        });
        let reply = ada.act("updateProfile", change, "").await;
        assert_eq!(reply.mistakes("updateProfile"), [
            "INVALID name.familyName", "INVALID contact.email", "INVALID contact.phone", "INVALID area.country",
            "INVALID language.locale", "INVALID language.timeZone",
        ]);
        assert_eq!(own(&ada).await["name"]["givenName"], Value::Null);
    }

    async fn values_that_the_schema_does_not_know_are_refused(world) {
        let ada = world.customer("Ada").await;
        let before = own(&ada).await;
        for change in [
            json!({ "contact": { "preferredChannel": "PIGEON" } }),
            json!({ "contact": { "phone": 4_930_901_820_u64 } }),
            json!({ "shoeSize": 42 }),
            json!({ "name": { "nickname": "A" } }),
            json!({ "name": "Ada" }),
        ] {
            let reply = ada.act("updateProfile", change.clone(), "").await;
            assert_eq!(reply.status, 400, "{change}: {}", reply.text);
        }
        assert_eq!(own(&ada).await, before);
    }

    async fn texts_are_as_long_as_they_may_be_and_no_longer(world) {
        let ada = world.customer("Ada").await;
        let text = |length: usize| "ö".repeat(length);
        for (part, field, most) in [
            ("name", "displayName", 80), ("name", "givenName", 80), ("name", "familyName", 80), ("name", "pronouns", 40),
            ("area", "postalCode", 20), ("area", "region", 80),
        ] {
            update(&ada, json!({ part: { field: text(most) } })).await;
            let reply = ada.act("updateProfile", json!({ part: { field: text(most + 1) } }), "").await;
            assert_eq!(reply.mistakes("updateProfile"), [format!("INVALID {part}.{field}")]);
            assert_eq!(own(&ada).await[part][field], text(most));
        }
        for (field, most) in [("topic", 120), ("text", 2000), ("area", 120), ("wishedOutcome", 500)] {
            let need = |length: usize| {
                let mut need = json!({ "topic": "short" });
                need[field] = json!(text(length));
                need
            };
            ada.act("stateContext", need(most), "").await.done("stateContext");
            let reply = ada.act("stateContext", need(most + 1), "").await;
            assert_eq!(reply.mistakes("stateContext"), [format!("INVALID {field}")]);
        }
        assert_eq!(own(&ada).await["context"].as_array().map(Vec::len), Some(4));
    }

    async fn preferences_are_set_replaced_and_removed_one_by_one(world) {
        let ada = world.customer("Ada").await;
        let set = async |preferences: Vec<Value>| ada.act("setPreferences", json!({ "preferences": preferences }), "").await;
        set(vec![preference("travel", "seat", Some("aisle")), preference("travel", "meal", Some("vegan"))]).await.done("setPreferences");
        set(vec![preference("travel", "seat", Some("window")), preference("pets", "dog", None)]).await.done("setPreferences");
        set(vec![preference("travel", "meal", None), preference("music", "genre", Some("ska")), preference("music", "genre", Some("dub"))])
            .await
            .done("setPreferences");
        set(vec![]).await.done("setPreferences");
        let mut shown = own(&ada).await["preferences"].as_array().cloned().unwrap_or_default();
        shown.sort_by_key(ToString::to_string);
        assert_eq!(shown, [preference("music", "genre", Some("dub")), preference("travel", "seat", Some("window"))]);
    }

    async fn two_hundred_preferences_are_the_most_and_bad_ones_are_named_by_their_place(world) {
        let ada = world.customer("Ada").await;
        let many = |from: usize, to: usize| (from..to).map(|number| preference("many", &format!("key {number}"), Some("v"))).collect::<Vec<_>>();
        let set = async |preferences: Vec<Value>| ada.act("setPreferences", json!({ "preferences": preferences }), "").await;
        assert_eq!(set(many(0, 201)).await.mistakes("setPreferences"), ["TOO_LONG preferences"]);
        assert_eq!(own(&ada).await["preferences"], json!([]));
        set(many(0, 200)).await.done("setPreferences");
        assert_eq!(set(many(200, 201)).await.mistakes("setPreferences"), ["TOO_LONG preferences"]);
        set(vec![preference("many", "key 0", Some("changed"))]).await.done("setPreferences");
        set(vec![preference("many", "key 1", None), preference("one", "more", Some("v"))]).await.done("setPreferences");
        let before = own(&ada).await;
        assert_eq!(before["preferences"].as_array().map(Vec::len), Some(200));

        let long = "x".repeat(201);
        let bad = vec![
            preference("fine", "fine", Some("fine")),
            preference("", "key", Some("v")),
            preference("category", &long, Some("v")),
            preference("category", "key", Some(&long)),
            preference("category", "key", Some("")),
        ];
        assert_eq!(set(bad).await.mistakes("setPreferences"), [
            "INVALID preferences.1.category", "INVALID preferences.2.key", "INVALID preferences.3.value", "INVALID preferences.4.value",
        ]);
        assert_eq!(own(&ada).await, before);
    }

    async fn a_need_is_stated_for_all_or_for_one_known_brand(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let need = json!({ "topic": "power out", "text": "Since this morning.\r\nAll dark.", "area": "43219", "wishedOutcome": "a technician", "brand": "bank" });
        let stated = ada.act("stateContext", need, "context { topic text area wishedOutcome brand { slug } statedAt }").await;
        assert_eq!(stated.done("stateContext")["context"], json!({
            "topic": "power out", "text": "Since this morning.\nAll dark.", "area": "43219", "wishedOutcome": "a technician",
            "brand": { "slug": "bank" }, "statedAt": world.time(0),
        }));
        for (input, mistakes) in [
            (json!({ "topic": "x", "brand": "no-such-brand" }), vec!["NOT_FOUND brand"]),
            (json!({ "topic": "x", "brand": "" }), vec!["NOT_FOUND brand"]),
            (json!({ "topic": "", "brand": "no-such-brand" }), vec!["INVALID topic", "NOT_FOUND brand"]),
        ] {
            assert_eq!(ada.act("stateContext", input, "context { id }").await.mistakes("stateContext"), mistakes);
        }
        assert_eq!(own(&ada).await["context"].as_array().map(Vec::len), Some(1));
    }

    async fn a_need_is_taken_back_by_its_owner_only_and_the_oldest_of_21_goes(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        for number in 0..21 {
            ada.act("stateContext", json!({ "topic": format!("need {number}") }), "").await.done("stateContext");
        }
        let needs = own(&ada).await["context"].as_array().cloned().unwrap_or_default();
        assert_eq!(needs.len(), 20);
        assert_eq!((&needs[0]["topic"], &needs[19]["topic"]), (&json!("need 20"), &json!("need 1")));
        let id = &needs[7]["id"];
        for foreign in [id, &json!("context_AAAAAAAAAAAAAAAAAAAAAA"), &json!("")] {
            let reply = bob.act("clearContext", json!({ "contextId": foreign }), "clearedId").await;
            assert_eq!(reply.mistakes("clearContext"), ["NOT_FOUND contextId"]);
        }
        let cleared = ada.act("clearContext", json!({ "contextId": id }), "clearedId").await;
        assert_eq!(cleared.done("clearContext")["clearedId"], *id);
        let again = ada.act("clearContext", json!({ "contextId": id }), "clearedId").await;
        assert_eq!(again.mistakes("clearContext"), ["NOT_FOUND contextId"]);
        let left = own(&ada).await["context"].as_array().cloned().unwrap_or_default();
        assert_eq!(left.len(), 19);
        assert!(left.iter().all(|need| need["id"] != *id));
    }
}

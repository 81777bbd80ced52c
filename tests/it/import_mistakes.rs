//! Broken lines of an import: each is named with its line and field, none is repeated, and the rest still imports.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{World, on_both_databases};

use crate::import::{import, plain};

/// Stands in every broken value; no complaint may hold it.
const VALUE: &str = "hunter2";

/// A sound line with every part that can be broken.
fn sound(world: &World, key: &str) -> Value {
    let mut line = plain(world, key);
    line["customer"]["name"] = json!({ "displayName": "Ada" });
    line["customer"]["contact"] = json!({ "phone": "+4930901820", "preferredChannel": "X" });
    line["customer"]["area"] = json!({ "country": "DE" });
    line["customer"]["language"] = json!({ "locale": "de-DE", "timeZone": "Europe/Berlin" });
    line["preferences"] = json!([{ "category": "travel", "key": "seat", "value": "aisle" }]);
    line
}

/// Values put in the place of sound ones, and the field that must be named.
fn broken_values(world: &World) -> Vec<(&'static str, Value, &'static str)> {
    let time = |days: i64| Value::from(world.time(days * DAY));
    vec![
        ("/customer/key", json!(""), "customer.key"),
        ("/customer/email", json!("hunter2 at example.org"), "customer.email"),
        ("/customer/name/displayName", json!("hunter2\u{202e}"), "customer.name.displayName"),
        ("/customer/contact/phone", json!("030 hunter2"), "customer.contact.phone"),
        ("/customer/contact/preferredChannel", json!("HUNTER2"), "customer.contact.preferredChannel"),
        ("/customer/area/country", json!("hunter2"), "customer.area.country"),
        ("/customer/language/locale", json!("hunter2_DE"), "customer.language.locale"),
        ("/customer/language/timeZone", json!("Mars/hunter2"), "customer.language.timeZone"),
        ("/links/0/channel", json!("HUNTER2"), "links.0.channel"),
        ("/links/0/handle", json!("hunter2 with spaces"), "links.0.handle"),
        ("/links/0/accountId", json!("hunter2 with spaces"), "links.0.accountId"),
        ("/links/0/verifiedAt", json!("hunter2"), "links.0.verifiedAt"),
        ("/preferences/0/key", json!("hunter2".repeat(40)), "preferences.0.key"),
        ("/preferences/0/value", json!("hunter2".repeat(40)), "preferences.0.value"),
        ("/grants/0/brand", json!("hunter2"), "grants.0.brand"),
        ("/grants/0/purpose", json!("HUNTER2"), "grants.0.purpose"),
        ("/grants/0/scopes", json!(["NAME", "HUNTER2"]), "grants.0.scopes"),
        ("/grants/0/scopes", json!([]), "grants.0.scopes"),
        ("/grants/0/from", json!("2026-13-01T00:00:00Z hunter2"), "grants.0.from"),
        ("/grants/0/until", json!("2026-02-30"), "grants.0.until"),
        ("/grants/0/until", time(400), "grants.0.until"),
        ("/grants/0/until", time(-2), "grants.0.until"),
        ("/grants/0/withdrawnAt", time(-2), "grants.0.withdrawnAt"),
        ("/grants/0/withdrawnAt", json!(world.time(DAY / 2)), "grants.0.withdrawnAt"),
        ("/grants/0/withdrawnAt", json!("hunter2"), "grants.0.withdrawnAt"),
        // Wrong types.
        ("/customer", json!("hunter2"), "customer"),
        ("/customer/email", json!(["hunter2"]), "customer.email"),
        ("/customer/key", Value::Null, "customer.key"),
        ("/customer/name", json!("hunter2"), "customer.name"),
        ("/customer/name", json!(["hunter2", "hunter2", "hunter2", "hunter2"]), "customer.name"),
        ("/customer/name", json!("expected hunter2, expected hunter2"), "customer.name"),
        ("/customer/name", json!("hunter2 at line 3"), "customer.name"),
        ("/customer/area/postalCode", json!(10115), "customer.area.postalCode"),
        ("/links", json!({ "hunter2": 1 }), "links"),
        ("/links/0", json!("hunter2"), "links"),
        ("/preferences/0/value", json!(true), "preferences"),
        ("/grants/0/scopes", json!("NAME hunter2"), "grants"),
        ("/grants/0/withdrawnAt", json!(7), "grants"),
        // Unknown fields; the name of the field is said, its value is not.
        ("/nickname", json!("hunter2"), "nickname"),
        ("/customer/nickname", json!("hunter2"), "customer.nickname"),
        ("/customer/name/nickname", json!("hunter2"), "customer.name.nickname"),
        ("/links/0/nickname", json!("hunter2"), "links"),
        ("/grants/0/nickname", json!("hunter2"), "grants"),
    ]
}

/// Lines that are broken as a whole, and what the complaint begins with.
fn broken_lines() -> Vec<(Vec<u8>, &'static str)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let mut invalid = text(r#"{"customer":{"key":"u","email":"u@example.org","name":{"displayName":"hunter2"#);
    invalid.extend([0xff, 0xfe]);
    invalid.extend(text(r#""}}}"#));
    let mut stray = text(r#"{"customer":{"key":"u","email":"u@example.org"}"#);
    stray.extend([0xc3, 0x28]);
    vec![
        (text("hunter2, not JSON"), "this is not a JSON object"),
        (text(r#"{"customer":{"key":"hunter2""#), "this is not a JSON object"),
        (text(r#"{"customer":{"key":"u","email":"u@example.org"}} hunter2"#), "this is not a JSON object"),
        (text(r#"["hunter2"]"#), "this is not a JSON object"),
        (text(r#"[{"slug":"hunter2","name":"hunter2"}, []]"#), "this is not a JSON object"),
        (text(r#""hunter2""#), "this is not a JSON object"),
        (text("42"), "this is not a JSON object"),
        (text("null"), "this is not a JSON object"),
        (text("{}"), "a line has either `brand` or `customer`"),
        (text(r#"{"person":"hunter2"}"#), "a line has either `brand` or `customer`"),
        (text(r#"{"brand":{"slug":"b","name":"hunter2"},"customer":{}}"#), "a line has either `brand` or `customer`"),
        (
            format!(r#"{{"customer":{{"key":"{}"}}}}"#, "hunter2".repeat(200_000)).into_bytes(),
            "the line has more than 1 MB",
        ),
        ("hunter2".repeat(1_000_000).into_bytes(), "the line has more than 1 MB"),
        (format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(), "this is not a JSON object"),
        (invalid, "customer.name.displayName: "),
        (stray, "this is not a JSON object"),
    ]
}

/// Puts a value in its place; a place that is not there yet is made.
fn put(line: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = line.pointer_mut(parent).unwrap();
    match name.parse::<usize>() {
        Ok(place) => parent[place] = value,
        Err(_) => parent[name] = value,
    }
}

fn remove(line: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    line.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
}

/// Imports broken lines with a sound one after each. Every broken one must be named, with no value.
async fn check(world: &World, broken: &[(Vec<u8>, String)]) {
    let mut content = Vec::new();
    for (n, (line, _)) in broken.iter().enumerate() {
        content.extend_from_slice(line);
        content.extend_from_slice(format!("\n{}\n", plain(world, &format!("sound{n}"))).as_bytes());
    }
    let (summary, complaints) = import(world, &content).await;
    for (n, (line, expected)) in broken.iter().enumerate() {
        let number = format!("line {}: ", 2 * n + 1);
        let mut about = complaints.iter().filter(|text| text.starts_with(&number));
        let cut = String::from_utf8_lossy(&line[..line.len().min(600)]);
        let complaint = about.next().unwrap_or_else(|| panic!("no complaint about {cut}"));
        assert!(complaint.starts_with(&format!("{number}{expected}")), "{complaint}\nis not {expected}: {cut}");
        assert_eq!(about.next(), None, "one mistake, one complaint: {complaint}");
    }
    let values: Vec<_> = complaints.iter().filter(|text| text.to_lowercase().contains(VALUE)).collect();
    assert!(values.is_empty(), "a value was repeated: {values:?}");
    assert!(complaints.iter().all(|text| text.len() < 500), "{complaints:?}");
    assert_eq!(complaints.len(), broken.len(), "{complaints:#?}");
    let refused = broken.len() as u64;
    assert_eq!((summary.refused, summary.created), (refused, refused), "the rest is imported");
}

on_both_databases! {
    async fn a_broken_value_is_named_by_line_and_field_and_the_rest_imports(world) {
        world.brand("bank").await;
        let broken: Vec<_> = broken_values(&world).into_iter().map(|(pointer, value, field)| {
            let mut line = sound(&world, "broken");
            put(&mut line, pointer, value);
            (line.to_string().into_bytes(), field.to_owned())
        }).collect();
        check(&world, &broken).await;
    }

    async fn a_missing_field_is_named_and_the_rest_imports(world) {
        world.brand("bank").await;
        let missing = ["/customer/key", "/customer/email", "/links/0/handle", "/links/0/accountId", "/links/0/channel",
            "/links/0/verifiedAt", "/preferences/0/value", "/grants/0/brand", "/grants/0/until", "/grants/0/scopes"];
        let broken: Vec<_> = missing.into_iter().map(|pointer| {
            let mut line = sound(&world, "broken");
            remove(&mut line, pointer);
            let (parent, _) = pointer[1..].rsplit_once('/').unwrap();
            (line.to_string().into_bytes(), parent.split('/').next().unwrap().to_owned())
        }).collect();
        check(&world, &broken).await;
    }

    async fn a_line_that_is_broken_as_a_whole_is_named_and_the_rest_imports(world) {
        world.brand("bank").await;
        let broken: Vec<_> = broken_lines().into_iter().map(|(line, text)| (line, text.to_owned())).collect();
        check(&world, &broken).await;
    }

    async fn every_mistake_of_a_line_is_named_at_once(world) {
        world.brand("bank").await;
        let mut line = sound(&world, "broken");
        for (pointer, value) in [("/customer/email", "hunter2"), ("/customer/area/country", "hunter2"), ("/grants/0/purpose", "hunter2")] {
            put(&mut line, pointer, value.into());
        }
        let (summary, complaints) = import(&world, line.to_string().as_bytes()).await;
        let fields: Vec<_> = complaints.iter().map(|text| text.split(": ").nth(1).unwrap()).collect();
        assert_eq!(fields, ["customer.email", "customer.area.country", "grants.0.purpose"]);
        assert_eq!((summary.refused, summary.created), (1, 0));
    }

    async fn two_open_grants_for_one_purpose_are_refused_and_an_ended_one_beside_an_open_one_is_not(world) {
        world.brand("bank").await;
        let with_second = |key: &str, from: i64, until: i64, withdrawn: Option<i64>| {
            let mut line = plain(&world, key);
            let mut second = line["grants"][0].clone();
            second["from"] = world.time(from * DAY).into();
            second["until"] = world.time(until * DAY).into();
            if let Some(at) = withdrawn {
                second["withdrawnAt"] = world.time(at * DAY).into();
            }
            line["grants"].as_array_mut().unwrap().push(second);
            line
        };
        let lines = [
            with_second("open", -2, 3, None),
            with_second("future", 5, 9, None),
            with_second("expired", -9, -2, None),
            with_second("withdrawn", -9, 9, Some(-2)),
        ];
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let (summary, complaints) = import(&world, text.as_bytes()).await;
        assert_eq!(summary.created, 2, "{complaints:?}");
        assert_eq!(complaints.len(), 2);
        assert!(complaints[0].starts_with("line 1: grants: "), "{complaints:?}");
        assert!(complaints[1].starts_with("line 2: grants: "), "{complaints:?}");
    }

    async fn a_handle_or_an_address_of_somebody_else_is_refused_within_a_file_and_across_files(world) {
        let bank = world.brand("bank").await;
        let with = |key: &str, pointer: &str, value: &str| {
            let mut line = plain(&world, key);
            put(&mut line, pointer, value.into());
            line
        };
        let mut twice = plain(&world, "twice");
        let again = twice["links"][0].clone();
        twice["links"].as_array_mut().unwrap().push(again);
        let lines = [
            plain(&world, "first"),
            with("handle", "/links/0/handle", "@FIRST"),
            with("account", "/links/0/accountId", "1-first"),
            with("address", "/customer/email", "First@example.org"),
            twice,
            plain(&world, "last"),
        ];
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let expected = ["line 2: links.0: ", "line 3: links.0: ", "line 4: customer.email: ", "line 5: links.1: "];
        for (created, known) in [(2, 0), (0, 2)] {
            let (summary, complaints) = import(&world, text.as_bytes()).await;
            assert_eq!((summary.created, summary.known, summary.refused), (created, known, 4), "{complaints:?}");
            for (complaint, start) in complaints.iter().zip(expected) {
                assert!(complaint.starts_with(start), "{complaint}");
                assert!(!complaint.to_lowercase().contains("first"), "{complaint}");
            }
        }
        let reply = bank.look_up_on("X", "first", "CUSTOMER_CARE", "name { displayName }").await;
        assert_eq!(reply.data("/profile/name/displayName"), "first", "the handle stays with its first owner");

        world.customer("Grace").await;
        let (_, complaints) = import(&world, plain(&world, "grace").to_string().as_bytes()).await;
        assert_eq!(complaints.len(), 1, "somebody who signed up has the address");
        assert!(complaints[0].starts_with("line 1: customer.email: "));
    }

    async fn a_broken_brand_line_is_named_and_registers_nothing(world) {
        world.brand("other").await;
        let line = json!({ "brand": { "slug": "bank", "name": "The Bank" }, "apps": [{ "clientId": "bank-app",
            "clientSecret": "0123456789abcdef", "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] }] });
        let broken = [
            ("/brand/slug", json!("Hunter2!"), "brand.slug"),
            ("/brand/slug", json!(""), "brand.slug"),
            ("/brand/slug", json!("x".repeat(61)), "brand.slug"),
            ("/brand/name", json!(""), "brand.name"),
            ("/brand/name", json!("hunter2".repeat(20)), "brand.name"),
            ("/brand/country", json!("hunter2"), "brand.country"),
            ("/apps/0/clientId", json!(""), "apps.0.clientId"),
            ("/apps/0/clientId", json!("other-app"), "apps.0.clientId"),
            ("/apps/0/clientSecret", json!("hunter2"), "apps.0.clientSecret"),
            ("/apps/0/scopes", json!(["HUNTER2"]), "apps.0.scopes"),
            ("/apps/0/scopes", json!([]), "apps.0.scopes"),
            ("/apps/0/purposes", json!(["HUNTER2"]), "apps.0.purposes"),
            ("/apps/0/purposes", json!([]), "apps.0.purposes"),
            ("/apps", json!("hunter2"), "apps"),
        ];
        for (pointer, value, field) in broken {
            let mut line = line.clone();
            put(&mut line, pointer, value);
            let (summary, complaints) = import(&world, line.to_string().as_bytes()).await;
            assert_eq!((summary.refused, summary.brands), (1, 0), "{line}: {complaints:?}");
            assert!(complaints[0].starts_with(&format!("line 1: {field}: ")), "{line}: {complaints:?}");
            assert!(!complaints[0].to_lowercase().contains(VALUE), "{complaints:?}");
        }
        let (_, complaints) = import(&world, plain(&world, "one").to_string().as_bytes()).await;
        assert!(complaints[0].starts_with("line 1: grants.0.brand: "), "no broken line left a brand: {complaints:?}");
    }
}

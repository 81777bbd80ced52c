//! `rapport import`: everything in a line arrives, again changes nothing, broken off goes on.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::PathBuf;

use api::import::Summary;
use entity::import_progress;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::app::WHOLE_PROFILE;
use tests::world::{ALL_SCOPES, DAY};
use tests::{Customer, World, database, on_both_databases};

use tests::process::until;

/// Writes an import file.
pub fn file(content: &[u8]) -> PathBuf {
    let file = database::fresh_folder("import").join("lines.ndjson");
    std::fs::write(&file, content).unwrap();
    file
}

/// Imports bytes as the operator does: the summary and the complaints.
pub async fn import(world: &World, content: &[u8]) -> (Summary, Vec<String>) {
    let mut complaints = Vec::new();
    let mut complain = |text: &str| complaints.push(text.to_owned());
    let summary = api::import::import(&world.deps, &file(content), &mut complain).await.unwrap();
    (summary, complaints)
}

/// A customer with nothing but a key, an address, a handle on X and a grant to `bank`.
pub fn plain(world: &World, key: &str) -> Value {
    json!({
        "customer": { "key": key, "email": format!("{key}@example.org"), "name": { "displayName": key } },
        "links": [{ "channel": "X", "handle": key, "accountId": format!("1-{key}"), "verifiedAt": world.time(-DAY) }],
        "grants": [{ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "from": world.time(-DAY),
            "until": world.time(DAY) }],
    })
}

/// The account of an imported customer, claimed by the mailed code.
async fn claim<'w>(world: &'w World, email: &str) -> Customer<'w> {
    let start = "mutation($input: StartClaimInput!) { startClaim(input: $input) { accepted userErrors { code } } }";
    world.ask(start, json!({ "input": { "email": email } })).await.done("startClaim");
    let complete = "mutation($input: CompleteClaimInput!) { completeClaim(input: $input) {
        session { accessToken } userErrors { code field message } } }";
    let password = tests::customer::PASSWORD;
    let input = json!({ "email": email, "code": world.code_mailed_to(email), "password": password });
    world.ask(complete, json!({ "input": input })).await.done("completeClaim");
    Customer::sign_in(world, email, password).await
}

async fn customers(world: &World) -> usize {
    entity::customer::Entity::find().all(world.deps.vault.store.reader()).await.unwrap().len()
}

/// A line with everything that a line can hold.
fn whole(world: &World) -> Value {
    let grant = |purpose: &str, from: i64, until: i64, withdrawn: Option<i64>| {
        let mut grant = json!({ "brand": "bank", "purpose": purpose, "scopes": ["NAME", "contact:read", "HANDLES", "AREA",
            "LANGUAGE", "PREFERENCES", "CONTEXT"], "from": world.time(from * DAY), "until": world.time(until * DAY) });
        if let Some(at) = withdrawn {
            grant["withdrawnAt"] = world.time(at * DAY).into();
        }
        grant
    };
    json!({
        "customer": {
            "key": "crm-1", "email": "Ada@Example.org",
            "name": { "displayName": "Ada", "givenName": "Augusta", "familyName": "King", "pronouns": "she/her" },
            "contact": { "email": "reach.ada@example.org", "phone": "+4930901820", "preferredChannel": "PHONE" },
            "area": { "postalCode": "10115", "region": "Berlin", "country": "DE" },
            "language": { "locale": "de-DE", "timeZone": "Europe/Berlin" },
        },
        "links": [
            { "channel": "X", "handle": "@Ada_L", "accountId": "4711", "verifiedAt": world.time(-9 * DAY) },
            { "channel": "PHONE", "handle": "+4930901820", "accountId": "+4930901820", "verifiedAt": world.time(-8 * DAY) },
        ],
        "preferences": [
            { "category": "travel", "key": "seat", "value": "aisle" },
            { "category": "banking", "key": "tone", "value": "brief" },
        ],
        "grants": [
            grant("CUSTOMER_CARE", -10, 80, None),
            grant("PERSONALISATION", -10, 80, Some(-5)),
            grant("ANALYTICS", -100, -10, None),
            grant("RECOMMENDATIONS", 10, 100, None),
        ],
    })
}

on_both_databases! {
    async fn everything_in_a_line_arrives_at_the_brand(world) {
        let bank = world.brand("bank").await;
        let (summary, complaints) = import(&world, whole(&world).to_string().as_bytes()).await;
        assert_eq!(complaints, Vec::<String>::new());
        assert_eq!(summary, Summary { created: 1, ..Summary::default() });

        let on_x = bank.look_up_on("X", "ada_l", "CUSTOMER_CARE", WHOLE_PROFILE).await.data("/profile").clone();
        let on_phone = bank.look_up_on("PHONE", "+4930901820", "CUSTOMER_CARE", WHOLE_PROFILE).await;
        assert_eq!(on_phone.data("/profile"), &on_x, "both handles are the same person");
        assert_eq!(on_x["name"], json!({ "displayName": "Ada", "givenName": "Augusta", "familyName": "King", "pronouns": "she/her" }));
        assert_eq!(on_x["contact"], json!({ "email": "reach.ada@example.org", "phone": "+4930901820", "preferredChannel": "PHONE" }));
        assert_eq!(on_x["area"], json!({ "postalCode": "10115", "region": "Berlin", "country": "DE" }));
        assert_eq!(on_x["language"], json!({ "locale": "de-DE", "timeZone": "Europe/Berlin" }));
        assert_eq!(on_x["handles"], json!([
            { "channel": "PHONE", "handle": "+4930901820", "verifiedAt": world.time(-8 * DAY) },
            { "channel": "X", "handle": "Ada_L", "verifiedAt": world.time(-9 * DAY) },
        ]));
        assert_eq!(on_x["preferences"], json!([
            { "category": "travel", "key": "seat", "value": "aisle" },
            { "category": "banking", "key": "tone", "value": "brief" },
        ]));
        assert_eq!(on_x["context"], json!([]), "granted, and nothing is stated");
        let open = on_x["access"].as_array().unwrap().iter().filter(|access| access["status"] == "GRANTED").count();
        assert_eq!(open, ALL_SCOPES.len());
        assert_eq!(on_x["access"][0]["expiresAt"], world.time(80 * DAY));
    }

    async fn imported_grants_are_worth_what_their_dates_say(world) {
        let bank = world.brand("bank").await;
        import(&world, whole(&world).to_string().as_bytes()).await;
        for (purpose, why) in [("PERSONALISATION", "withdrawn"), ("ANALYTICS", "expired"), ("RECOMMENDATIONS", "in the future")] {
            let reply = bank.look_up_on("X", "ada_l", purpose, WHOLE_PROFILE).await;
            assert_eq!(reply.body, json!({ "data": { "profile": null } }), "{why}");
        }
        world.pass(10 * DAY);
        let later = bank.look_up_on("X", "ada_l", "RECOMMENDATIONS", "name { displayName }").await;
        assert_eq!(later.data("/profile/name/displayName"), "Ada", "its time has come");
        let id = bank.look_up_on("X", "ada_l", "CUSTOMER_CARE", "id").await.data("/profile/id").clone();
        let by_id = async || {
            let query = "query($by: ProfileLocator!) { profile(by: $by, purpose: CUSTOMER_CARE) { id } }";
            bank.ask(query, json!({ "by": { "id": id } })).await.data("/profile").clone()
        };
        world.pass(70 * DAY - 1);
        assert_eq!(by_id().await["id"], id);
        world.pass(1);
        assert_eq!(by_id().await, Value::Null, "it has run out");
    }

    async fn an_imported_customer_claims_the_account_and_finds_everything_in_it(world) {
        world.brand("bank").await;
        import(&world, whole(&world).to_string().as_bytes()).await;
        let ada = claim(&world, "Ada@example.org").await;
        let me = ada.ask("{ me {
            email name { displayName } contact { phone } area { country } language { timeZone } preferences { key }
            links { nodes { channel handle } } grants { nodes { purpose state brand { slug } scopes
                events { nodes { kind occurredAt } } } } } }", json!({})).await.data("/me").clone();
        assert_eq!(me["name"]["displayName"], "Ada");
        assert_eq!(me["contact"]["phone"], "+4930901820");
        assert_eq!(me["preferences"].as_array().unwrap().len(), 2);
        assert_eq!(me["links"]["nodes"].as_array().unwrap().len(), 2);
        let grants = me["grants"]["nodes"].as_array().unwrap();
        let state = |purpose: &str| grants.iter().find(|grant| grant["purpose"] == purpose).unwrap();
        assert_eq!(state("CUSTOMER_CARE")["state"], "ACTIVE");
        assert_eq!(state("PERSONALISATION")["state"], "WITHDRAWN");
        assert_eq!(state("ANALYTICS")["state"], "EXPIRED");
        assert_eq!(state("RECOMMENDATIONS")["state"], "ACTIVE");
        let events = state("PERSONALISATION")["events"]["nodes"].to_string();
        assert!(events.contains("GIVEN") && events.contains("WITHDRAWN"), "{events}");
        assert!(events.contains(&world.time(-5 * DAY)), "the date is the imported one: {events}");
    }

    async fn the_same_file_again_changes_nothing(world) {
        let bank = world.brand("bank").await;
        let line = whole(&world).to_string();
        import(&world, line.as_bytes()).await;
        let before = bank.look_up_on("X", "ada_l", "CUSTOMER_CARE", WHOLE_PROFILE).await.body;
        let ada = claim(&world, "ada@example.org").await;
        let window = json!({ "category": "travel", "key": "seat", "value": "window" });
        ada.act("setPreferences", json!({ "preferences": [window] }), "").await.done("setPreferences");

        let (summary, complaints) = import(&world, line.as_bytes()).await;
        assert_eq!((summary.created, summary.known, complaints.len()), (0, 1, 0));
        assert_eq!(customers(&world).await, 1);
        let after = bank.look_up_on("X", "ada_l", "CUSTOMER_CARE", WHOLE_PROFILE).await.body;
        assert_eq!(after["data"]["profile"]["id"], before["data"]["profile"]["id"]);
        assert_eq!(after["data"]["profile"]["access"], before["data"]["profile"]["access"]);
        let preferences = after["data"]["profile"]["preferences"].to_string();
        assert!(preferences.contains("window") && !preferences.contains("aisle"), "what the customer changed since stands: {preferences}");
    }

    async fn crlf_empty_lines_and_a_missing_last_line_break_are_no_mistakes(world) {
        world.brand("bank").await;
        let (one, two) = (plain(&world, "one"), plain(&world, "two"));
        let text = format!("\r\n{one}\r\n\r\n   \n\n{two}");
        let (summary, complaints) = import(&world, text.as_bytes()).await;
        assert_eq!((summary.created, complaints), (2, Vec::new()));
        let (_, complaints) = import(&world, format!("\r\n\n{one}\r\n{{\r\n").as_bytes()).await;
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].starts_with("line 4: "), "empty lines count: {complaints:?}");
        assert_eq!(import(&world, b"").await, (Summary::default(), Vec::new()), "an empty file is a file");
    }

    async fn a_new_client_secret_in_a_brand_line_ends_the_tokens_of_the_old_one(world) {
        let bank = world.brand("bank").await;
        import(&world, plain(&world, "one").to_string().as_bytes()).await;
        let token = bank.token().await;
        let line = |secret: &str| json!({ "brand": { "slug": "bank", "name": "The Bank" }, "apps": [{ "clientId": "bank-app",
            "clientSecret": secret, "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] }] }).to_string();
        let ask = "{ brand { name } }";

        import(&world, line(&bank.secret).as_bytes()).await;
        let same = world.ask_as(Some(&token), ask, json!({})).await;
        assert_eq!(same.data("/brand/name"), "The Bank", "the same secret ends nothing, and the brand was renamed");

        import(&world, line("another-secret-0123456789").as_bytes()).await;
        assert_eq!(world.ask_as(Some(&token), ask, json!({})).await.status, 401);
        assert_eq!(bank.ask_for_token().await.status, 401, "the old secret is worth nothing");
    }

    async fn a_name_that_comes_again_in_the_next_batch_is_seen_to_be_taken(world) {
        world.brand("bank").await;
        let mut lines: Vec<_> = (0..1_200).map(|n| plain(&world, &format!("c{n}"))).collect();
        lines[600] = lines[10].clone();
        lines[700]["links"] = lines[20]["links"].clone();
        lines[1_150]["customer"]["email"] = lines[650]["customer"]["email"].clone();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let (summary, complaints) = import(&world, text.as_bytes()).await;
        assert_eq!(summary, Summary { created: 1_197, known: 1, refused: 2, ..Summary::default() });
        assert!(complaints[0].starts_with("line 701: links.0"), "{complaints:?}");
        assert!(complaints[1].starts_with("line 1151: customer.email"), "{complaints:?}");
    }

    async fn an_import_that_was_broken_off_goes_on_after_the_last_committed_batch(world) {
        let bank = world.brand("bank").await;
        let count = 2_600_u64;
        let text: String = (0..count).map(|n| format!("{}\n", plain(&world, &format!("c{n}")))).collect();
        let file = file(text.as_bytes());
        let committed = async || {
            let rows = import_progress::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
            rows.first().map(|row| row.line.unsigned_abs())
        };

        let mut complain = |text: &str| panic!("{text}");
        tokio::select! {
            done = api::import::import(&world.deps, &file, &mut complain) => panic!("it was to be broken off: {done:?}"),
            _ = until("a batch", async || committed().await.filter(|lines| *lines >= 1_000)) => {}
        }

        let there = until("what was under way to be undone", async || {
            let (lines, rows) = (committed().await.unwrap_or_default(), customers(&world).await as u64);
            (lines == rows).then_some(rows)
        }).await;
        assert!(there < count, "{there}");
        let summary = api::import::import(&world.deps, &file, &mut complain).await.unwrap();
        assert_eq!(summary, Summary { created: count - there, ..Summary::default() });
        assert_eq!(customers(&world).await as u64, count);
        for handle in ["c0", "c499", "c500", "c999", "c1000", "c2599"] {
            let reply = bank.look_up_on("X", handle, "CUSTOMER_CARE", "name { displayName }").await;
            assert_eq!(reply.data("/profile/name/displayName"), handle);
        }
        assert_eq!(committed().await, None, "a file that is done is forgotten");
        let again = api::import::import(&world.deps, &file, &mut complain).await.unwrap();
        assert_eq!(again, Summary { known: count, ..Summary::default() });
    }
}

//! The copy of everything: whole, the customer's own and nobody else's, sent in pages while it is read.

use entity::access::Operator;
use entity::ids::{ConsentRequestId, CustomerId};
use entity::kinds::{AccessStatus, Purpose, RequestState};
use entity::scope::Scope;
use entity::vault::FieldOutcome;
use entity::vault::bulk::{PastRead, record_past_reads};
use entity::vault::receipt::commitment;
use entity::{app, request_opening};
use reqwest::Response;
use sea_orm::{EntityTrait, Set};
use serde_json::{Value, json};
use tests::canary::Canaries;
use tests::world::{ALL_SCOPES, DAY, MINUTE};
use tests::{BrandApp, Customer, Reply, World, on_both_databases};

use crate::requests::{self, asked, plain, with};

/// Asks for the copy.
async fn ask(world: &World, token: Option<&str>) -> Result<Response, reqwest::Error> {
    let request = world.http.post(format!("{}/export", world.url));
    match token {
        Some(token) => request.bearer_auth(token).send().await,
        None => request.send().await,
    }
}

/// The whole document.
pub async fn export(world: &World, who: &Customer<'_>) -> Reply {
    let reply = Reply::of(ask(world, Some(&who.token().await)).await).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.body["complete"], true, "{}", reply.text);
    assert!(reply.text.trim_end().ends_with("\"complete\":true}"), "the last member says that nothing was cut off");
    reply
}

/// Somebody who tells everything and is read.
async fn somebody<'w>(world: &'w World, bank: &BrandApp<'_>, words: &[&str; 6]) -> Customer<'w> {
    let [login, name, handle, preference, need, gone] = words;
    let who = world.customer(login).await;
    let profile = json!({ "name": { "familyName": name }, "area": { "region": format!("{name}shire") },
        "contact": { "email": format!("{name}@contact.example") }, "language": { "locale": "de-CH" } });
    who.act("updateProfile", profile, "").await.done("updateProfile");
    let preference = json!({ "category": "travel", "key": "seat", "value": preference });
    who.act("setPreferences", json!({ "preferences": [preference] }), "").await.done("setPreferences");
    who.act("stateContext", json!({ "topic": need, "brand": "bank" }), "").await.done("stateContext");
    let link = who.link_email(&format!("{gone}@handle.example")).await;
    who.act("unlink", json!({ "linkId": link }), "").await.done("unlink");
    let handle = format!("{handle}@handle.example");
    who.link_email(&handle).await;
    let grant = who.give("bank", "CUSTOMER_CARE", &ALL_SCOPES).await;
    bank.profile(&handle, "CUSTOMER_CARE").await;
    who.act("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] }), "").await.done("amendConsent");
    who.act("setDirectMarketing", json!({ "allowed": false }), "").await.done("setDirectMarketing");
    who
}

/// So many reads of the past by the brand's app, a second apart.
async fn past_reads(world: &World, who: &Customer<'_>, count: i64) {
    let me = who.ask("{ me { id } }", json!({})).await;
    let customer: CustomerId = me.data("/me/id").as_str().unwrap().parse().unwrap();
    let vault = &world.deps.vault;
    let app = app::Entity::find().one(vault.store.reader()).await.unwrap().unwrap();
    let outcome = |path: &str, scope| FieldOutcome { path: path.into(), scope, outcome: AccessStatus::Granted };
    let fields = vec![outcome("name.displayName", Scope::Name), outcome("language.locale", Scope::Language)];
    let read = |number: i64| PastRead {
        customer,
        brand: app.brand_id,
        app: app.id,
        purpose: Purpose::CustomerCare,
        at: world.clock.now().plus_millis(-1_000 * (number + 1)),
        fields: fields.clone(),
    };
    let transaction = vault.begin().await.unwrap();
    let operator = Operator::at_the_command_line();
    record_past_reads(&transaction, &operator, (0..count).map(read).collect()).await.unwrap();
    transaction.commit().await.unwrap();
}

on_both_databases! {
    async fn everything_that_is_held_of_a_customer_is_in_it_and_nothing_of_anybody_else(world) {
        let bank = world.brand("bank").await;
        let ada = somebody(&world, &bank, &["Quillfeather", "Wexmoor", "brindlefox", "wuzzletop", "flanwick", "drovemere"]).await;
        let bob = somebody(&world, &bank, &["Jaskelby", "Tundervale", "mossgrave", "gorblin", "pelthorn", "ostrigan"]).await;
        let mut words = Canaries::default();
        words.add("ada", &["quillfeather", "Wexmoor", "brindlefox", "wuzzletop", "flanwick", "drovemere"]);
        words.add("bob", &["jaskelby", "Tundervale", "mossgrave", "gorblin", "pelthorn", "ostrigan"]);
        words.add("secret", &[tests::customer::PASSWORD]);
        for (who, kind) in [(&ada, "ada"), (&bob, "bob")] {
            let whole = export(&world, who).await;
            let found = words.found(&whole.text);
            assert!(found.iter().all(|(of, _)| *of == kind), "{found:?}");
            assert_eq!(found.into_iter().map(|(_, word)| word).collect::<std::collections::BTreeSet<_>>(), words.of(kind));
        }
        let whole = export(&world, &ada).await;
        assert_eq!(whole.header("content-type"), "application/json");
        assert_eq!(whole.header("content-disposition"), "attachment; filename=\"rapport-export.json\"");
        assert_eq!(whole.header("cache-control"), "no-store");
        let copy = whole.body;
        assert_eq!((&copy["version"], &copy["exportedAt"]), (&json!(1), &json!(world.time(0))));
        assert_eq!(copy["account"]["email"], "quillfeather@example.org");
        assert_eq!(copy["profile"]["name"], json!({ "displayName": "Quillfeather", "givenName": null, "familyName": "Wexmoor", "pronouns": null }));
        assert_eq!(copy["profile"]["context"][0]["brand"]["slug"], "bank");
        assert_eq!(copy["directMarketing"], json!({ "allowed": false, "blockedAt": world.time(0) }));
        let ends = |link: &Value| link["endReason"].as_str().unwrap_or("LIVE").to_owned();
        let mut links: Vec<_> = copy["links"].as_array().unwrap().iter().map(ends).collect();
        links.sort();
        assert_eq!(links, ["LIVE", "UNLINKED"]);
        assert_eq!(copy["grants"][0]["versions"].as_array().unwrap().len(), 2);
        assert_eq!(copy["grants"][0]["scopes"], json!({ "NAME": 1 }));
        let kinds: Vec<_> = copy["events"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
        assert_eq!(kinds, ["GIVEN", "NARROWED", "MARKETING_BLOCKED"]);
        assert_eq!(copy["sessions"].as_array().unwrap().len(), 1);
        assert_eq!(copy["codes"].as_array().unwrap().len(), 2);
        assert_eq!(copy["brands"][0]["brand"]["slug"], "bank");
        assert_eq!(copy["brands"][0]["profileId"], copy["grants"][0]["profileId"]);
    }

    async fn what_apps_got_by_asking_them_is_in_it_without_any_secret(world) {
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let got = crate::oauth::connect(&world, &ada).await;
        crate::oauth::connect(&world, &bob).await;
        let whole = export(&world, &ada).await;
        assert_eq!(whole.body["authorizations"], json!([{ "brand": { "slug": "bank", "name": "The bank" }, "app": "bank-app",
            "grantId": got.body["grant_id"], "createdAt": world.time(0), "usedAt": world.time(0), "endedAt": null, "endReason": null }]));
        for name in ["access_token", "refresh_token"] {
            assert!(!whole.text.contains(got.body[name].as_str().unwrap()), "{name}");
        }
    }

    async fn receipts_come_with_what_opens_them_and_reads_with_their_entries_in_the_log(world) {
        let bank = world.brand("bank").await;
        let ada = somebody(&world, &bank, &["Quillfeather", "Wexmoor", "brindlefox", "wuzzletop", "flanwick", "drovemere"]).await;
        let copy = export(&world, &ada).await.body;
        let mut receipts = copy["receipts"].as_array().unwrap().clone();
        receipts.reverse();
        let mut before = String::new();
        for receipt in &receipts {
            let salt = receipt["opening"]["salt"].as_str().unwrap();
            assert_eq!(receipt["says"]["previous"], commitment(salt, &before), "it follows the one before");
            before = receipt["receipt"].as_str().unwrap().to_owned();
        }
        assert_eq!(receipts.len(), 3);
        let shown = ada.ask("{ me { disclosures { nodes { id proof { entry } } } } }", json!({})).await;
        assert_eq!(copy["disclosures"][0]["id"], shown.data("/me/disclosures/nodes/0/id").as_str().unwrap());
        world.work().await;
        let shown = ada.ask("{ me { disclosures { nodes { proof { entry } } } } }", json!({})).await;
        assert_eq!(&copy["disclosures"][0]["entry"], shown.data("/me/disclosures/nodes/0/proof/entry"));
        let read = &copy["disclosures"][0];
        assert_eq!((&read["brand"]["slug"], &read["app"]), (&json!("bank"), &json!("bank-app")));
        assert!(read["fields"].as_array().unwrap().contains(&json!({ "path": "name.displayName", "scope": "NAME", "outcome": "GRANTED" })));
    }

    async fn the_requests_that_they_opened_are_in_it_with_their_own_answers_and_nobody_elses(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let for_purpose = |purpose: &str| with(plain(), json!({ "purpose": purpose, "lapsesAt": world.time(MINUTE) }));
        let given = asked(&bank, &ada, for_purpose("CUSTOMER_CARE")).await;
        let refused = asked(&bank, &ada, for_purpose("ANALYTICS")).await;
        let lapsed = asked(&bank, &ada, for_purpose("RECOMMENDATIONS")).await;
        let shared = requests::ask(&bank, with(plain(), json!({ "purpose": "PERSONALISATION", "returnTo": "https://bank.example/" }))).await;
        let lost = requests::opened(&ada, &shared).await;
        requests::opened(&bob, &shared).await;
        requests::answer(&ada, &given, &["NAME"]).await.done("answerConsentRequest");
        requests::refuse(&ada, &refused).await.done("refuseConsentRequest");
        let bobs = requests::answer(&bob, &lost, &["NAME"]).await;
        let bobs = bobs.done("answerConsentRequest")["grant"]["id"].as_str().unwrap().to_owned();
        world.pass(MINUTE);
        let waits = asked(&bank, &ada, with(plain(), json!({ "purpose": "RECOMMENDATIONS" }))).await;

        let whole = export(&world, &ada).await;
        assert!(!whole.text.contains(&bobs), "who gave instead is not in it");
        let copy = whole.body;
        let by_id = |id: &str| copy["requests"].as_array().unwrap().iter().find(|request| request["id"] == id).unwrap();
        assert_eq!(copy["requests"].as_array().unwrap().len(), 5);
        let opened_at = json!(world.time(-MINUTE));
        for (id, state, answered_at, grant) in [
            (&given, "GIVEN", &opened_at, &copy["grants"][0]["id"]),
            (&refused, "REFUSED", &opened_at, &Value::Null),
            (&lapsed, "LAPSED", &Value::Null, &Value::Null),
            (&lost, "LAPSED", &Value::Null, &Value::Null),
        ] {
            let one = by_id(id);
            assert_eq!((&one["state"], &one["openedAt"]), (&json!(state), &opened_at));
            assert_eq!((&one["answeredAt"], &one["grantId"]), (answered_at, grant), "{state}");
            assert_eq!(one["brand"], json!({ "slug": "bank", "name": "The bank" }));
        }
        assert_eq!(by_id(&waits)["state"], "REQUESTED");
        assert_eq!(by_id(&lost)["purpose"], "PERSONALISATION");
        let mut asked = by_id(&lost)["asked"].clone();
        assert!(asked["notice"].take()["id"].is_string());
        assert_eq!(asked, json!({
            "scopes": [
                { "scope": "NAME", "version": 1, "required": true, "reason": "To know what to call you" },
                { "scope": "CONTEXT", "version": 1, "required": false, "reason": "So that you need not say it twice" },
            ],
            "durationDays": 30, "offer": "An answer within the hour", "returnTo": "https://bank.example/", "notice": null,
            "createdAt": opened_at, "lapsesAt": world.time(14 * DAY - MINUTE),
        }));
        assert_eq!(export(&world, &bob).await.body["requests"].as_array().unwrap().len(), 1);
    }

    async fn many_requests_come_in_pages_and_those_that_a_restore_has_lost_too(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let me = ada.ask("{ me { id } }", json!({})).await;
        let vault = &world.deps.vault;
        let app = app::Entity::find().one(vault.store.reader()).await.unwrap().unwrap();
        let rows = (0..250).map(|_| request_opening::ActiveModel {
            customer_id: Set(me.data("/me/id").as_str().unwrap().parse().unwrap()),
            request_id: Set(ConsentRequestId(vault.entropy.id())),
            brand_id: Set(app.brand_id),
            purpose: Set(Purpose::Analytics),
            state: Set(RequestState::Refused),
            opened_at: Set(world.clock.now()),
            answered_at: Set(Some(world.clock.now())),
        });
        request_opening::Entity::insert_many(rows).exec_without_returning(vault.store.writer()).await.unwrap();
        let copy = export(&world, &ada).await.body;
        let all = copy["requests"].as_array().unwrap();
        assert!(all.iter().all(|one| one["state"] == "REFUSED" && one["asked"].is_null() && one["brand"]["slug"] == "bank"));
        let ids: std::collections::BTreeSet<_> = all.iter().map(|one| one["id"].to_string()).collect();
        assert_eq!((all.len(), ids.len()), (250, 250));
    }

    async fn only_the_customers_own_token_opens_it(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let token = ada.token().await;
        let nobody = Reply::of(ask(&world, None).await).await;
        assert_eq!((nobody.status.as_u16(), nobody.code(), nobody.header("www-authenticate")), (401, "UNAUTHENTICATED", "Bearer"));
        let forged = Reply::of(ask(&world, Some(&format!("{token}x"))).await).await;
        assert_eq!((forged.status.as_u16(), forged.code()), (401, "UNAUTHENTICATED"));
        let app = Reply::of(ask(&world, Some(&bank.token().await)).await).await;
        assert_eq!((app.status.as_u16(), app.code()), (403, "FORBIDDEN"));
        let get = Reply::of(world.http.get(format!("{}/export", world.url)).bearer_auth(&token).send().await).await;
        assert_eq!((get.status.as_u16(), get.header("allow")), (405, "POST"));
        ada.ask("mutation { signOut { signedOut } }", json!({})).await.data("/signOut");
        assert_eq!(Reply::of(ask(&world, Some(&token)).await).await.status, 401);
    }

    async fn a_long_record_comes_in_pages_newest_first_and_none_twice(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        past_reads(&world, &ada, 2_500).await;
        let mut response = ask(&world, Some(&ada.token().await)).await.unwrap();
        let (mut text, mut pieces) = (Vec::new(), 0);
        while let Some(piece) = response.chunk().await.unwrap() {
            text.extend_from_slice(&piece);
            pieces += 1;
        }
        assert!(pieces > 3, "it is sent while it is read");
        let copy: Value = serde_json::from_slice(&text).expect("a valid document");
        assert_eq!(copy["complete"], true);
        let ids: Vec<_> = copy["disclosures"].as_array().unwrap().iter().map(|read| read["id"].to_string()).collect();
        assert_eq!(ids.len(), 2_500);
        let times: Vec<_> = copy["disclosures"].as_array().unwrap().iter().map(|read| read["at"].to_string()).collect();
        assert!(times.is_sorted_by(|newer, older| newer > older), "newest first");
        assert_eq!(ids.into_iter().collect::<std::collections::BTreeSet<_>>().len(), 2_500);
        let full = json!({ "first": 100 });
        ada.ask("query($first: Int!) { me { disclosures(first: $first) { nodes { id } } } }", full).await.data("/me/disclosures");
    }

    async fn a_session_that_ends_in_the_middle_breaks_it_off(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        past_reads(&world, &ada, 20_000).await;
        for how in ["mutation { signOut { signedOut } }", "erase"] {
            let reader = Customer::sign_in(&world, &ada.email, tests::customer::PASSWORD).await;
            let mut response = ask(&world, Some(&reader.token().await)).await.unwrap();
            let mut text = response.chunk().await.unwrap().expect("a beginning").to_vec();
            // Not through `ask`, which would wait until the export is over.
            let send = async |query: &str, variables: Value| {
                let request = world.http.post(format!("{}/graphql", world.url)).bearer_auth(reader.token().await);
                Reply::of(request.json(&json!({ "query": query, "variables": variables })).send().await).await
            };
            if how == "erase" {
                let query = "mutation($input: EraseAccountInput!) { eraseAccount(input: $input) { erased confirmationToken } }";
                let first = send(query, json!({ "input": {} })).await;
                let token = first.data("/eraseAccount/confirmationToken").clone();
                let done = send(query, json!({ "input": { "confirmationToken": token } })).await;
                assert_eq!(done.data("/eraseAccount/erased"), true);
            } else {
                send(how, json!({})).await.data("/signOut");
            }
            let broken = loop {
                match response.chunk().await {
                    Ok(Some(piece)) => text.extend_from_slice(&piece),
                    Ok(None) => break false,
                    Err(_) => break true,
                }
            };
            assert!(broken, "the connection ends in an error");
            assert!(!String::from_utf8_lossy(&text).contains("\"complete\""));
            world.pass(MINUTE);
        }
    }
}

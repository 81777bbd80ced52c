//! Many at once: one order of each customer's changes, and no answer that outruns an acknowledged reduction.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use api::domain::apps;
use api::domain::consent::{Verdict, end_by_operator};
use entity::access::Operator;
use entity::kinds::AppStatus;
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::{BrandApp, Customer, Reply, World, on_both_databases};
use tokio::task::JoinSet;

use crate::consent::ledger;

/// Rounds of the race between a reduction and reads.
const ROUNDS: usize = 200;

/// Sends requests all at once; the answers in any order.
async fn at_once(
    world: &Arc<World>,
    requests: impl IntoIterator<Item = (Option<String>, String, Value)>,
) -> Vec<Reply> {
    let mut running = JoinSet::new();
    for (token, query, variables) in requests {
        let world = Arc::clone(world);
        running.spawn(async move { world.ask_as(token.as_deref(), &query, variables).await });
    }
    running.join_all().await
}

/// A mutation as a document.
fn mutation(name: &str, fields: &str) -> String {
    let (first, rest) = name.split_at(1);
    let kind = format!("{}{rest}Input", first.to_uppercase());
    format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ {fields} userErrors {{ code field message }} }} }}")
}

/// How many of the answers were done, after checking that each other one has exactly this mistake.
fn done(replies: &[Reply], field: &str, mistake: &str) -> usize {
    let refused = replies.iter().filter(|reply| !reply.mistakes(field).is_empty()).collect::<Vec<_>>();
    for reply in &refused {
        assert_eq!(reply.mistakes(field), [mistake], "{}", reply.text);
    }
    replies.len() - refused.len()
}

/// Reads until one read that began after the reduction was acknowledged; that one must not hold the name.
pub async fn read_on(world: &World, token: &str, acknowledged: &AtomicBool, answered: &AtomicU32) {
    let query = r#"{ profile(by: { handle: { channel: EMAIL, handle: "ada@example.org" } }, purpose: DIRECT_MARKETING) { name { displayName } } }"#;
    loop {
        let late = acknowledged.load(Ordering::SeqCst);
        let reply = world.ask_as(Some(token), query, json!({})).await;
        if reply.status != 401 {
            reply.data("/profile");
        }
        let has_value = reply.text.contains("Ada");
        assert!(!(late && has_value), "a value left after the acknowledgement");
        answered.fetch_add(u32::from(has_value), Ordering::SeqCst);
        if late {
            return;
        }
    }
}

/// One way or another to take the name back; each returns when it is acknowledged.
async fn reduce(world: &World, ada: &Customer<'_>, bank: (&BrandApp<'_>, &str), grant: &str, round: usize) {
    let operator = Operator::at_the_command_line();
    let (mutation, input) = match round % 11 {
        0 => ("withdrawConsent", json!({ "grantId": grant })),
        1 => ("withdrawEverything", json!({})),
        2 => ("pauseConsent", json!({ "grantId": grant })),
        3 => ("amendConsent", json!({ "grantId": grant, "scopes": ["AREA"] })),
        4 => ("pauseEverything", json!({})),
        5 => ("setDirectMarketing", json!({ "allowed": false })),
        6 => {
            let token = ada.token().await;
            let reply = world.ask_with(Some(&token), &[("Sec-GPC", "1")], "{ me { id } }", json!({})).await;
            return drop(reply.data("/me/id").clone());
        }
        7 => {
            let variables = json!({ "input": { "grantId": grant } });
            let reply = world.ask_as(Some(bank.1), &mutation("revokeGrant", "state"), variables).await;
            return assert_eq!(reply.done("revokeGrant")["state"], "REVOKED");
        }
        8 => ("withdrawFromBrand", json!({ "brand": "bank" })),
        9 => return drop(end_by_operator(&world.deps, operator, grant, Verdict::Invalid, None).await.unwrap()),
        _ => return set_status(world, bank.0, AppStatus::Suspended).await,
    };
    ada.act(mutation, input, "").await.done(mutation);
}

async fn set_status(world: &World, app: &BrandApp<'_>, status: AppStatus) {
    let transaction = world.deps.vault.begin().await.unwrap();
    assert!(apps::set_status(&transaction, &app.client_id, status).await.unwrap());
    transaction.commit().await.unwrap();
}

on_both_databases! {
    async fn of_twenty_consents_given_at_once_exactly_one_is_given(world) {
        world.brand("bank").await;
        let world = Arc::new(world);
        let ada = world.customer("Ada").await;
        let token = ada.token().await;
        let input = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"] });
        let query = mutation("giveConsent", "grant { id }");
        let request = (Some(token), query, json!({ "input": input }));
        let replies = at_once(&world, std::iter::repeat_n(request, 20)).await;
        assert_eq!(done(&replies, "giveConsent", "ALREADY_GRANTED purpose"), 1);
        let grants = ada.ask("{ me { grants { nodes { events { nodes { revision } } } } } }", json!({})).await;
        assert_eq!(grants.data("/me/grants/nodes"), &json!([{ "events": { "nodes": [{ "revision": 1 }] } }]));
    }

    async fn of_eight_sign_ups_with_one_address_at_once_exactly_one_wins(world) {
        let world = Arc::new(world);
        let request = |number: usize| {
            let email = if number < 4 { "ada@example.org" } else { "ADA@example.org" };
            let input = json!({ "email": email, "password": PASSWORD, "displayName": "Ada" });
            (None, mutation("signUp", "session { accessToken }"), json!({ "input": input }))
        };
        let replies = at_once(&world, (0..8).map(request)).await;
        assert_eq!(done(&replies, "signUp", "TAKEN email"), 1);
        Customer::sign_in(&world, "ada@example.org", PASSWORD).await;
    }

    async fn changes_of_different_parts_made_at_once_all_survive(world) {
        let world = Arc::new(world);
        let ada = world.customer("Ada").await;
        let token = ada.token().await;
        let mut changes = vec![
            ("updateProfile", json!({ "name": { "givenName": "Ada" } })),
            ("updateProfile", json!({ "name": { "familyName": "Moreno" } })),
            ("updateProfile", json!({ "name": { "pronouns": "she/her" } })),
            ("updateProfile", json!({ "contact": { "phone": "+4930901820" } })),
            ("updateProfile", json!({ "contact": { "email": "ada@example.org" } })),
            ("updateProfile", json!({ "area": { "region": "Berlin" } })),
            ("updateProfile", json!({ "area": { "country": "DE" } })),
            ("updateProfile", json!({ "language": { "locale": "de-DE" } })),
        ];
        for number in 0..6 {
            let one = json!({ "category": "c", "key": format!("k{number}"), "value": "v" });
            changes.push(("setPreferences", json!({ "preferences": [one] })));
            changes.push(("stateContext", json!({ "topic": format!("need {number}") })));
        }
        let requests = changes.into_iter().map(|(name, input)| (Some(token.clone()), mutation(name, ""), json!({ "input": input })));
        for reply in at_once(&world, requests).await {
            assert!(reply.body["errors"].is_null(), "{}", reply.text);
        }
        let own = "{ me { name { displayName givenName familyName pronouns } contact { phone email } area { region country }
            language { locale } preferences { key } context { topic } } }";
        let mut shown = ada.ask(own, json!({})).await.data("/me").clone();
        let lists = ["preferences", "context"].map(|list| shown[list].take().as_array().map(Vec::len));
        assert_eq!(lists, [Some(6), Some(6)]);
        assert_eq!(shown, json!({
            "name": { "displayName": "Ada", "givenName": "Ada", "familyName": "Moreno", "pronouns": "she/her" },
            "contact": { "phone": "+4930901820", "email": "ada@example.org" }, "area": { "region": "Berlin", "country": "DE" },
            "language": { "locale": "de-DE" }, "preferences": null, "context": null,
        }));
    }

    async fn a_refresh_token_used_five_times_at_once_is_good_for_one_and_ends_the_session(world) {
        let world = Arc::new(world);
        let ada = world.customer("Ada").await;
        let token = ada.token().await;
        let query = mutation("refreshSession", "session { accessToken }");
        let request = (None, query, json!({ "input": { "refreshToken": ada.refresh_token() } }));
        let replies = at_once(&world, std::iter::repeat_n(request, 5)).await;
        assert_eq!(done(&replies, "refreshSession", "WRONG_CREDENTIALS refreshToken"), 1);
        assert_eq!(world.ask_as(Some(&token), "{ me { id } }", json!({})).await.status, 401);
    }

    async fn twenty_guesses_at_once_are_ten_tries(world) {
        let world = Arc::new(world);
        let ada = world.customer("Ada").await;
        let started = ada.act("startLink", json!({ "channel": "EMAIL", "handle": "ada@example.org" }), "challenge { id }").await;
        let id = started.done("startLink")["challenge"]["id"].clone();
        let token = ada.token().await;
        let guess = (Some(token), mutation("completeLink", "link { id }"), json!({ "input": { "challengeId": id, "code": "no" } }));
        let replies = at_once(&world, std::iter::repeat_n(guess, 20)).await;
        let tried = replies.iter().filter(|reply| reply.mistakes("completeLink") == ["WRONG_CODE code"]).count();
        let void = replies.iter().filter(|reply| reply.mistakes("completeLink") == ["EXPIRED challengeId"]).count();
        assert_eq!((tried, void), (10, 10));
    }

    async fn of_five_codes_asked_for_at_once_exactly_one_holds(world) {
        let world = Arc::new(world);
        let ada = world.customer("Ada").await;
        let token = ada.token().await;
        let addresses = [0, 1, 2, 3, 4].map(|number| format!("ada{number}@example.org"));
        let request = |address: &String| {
            let input = json!({ "channel": "EMAIL", "handle": address });
            (Some(token.clone()), mutation("startLink", "challenge { id }"), json!({ "input": input }))
        };
        for _ in 0..4 {
            let started = at_once(&world, addresses.iter().map(request)).await;
            let codes: Vec<String> = addresses.iter().map(|address| world.code_mailed_to(address)).collect();
            let mut linked = 0;
            for reply in started {
                let id = &reply.done("startLink")["challenge"]["id"];
                for code in &codes {
                    let answer = ada.act("completeLink", json!({ "challengeId": id, "code": code }), "").await;
                    linked += usize::from(answer.mistakes("completeLink").is_empty());
                }
            }
            assert_eq!(linked, 1, "a newer code voids the older");
        }
    }

    async fn of_several_proofs_of_one_handle_at_once_every_one_is_taken_and_one_owner_is_left(world) {
        let bank = world.brand("bank").await;
        let names = ["Ada", "Bob", "Cleo", "Dan"];
        let mut people = Vec::new();
        for name in names {
            let who = world.customer(name).await;
            who.give("bank", "CUSTOMER_CARE", &["NAME", "HANDLES"]).await;
            people.push(who);
        }
        for round in 0..10 {
            let mut proofs = Vec::new();
            for who in &people {
                let started = who.act("startLink", json!({ "channel": "EMAIL", "handle": "shared@example.org" }), "challenge { id }").await;
                let id = started.done("startLink")["challenge"]["id"].clone();
                proofs.push(json!({ "challengeId": id, "code": world.code_mailed_to("shared@example.org") }));
            }
            let own = people[round % 4].act("startLink", json!({ "channel": "EMAIL", "handle": format!("own{round}@example.org") }), "challenge { id }");
            proofs[round % 4] = json!({
                "challengeId": own.await.done("startLink")["challenge"]["id"],
                "code": world.code_mailed_to(&format!("own{round}@example.org")),
            });
            let complete = |place: usize| people[place].act("completeLink", proofs[place].clone(), "link { id }");
            let replies: [Reply; 4] = tokio::join!(complete(0), complete(1), complete(2), complete(3)).into();
            let taken_from_again = ["EXPIRED challengeId".to_owned()];
            let taken = replies.iter().filter(|reply| reply.mistakes("completeLink") != taken_from_again).count();
            assert!(taken >= 2, "a proof that was overtaken at once may be over; the last one and one's own are not");
            for reply in &replies {
                assert!(reply.mistakes("completeLink").is_empty() || reply.mistakes("completeLink") == taken_from_again, "{}", reply.text);
            }
            let found = bank.profile("shared@example.org", "CUSTOMER_CARE").await;
            let mut owners = Vec::new();
            for who in &people {
                let shown = who.ask("{ me { name { displayName } links(first: 100) { nodes { handle } } grants { nodes { preview { handles { handle } } } } } }", json!({})).await;
                let handles = shown.data("/me/links/nodes");
                assert_eq!(handles, shown.data("/me/grants/nodes/0/preview/handles"), "what is disclosed is what is linked");
                if handles.as_array().is_some_and(|all| all.iter().any(|link| link["handle"] == "shared@example.org")) {
                    owners.push(shown.data("/me/name/displayName").clone());
                }
            }
            assert_eq!(owners, [found["name"]["displayName"].clone()], "round {round}");
            // Only so many codes go to one handle in a day.
            world.pass(tests::world::DAY);
        }
    }

    async fn of_reads_of_one_person_that_give_nothing_each_is_shown_however_many_wait_together(world) {
        let token = world.brand("bank").await.token().await;
        let world = Arc::new(world);
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let by = "{ handle: { channel: EMAIL, handle: \"ada@example.org\" } }";
        let several = format!("{{ profiles(by: [{by}, {by}, {by}], purpose: CUSTOMER_CARE) {{ id }} }}");
        let twice = format!("{{ a: profile(by: {by}, purpose: CUSTOMER_CARE) {{ id name {{ displayName }} }}
            b: profile(by: {by}, purpose: CUSTOMER_CARE) {{ id }} }}");
        let request = |number: usize| (Some(token.clone()), if number.is_multiple_of(2) { several.clone() } else { twice.clone() }, json!({}));
        for reply in at_once(&world, (0..20).map(request)).await {
            assert_eq!(reply.status, 200, "{}", reply.text);
        }
        let own = "{ me { disclosures(first: 100) { nodes { answered fields { path outcome } } } } }";
        let shown = ada.ask(own, json!({})).await.data("/me/disclosures/nodes").as_array().unwrap().clone();
        assert_eq!(shown.len(), 10 * 3 + 10 * 2);
        let told = |read: &Value| read["fields"].as_array().unwrap().iter().all(|field| field["outcome"] == "NOT_GRANTED");
        assert!(shown.iter().all(|read| read["answered"] == false && told(read)), "{shown:?}");
    }

    async fn no_read_that_begins_after_the_acknowledgement_of_a_reduction_gets_the_value(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let token = bank.token().await;
        let answered = AtomicU32::new(0);
        for round in 0..ROUNDS {
            let grant = ada.give("bank", "DIRECT_MARKETING", &["NAME", "AREA"]).await;
            let acknowledged = AtomicBool::new(false);
            let reader = || read_on(&world, &token, &acknowledged, &answered);
            let reduction = async {
                reduce(&world, &ada, (&bank, &token), &grant, round).await;
                acknowledged.store(true, Ordering::SeqCst);
                // The other readers may be waiting to write their records; this one begins right now.
                reader().await;
            };
            tokio::join!(reader(), reader(), reduction, reader());
            ada.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
            ada.act("setDirectMarketing", json!({ "allowed": true }), "").await.done("setDirectMarketing");
            set_status(&world, &bank, AppStatus::Active).await;
        }
        assert!(answered.load(Ordering::SeqCst) > 0, "some reads were in time");
        let (records, late, ahead) = ledger::count(&world).await.unwrap();
        assert!(records >= i64::from(answered.load(Ordering::SeqCst)), "each answer has its record");
        assert_eq!((late, ahead), (0, 0), "the order of the records is the order of the snapshots");
    }
}

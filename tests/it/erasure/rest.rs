//! What an erasure leaves alone, what a crash in the middle of one leaves, and reads and changes that meet one.

use std::sync::atomic::{AtomicBool, Ordering};

use entity::kinds::CustomerStatus;
use entity::signing::{read_jwks, verify_jws};
use entity::vault::log::{audit, sequence};
use entity::vault::receipt::TYPE;
use entity::{consent_request, customer, request_opening};
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::{Customer, World, on_both_databases};

use super::{confirm, erase, foresee, has_key, id};
use crate::requests::{answer, ask, asked, face, open, opened, plain, refuse, seen, with};

/// Rounds of each race.
const ROUNDS: usize = 20;

const RECEIPTS: &str = "{ me { receipts(first: 50) { nodes { kind document } } } }";
const PROOFS: &str = "{ me { disclosures { nodes { id proof { leafIndex hashes entry } } } } }";

/// That the whole log holds together, by the deployment's own keys; how many entries it has.
async fn audited(world: &World) -> u64 {
    let vault = &world.deps.vault;
    while sequence(vault).await.unwrap() > 0 {}
    audit(vault, vault.signing.published(), Vec::new()).await.expect("the log verifies").head.size
}

async fn shares<'w>(world: &'w World, name: &str) -> Customer<'w> {
    let who = world.customer(name).await;
    who.link_email(&who.email).await;
    who.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    who
}

on_both_databases! {
    async fn the_log_the_receipts_and_the_proofs_of_others_hold_as_before(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (shares(&world, "Ada").await, shares(&world, "Bob").await);
        for who in [&ada, &bob] {
            bank.profile(&who.email, "CUSTOMER_CARE").await;
        }
        let before = audited(&world).await;
        let receipts = bob.ask(RECEIPTS, json!({})).await.data("/me/receipts/nodes").clone();
        let proofs = bob.ask(PROOFS, json!({})).await.data("/me/disclosures/nodes").clone();
        erase(&ada).await;
        assert_eq!(audited(&world).await, before + 2, "WITHDRAWN and ERASED");
        assert_eq!(bob.ask(RECEIPTS, json!({})).await.data("/me/receipts/nodes"), &receipts);
        let after = bob.ask(PROOFS, json!({})).await.data("/me/disclosures/nodes").clone();
        assert_eq!(after[0]["proof"]["entry"], proofs[0]["proof"]["entry"]);
        assert!(!after[0]["proof"]["hashes"].is_null(), "{after}");
        let jwks = world.http.get(format!("{}/.well-known/jwks.json", world.url)).send().await.unwrap().text().await.unwrap();
        let feed = bank.ask("{ brand { receipts(first: 50) { nodes { kind document } } } }", json!({})).await;
        let feed = feed.data("/brand/receipts/nodes").as_array().unwrap();
        assert_eq!(feed.len(), 4);
        for receipt in feed {
            let document = receipt["document"].as_str().unwrap();
            let body = verify_jws(&read_jwks(&jwks).unwrap(), TYPE, document).expect("a genuine receipt");
            let says: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(says["event"]["event_kind"], receipt["kind"]);
        }
        assert_eq!(bank.profile("bob@example.org", "CUSTOMER_CARE").await["name"]["displayName"], "Bob");
    }

    async fn the_customers_row_stays_with_a_higher_revision_and_nothing_else(world) {
        world.brand("bank").await;
        let ada = shares(&world, "Ada").await;
        let customer = id(&ada).await;
        let reader = world.deps.vault.store.reader();
        let before = customer::Entity::find_by_id(customer).one(reader).await.unwrap().unwrap();
        erase(&ada).await;
        let after = customer::Entity::find_by_id(customer).one(reader).await.unwrap().unwrap();
        assert_eq!(after.status, CustomerStatus::Erased);
        assert_eq!(after.consent_revision, before.consent_revision + 2);
    }

    async fn what_they_opened_is_forgotten_and_to_all_others_their_links_look_as_before(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (shares(&world, "Ada").await, world.customer("Bob").await);
        let of = |purpose: &str| with(plain(), json!({ "purpose": purpose }));
        let meant = with(of("ANALYTICS"), json!({ "handle": { "channel": "EMAIL", "handle": ada.email } }));
        let (open_to_all, meant) = (ask(&bank, of("PERSONALISATION")).await, ask(&bank, meant).await);
        for token in [&open_to_all, &meant] {
            opened(&ada, token).await;
        }
        let refused = asked(&bank, &ada, of("RECOMMENDATIONS")).await;
        refuse(&ada, &refused).await.done("refuseConsentRequest");
        let given = asked(&bank, &ada, plain()).await;
        answer(&ada, &given, &["NAME"]).await.done("answerConsentRequest");
        let (before, told) = (face(&open(&bob, &meant).await), seen(&bank).await);
        erase(&ada).await;
        assert_eq!(request_opening::Entity::find().all(world.deps.vault.store.reader()).await.unwrap(), []);
        assert_eq!(face(&open(&bob, &meant).await), before);
        assert_eq!(seen(&bank).await, told, "what she gave stays given");
        let id = opened(&bob, &open_to_all).await;
        answer(&bob, &id, &["NAME"]).await.done("answerConsentRequest");
        let rows = consent_request::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
        let mut intended: Vec<_> = rows.into_iter().filter_map(|row| row.intended).collect();
        assert_eq!(intended.pop(), Some(Vec::new()), "for whom it was meant nobody can tell any more");
        assert_eq!(intended, [[0_u8; 0]; 0]);
    }

    async fn a_crash_before_the_key_was_destroyed_is_made_good_by_the_next_worker(world) {
        world.brand("bank").await;
        let ada = shares(&world, "Ada").await;
        let customer = id(&ada).await;
        assert!(has_key(&world, customer).await);
        erase(&ada).await;
        assert!(!has_key(&world, customer).await, "destroyed before the acknowledgement");
        // As if it had not come so far: the row is there, and the job of the transaction waits.
        world.deps.vault.keyring.create(&[customer]).await.unwrap();
        assert!(has_key(&world, customer).await);
        world.work().await;
        assert!(!has_key(&world, customer).await);
        while world.work().await > 0 {}
    }

    async fn no_read_that_begins_after_the_acknowledgement_of_an_erasure_gets_the_value(world) {
        let bank = world.brand("bank").await;
        let token = bank.token().await;
        for round in 0..ROUNDS {
            let ada = shares(&world, &format!("Ada{round}")).await;
            let query = "query($handle: String!) { profile(by: { handle: { channel: EMAIL, handle: $handle } }, \
                         purpose: CUSTOMER_CARE) { name { displayName } } }";
            let acknowledged = AtomicBool::new(false);
            let reader = || async {
                loop {
                    let late = acknowledged.load(Ordering::SeqCst);
                    let reply = world.ask_as(Some(&token), query, json!({ "handle": ada.email })).await;
                    reply.data("/profile");
                    assert!(!(late && reply.text.contains("Ada")), "a value left after the acknowledgement");
                    if late {
                        return;
                    }
                }
            };
            let erasure = async {
                erase(&ada).await;
                acknowledged.store(true, Ordering::SeqCst);
                reader().await;
            };
            tokio::join!(reader(), reader(), erasure, reader());
        }
        audited(&world).await;
    }

    async fn a_change_that_meets_an_erasure_is_done_before_it_or_not_at_all(world) {
        world.brand("bank").await;
        let links = "mutation($input: CompleteLinkInput!) { completeLink(input: $input) { userErrors { code field message } } }";
        let give = "mutation($input: GiveConsentInput!) { giveConsent(input: $input) { userErrors { code field message } } }";
        let tell = "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) { userErrors { code field message } } }";
        for round in 0..ROUNDS {
            let ada = shares(&world, &format!("Ada{round}")).await;
            let customer = id(&ada).await;
            let token = ada.token().await;
            let address = format!("second{round}@example.org");
            let started = ada.act("startLink", json!({ "channel": "EMAIL", "handle": address }), "challenge { id }").await;
            let proof = json!({ "challengeId": started.done("startLink")["challenge"]["id"], "code": world.code_mailed_to(&address) });
            let given = json!({ "brand": "bank", "purpose": "ANALYTICS", "scopes": ["NAME"] });
            let foreseen = foresee(&ada).await["confirmationToken"].clone();
            let ask = |query: &'static str, input: Value| world.ask_as(Some(&token), query, json!({ "input": input }));
            let (linked, consent, told, erased) = tokio::join!(
                ask(links, proof),
                ask(give, given),
                ask(tell, json!({ "name": { "familyName": "Moreno" } })),
                confirm(&ada, &foreseen),
            );
            for reply in [&linked, &consent, &told] {
                assert!([200, 401, 503].contains(&reply.status.as_u16()), "{}", reply.text);
            }
            // A consent that came first has changed the consequences, or a link that came first holds what the erasure
            // wants, and it the link's customer: then nothing was done, and it is asked for anew.
            if erased.status == 200 && erased.mistakes("eraseAccount").is_empty() {
                assert_eq!(erased.done("eraseAccount")["erased"], true);
            } else {
                erase(&ada).await;
            }
            assert!(!has_key(&world, customer).await);
            let open = entity::grant::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
            assert!(open.iter().all(|grant| grant.customer_id != customer || grant.ended_at.is_some()));
            // Every name is free: whoever comes now takes it without taking it over from anybody.
            let heir = world.customer(&format!("Heir{round}")).await;
            heir.link_email(&address).await;
        }
        audited(&world).await;
    }
}

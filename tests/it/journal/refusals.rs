//! Refusals outlast a restore: the brand rests on, whatever the copy of the database knows of its request.

use entity::consent_request;
use entity::ids::{ConsentEventId, ConsentRequestId, CustomerId};
use entity::journal::{AnsweredRequest, ConsentEnding, Ending, EndingKind};
use entity::kinds::{ConsentActor, Purpose};
use entity::vault::replay;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{Customer, World, on_both_databases};

use super::{endings, file, replayed, write};
use crate::receipts::{BRANDS, linked};
use crate::requests::{answer, ask, asked, open, opened, plain, refuse, waiting, with};

async fn id(who: &Customer<'_>) -> CustomerId {
    who.ask("{ me { id } }", json!({})).await.data("/me/id").as_str().unwrap().parse().unwrap()
}

/// A request of the bank for care; the row is taken from any that it has made.
async fn of_the_bank(world: &World, request: ConsentRequestId) -> AnsweredRequest {
    let row = consent_request::Entity::find().one(world.deps.vault.store.reader()).await.unwrap().unwrap();
    AnsweredRequest { id: request, brand: row.brand_id, purpose: Purpose::CustomerCare }
}

/// A refusal that the database does not know, as a copy that is older than it does not.
async fn refused(world: &World, who: &Customer<'_>, request: ConsentRequestId) -> Ending {
    Ending::Consent(ConsentEnding {
        kind: EndingKind::Refused,
        customer: id(who).await,
        grant: None,
        revision: 1,
        event: ConsentEventId(world.deps.vault.entropy.id_at(world.clock.now())),
        actor: ConsentActor::Customer,
        at: world.clock.now().minus_minutes(1),
        remaining: None,
        request: Some(of_the_bank(world, request).await),
        deletion_wanted: false,
    })
}

/// The customer's receipts: of what, and which brand the document names.
async fn receipts(world: &World, who: &Customer<'_>) -> Vec<(String, String)> {
    let chain = linked(world, who).await;
    let party = |receipt: &Value| {
        let file: Value = serde_json::from_str(receipt["file"].as_str().unwrap()).unwrap();
        file["says"]["parties"][0]["party_contact"].as_str().unwrap().to_owned()
    };
    chain.iter().map(|receipt| (receipt["kind"].as_str().unwrap().to_owned(), party(receipt))).collect()
}

on_both_databases! {
    async fn a_refusal_is_in_it_with_what_the_brand_rests_for_and_says_nothing_of_anybody(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let request = asked(&bank, &ada, plain()).await;
        refuse(&ada, &request).await.done("refuseConsentRequest");
        let written = endings(&world.deps.vault.journal).await;
        let [Ending::Consent(ending)] = written.as_slice() else { panic!("{written:?}") };
        assert_eq!((ending.kind, ending.grant, ending.revision), (EndingKind::Refused, None, 1));
        assert_eq!(ending.request, Some(of_the_bank(&world, request.parse().unwrap()).await));
        let text = std::fs::read_to_string(file(&world)).unwrap().to_lowercase();
        for word in ["ada", "example", "bank", "hour"] {
            assert!(!text.contains(&format!("\"{word}")) && !text.contains(&format!("{word}@")), "{word} in {text}");
        }
        assert_eq!(replayed(&world).await, 0, "the database knows it");
        replay::forget(&world.deps.vault).await.unwrap();
        assert_eq!(replayed(&world).await, 0);
    }

    async fn over_a_copy_without_the_request_itself_the_brand_rests_for_the_rest_of_the_90_days(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let token = ask(&bank, plain()).await;
        let lost = ConsentRequestId(world.deps.vault.entropy.id());
        world.pass(MINUTE);
        write(&world, refused(&world, &ada, lost).await).await;
        assert_eq!(replayed(&world).await, 1);
        let resting = open(&ada, &token).await;
        assert_eq!(resting.mistakes("openConsentRequest"), ["RESTING token"]);
        assert_eq!(resting.data("/openConsentRequest/restsUntil"), &json!(world.time(90 * DAY - MINUTE)), "since it was refused");
        assert_eq!(refuse(&ada, &lost.to_string()).await.mistakes("refuseConsentRequest"), ["WRONG_STATE requestId"]);
        asked(&bank, &ada, with(plain(), json!({ "purpose": "ANALYTICS" }))).await;
        let events = crate::requests::events(&world).await;
        assert_eq!(events, [(1, "REFUSED".to_owned(), Some(lost.to_string()), false)], "the event is there again");
        assert_eq!(receipts(&world, &ada).await, [("REFUSED".to_owned(), "bank".to_owned())], "with its receipt");
        let listed = bank.ask(BRANDS, json!({})).await;
        assert_eq!(listed.data("/brand/receipts/nodes"), &json!([]), "which the brand has not");
        for _ in 0..2 {
            replay::forget(&world.deps.vault).await.unwrap();
            assert_eq!(replayed(&world).await, 0, "a second time changes nothing");
        }
        world.pass(90 * DAY - MINUTE);
        opened(&ada, &ask(&bank, plain()).await).await;
    }

    async fn what_waits_in_a_copy_is_refused_again_for_who_refused_it_and_nobody_else(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let token = ask(&bank, plain()).await;
        let request = opened(&ada, &token).await;
        opened(&bob, &token).await;
        let told = crate::requests::seen(&bank).await;
        write(&world, refused(&world, &ada, request.parse().unwrap()).await).await;
        assert_eq!(replayed(&world).await, 1);
        assert_eq!(waiting(&ada).await, json!([]));
        assert_eq!(answer(&ada, &request, &["NAME"]).await.mistakes("answerConsentRequest"), ["WRONG_STATE requestId"]);
        assert_eq!(crate::requests::seen(&bank).await, told, "the brand is told nothing");
        answer(&bob, &request, &["NAME"]).await.done("answerConsentRequest");
    }

    async fn what_was_given_meanwhile_or_by_somebody_who_is_erased_is_not_refused(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let request = asked(&bank, &ada, plain()).await;
        answer(&ada, &request, &["NAME"]).await.done("answerConsentRequest");
        write(&world, refused(&world, &ada, request.parse().unwrap()).await).await;
        let other = ConsentRequestId(world.deps.vault.entropy.id());
        write(&world, refused(&world, &bob, other).await).await;
        let first = bob.act("eraseAccount", json!({}), "confirmationToken").await;
        let token = first.done("eraseAccount")["confirmationToken"].clone();
        bob.act("eraseAccount", json!({ "confirmationToken": token }), "").await.done("eraseAccount");
        assert_eq!(replayed(&world).await, 0);
        assert_eq!(receipts(&world, &ada).await, [("GIVEN".to_owned(), "bank".to_owned())]);
        let rows = entity::request_opening::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
        assert_eq!(rows.len(), 1, "nothing of him comes back");
    }
}

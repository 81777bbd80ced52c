//! One link in many hands: each has it for themself and sees nothing of the others, and the first who gives has it.

use entity::{grant, request_opening};
use sea_orm::EntityTrait;
use serde_json::json;
use tests::world::DAY;
use tests::{BrandApp, Customer, Reply, World, on_both_databases};

use super::{answer, ask, asked, events, face, open, opened, plain, refuse, seen, waiting, with};

/// What an answer to somebody says, whichever request it is about.
type Face = (u16, String, Vec<String>);

fn face_but(reply: &Reply, id: &str) -> Face {
    let (status, text, headers) = face(reply);
    (status, text.replace(id, "REQUEST"), headers)
}

/// All that a customer of the brand's own finds out who opens its link, looks at it and then gives.
async fn spied(spy: &Customer<'_>, token: &str) -> Vec<Face> {
    let (first, again) = (open(spy, token).await, open(spy, token).await);
    let id = first.done("openConsentRequest")["request"]["id"].as_str().unwrap().to_owned();
    let list = spy.ask("{ me { consentRequests { nodes { id createdAt openedAt lapsesAt } } } }", json!({})).await;
    let beyond = answer(spy, &id, &["NAME", "CONTACT"]).await;
    let input = json!({ "requestId": id, "scopes": ["NAME"] });
    let given = spy.act("answerConsentRequest", input, "grant { state version scopes }").await;
    given.done("answerConsentRequest");
    let after = open(spy, token).await;
    [first, again, list, beyond, given, after].iter().map(|reply| face_but(reply, &id)).collect()
}

async fn four(world: &World) -> [Customer<'_>; 4] {
    [world.customer("Dee").await, world.customer("Eve").await, world.customer("Fay").await, world.customer("Gil").await]
}

/// All four at once open it.
async fn opened_at_once(people: &[Customer<'_>; 4], token: &str) -> String {
    let [dee, eve, fay, gil] = people;
    let ids = tokio::join!(opened(dee, token), opened(eve, token), opened(fay, token), opened(gil, token));
    let ids: [String; 4] = ids.into();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    ids[0].clone()
}

/// Three links that look alike: one that nobody has opened, one that somebody has, one that somebody has refused.
async fn three_links(bank: &BrandApp<'_>, opener: &Customer<'_>, refuser: &Customer<'_>) -> [String; 3] {
    let [untouched, opened_by_one, refused] =
        [ask(bank, plain()).await, ask(bank, plain()).await, ask(bank, plain()).await];
    opened(opener, &opened_by_one).await;
    let id = opened(refuser, &refused).await;
    refuse(refuser, &id).await.done("refuseConsentRequest");
    [untouched, opened_by_one, refused]
}

on_both_databases! {
    async fn a_brand_s_own_customer_sees_byte_for_byte_the_same_of_a_link_that_nobody_somebody_or_a_refuser_has_opened(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let links = three_links(&bank, &ada, &bob).await;
        let spies = four(&world).await;
        let mut faces = Vec::new();
        for (spy, link) in spies.iter().zip(&links) {
            faces.push(spied(spy, link).await);
        }
        assert_eq!(faces[0], faces[1], "somebody has opened it");
        assert_eq!(faces[0], faces[2], "somebody has refused it");

        let late = world.customer("Late").await;
        let links = three_links(&bank, &world.customer("Carol").await, &world.customer("Dan").await).await;
        world.pass(14 * DAY);
        let lapsed = [open(&late, &links[0]).await, open(&late, &links[1]).await, open(&late, &links[2]).await];
        let lapsed = lapsed.map(|reply| face(&reply));
        assert_eq!(lapsed[0], lapsed[1]);
        assert_eq!(lapsed[0], lapsed[2]);
    }

    async fn who_has_opened_a_link_cannot_tell_that_somebody_else_opens_or_refuses_it(world) {
        let bank = world.brand("bank").await;
        let (spy, ada) = (world.customer("Spy").await, world.customer("Ada").await);
        let token = ask(&bank, plain()).await;
        let look = async || [face(&open(&spy, &token).await), (0, waiting(&spy).await.to_string(), Vec::new())];
        let before = look().await;
        let told = seen(&bank).await;
        let id = opened(&ada, &token).await;
        assert_eq!(look().await, before);
        refuse(&ada, &id).await.done("refuseConsentRequest");
        assert_eq!(look().await, before);
        assert_eq!(seen(&bank).await, told);
        answer(&spy, &id, &["NAME"]).await.done("answerConsentRequest");
        assert_eq!(refuse(&ada, &id).await.mistakes("refuseConsentRequest"), ["WRONG_STATE requestId"], "her refusal stays hers");
    }

    async fn many_open_one_link_at_once_and_each_has_it_waiting(world) {
        let bank = world.brand("bank").await;
        let people = four(&world).await;
        let token = ask(&bank, plain()).await;
        let id = opened_at_once(&people, &token).await;
        for who in &people {
            assert_eq!(waiting(who).await[0]["id"], json!(id));
        }
        assert_eq!(seen(&bank).await[0]["state"], "PENDING");
    }

    async fn of_many_who_give_on_one_link_at_once_exactly_one_has_it_and_for_the_others_nothing_is_changed(world) {
        let bank = world.brand("bank").await;
        let people = four(&world).await;
        for round in 0..10 {
            world.pass(1);
            let token = ask(&bank, plain()).await;
            let id = opened_at_once(&people, &token).await;
            let [dee, eve, fay, gil] = &people;
            let scopes = ["NAME"];
            let replies: [Reply; 4] =
                tokio::join!(answer(dee, &id, &scopes), answer(eve, &id, &scopes), answer(fay, &id, &scopes), answer(gil, &id, &scopes)).into();
            let (mut winner, mut late) = (None, 0);
            for (who, reply) in people.iter().zip(&replies) {
                match reply.mistakes("answerConsentRequest").as_slice() {
                    [] => assert!(winner.replace((who, reply)).is_none(), "two have it: {replies:?}"),
                    mistakes => {
                        assert_eq!(mistakes, ["EXPIRED requestId"]);
                        late += 1;
                    }
                }
                assert_eq!(waiting(who).await, json!([]), "it waits for nobody");
            }
            let (winner, reply) = winner.expect("one has it");
            assert_eq!(late, 3);
            let grant = reply.data("/answerConsentRequest/grant").clone();
            let told = &seen(&bank).await[0];
            assert_eq!((&told["state"], &told["grantId"], &told["profileId"]), (&json!("GIVEN"), &grant["id"], &grant["profileId"]));
            let grants = grant::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
            assert_eq!(grants.len(), round + 1, "one grant each round");
            assert_eq!(events(&world).await.len(), 2 * round + 1, "and one event, beside the withdrawals");
            winner.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
        }
    }

    async fn once_somebody_has_given_it_is_over_for_all_others_who_are_not_told_who(world) {
        let bank = world.brand("bank").await;
        let (ada, bob, carol) = (world.customer("Quillfeather").await, world.customer("Bob").await, world.customer("Carol").await);
        let token = ask(&bank, plain()).await;
        let id = opened(&ada, &token).await;
        opened(&bob, &token).await;
        let given = answer(&ada, &id, &["NAME"]).await;
        let grant = given.done("answerConsentRequest")["grant"]["id"].as_str().unwrap().to_owned();
        assert_eq!(waiting(&bob).await, json!([]));
        let replies = [
            open(&bob, &token).await, open(&carol, &token).await, answer(&bob, &id, &["NAME"]).await, refuse(&bob, &id).await,
        ];
        let mistakes = ["openConsentRequest", "openConsentRequest", "answerConsentRequest", "refuseConsentRequest"];
        for ((reply, mutation), field) in replies.iter().zip(mistakes).zip(["token", "token", "requestId", "requestId"]) {
            assert_eq!(reply.mistakes(mutation), [format!("EXPIRED {field}")]);
            assert!(!reply.text.contains("uill") && !reply.text.contains(&grant), "{}", reply.text);
        }
        assert_eq!(face(&replies[0]), face(&replies[1]), "whether they had opened it or not");
        assert_eq!(events(&world).await.len(), 1);
        world.pass(14 * DAY);
        assert_eq!(open(&bob, &token).await.mistakes("openConsentRequest"), ["EXPIRED token"]);
        // What is over for him keeps the brand from asking him no more than what has lapsed.
        let next = asked(&bank, &bob, plain()).await;
        answer(&bob, &next, &["NAME"]).await.done("answerConsentRequest");
        assert_eq!(waiting(&bob).await, json!([]));
    }

    async fn what_waits_and_who_rests_is_judged_by_what_one_has_opened_oneself(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let shared = ask(&bank, plain()).await;
        let id = opened(&ada, &shared).await;
        refuse(&ada, &id).await.done("refuseConsentRequest");
        opened(&bob, &shared).await;
        let own = ask(&bank, plain()).await;
        assert_eq!(open(&ada, &own).await.mistakes("openConsentRequest"), ["RESTING token"]);
        assert_eq!(open(&bob, &own).await.mistakes("openConsentRequest"), ["ALREADY_PENDING token"]);
        answer(&bob, &id, &["NAME"]).await.done("answerConsentRequest");
        opened(&bob, &own).await;
        assert_eq!(open(&ada, &own).await.mistakes("openConsentRequest"), ["RESTING token"]);
        assert_eq!(open(&ada, &shared).await.mistakes("openConsentRequest"), ["EXPIRED token"]);
        let other = with(plain(), json!({ "purpose": "ANALYTICS" }));
        asked(&bank, &ada, other).await;
        let rows = request_opening::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
        assert_eq!(rows.len(), 4, "what was turned away left nothing");
        let told = seen(&bank).await;
        let given = told.as_array().unwrap().iter().filter(|request| request["state"] == "GIVEN");
        assert_eq!(given.map(|request| &request["id"]).collect::<Vec<_>>(), [&json!(id)]);
    }
}

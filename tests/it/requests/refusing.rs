//! Refusing: one call, one event, invisible to the brand, and rest for 90 days.

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{BrandApp, on_both_databases};

use super::{SEEN, act, answer, ask, asked, events, face, open, opened, plain, refuse, waiting, with};

/// Everything that a brand can get of its requests and of the people whom it asked.
async fn everything(app: &BrandApp<'_>, request: &str) -> Vec<(u16, String, Vec<String>)> {
    let list = format!(
        "{{ brand {{ id slug name consentRequests(first: 100) {{ edges {{ cursor node {{ {SEEN} }} }}
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }} }}"
    );
    let node = "query($id: ID!) { node(id: $id) { id __typename } }";
    let mut faces = vec![face(&app.ask(&list, json!({})).await), face(&app.ask(node, json!({ "id": request })).await)];
    for name in ["ada", "nobody"] {
        for purpose in ["CUSTOMER_CARE", "ANALYTICS"] {
            let reply =
                app.look_up(&format!("{name}@example.org"), purpose, "id name { displayName } access { scope }").await;
            faces.push(face(&reply));
        }
    }
    faces
}

on_both_databases! {
    async fn the_brand_cannot_tell_a_refusal_from_a_link_that_nobody_opened_in_any_byte(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let handle = |name: &str| json!({ "handle": { "channel": "EMAIL", "handle": format!("{name}@example.org") } });
        ask(&bank, with(plain(), handle("nobody"))).await;
        let token = ask(&bank, with(plain(), handle("ada"))).await;
        let never_opened = everything(&bank, "request_AAAAAAAAAAAAAAAAAAAAAA").await;
        assert_eq!(never_opened[0].1.matches("PENDING").count(), 2);
        let id = opened(&ada, &token).await;
        assert!(never_opened[0].1.contains(&id));
        let unopened_node = never_opened[1].clone();
        assert_eq!(everything(&bank, &id).await, never_opened, "opened");
        refuse(&ada, &id).await.done("refuseConsentRequest");
        assert_eq!(everything(&bank, &id).await, never_opened, "refused");
        world.pass(14 * DAY - 1);
        assert_eq!(everything(&bank, &id).await, never_opened, "until it lapses");
        world.pass(1);
        let lapsed = everything(&bank, &id).await;
        assert_eq!(lapsed[0].1, never_opened[0].1.replace("PENDING", "LAPSED"), "then both have lapsed, and nothing else changed");
        assert_eq!(lapsed[1], unopened_node);
    }

    async fn what_a_brand_does_next_is_answered_alike_after_a_refusal(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let meant = with(plain(), json!({ "handle": { "channel": "EMAIL", "handle": "ada@example.org" } }));
        let id = asked(&bank, &ada, meant.clone()).await;
        refuse(&ada, &id).await.done("refuseConsentRequest");
        let mut faces = Vec::new();
        for app in [&bank, &shop] {
            let fields = "request { state purpose offer createdAt lapsesAt givenAt grantId profileId }";
            faces.push(face(&act(app, "createConsentRequest", meant.clone(), fields).await));
        }
        assert_eq!(faces[0], faces[1], "asking again is as if nothing had happened");
    }

    async fn after_a_refusal_a_brand_rests_for_90_days_for_that_purpose(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let id = asked(&bank, &ada, plain()).await;
        world.pass(DAY);
        refuse(&ada, &id).await.done("refuseConsentRequest");
        let until = world.time(90 * DAY);
        let token = ask(&bank, plain()).await;
        let resting = open(&ada, &token).await;
        assert_eq!(resting.mistakes("openConsentRequest"), ["RESTING token"]);
        assert_eq!(resting.data("/openConsentRequest/restsUntil"), &json!(until), "it says until when");
        assert!(resting.text.contains(&format!("before {until}")), "{}", resting.text);
        assert_eq!(waiting(&ada).await, json!([]));
        asked(&bank, &ada, with(plain(), json!({ "purpose": "ANALYTICS" }))).await;
        asked(&shop, &ada, plain()).await;
        opened(&bob, &token).await;

        world.pass(90 * DAY - 1);
        let token = ask(&bank, plain()).await;
        assert_eq!(open(&ada, &token).await.mistakes("openConsentRequest"), ["RESTING token"]);
        world.pass(1);
        let id = opened(&ada, &token).await;
        answer(&ada, &id, &["NAME"]).await.done("answerConsentRequest");
    }

    async fn a_customer_may_give_consent_by_themselves_while_the_brand_rests(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let id = asked(&bank, &ada, plain()).await;
        refuse(&ada, &id).await.done("refuseConsentRequest");
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let told: Vec<_> = events(&world).await.into_iter().map(|(revision, kind, ..)| (revision, kind)).collect();
        assert_eq!(told, [(1, "REFUSED".to_owned()), (2, "GIVEN".to_owned())]);
    }

    async fn a_refusal_is_one_event_without_a_grant_that_raises_the_revision(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let token = ask(&bank, plain()).await;
        let id = opened(&ada, &token).await;
        let reply = refuse(&ada, &id).await;
        let mut payload = reply.done("refuseConsentRequest").clone();
        payload["userErrors"].take();
        assert!(payload["receipt"].take()["id"].as_str().is_some_and(|id| id.starts_with("receipt_")));
        assert_eq!(payload, json!({ "refusedId": id, "receipt": null, "userErrors": null }));
        assert_eq!(events(&world).await, [(1, "REFUSED".to_owned(), Some(id.clone()), false)]);
        assert_eq!(waiting(&ada).await, json!([]));
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
        assert_eq!(refuse(&ada, &id).await.mistakes("refuseConsentRequest"), ["WRONG_STATE requestId"]);
        assert_eq!(answer(&ada, &id, &["NAME"]).await.mistakes("answerConsentRequest"), ["WRONG_STATE requestId"]);
        assert_eq!(open(&ada, &token).await.mistakes("openConsentRequest"), ["EXPIRED token"]);
        world.pass(14 * DAY);
        assert_eq!(answer(&ada, &id, &["NAME"]).await.mistakes("answerConsentRequest"), ["WRONG_STATE requestId"], "refused stays refused");
        assert_eq!(events(&world).await.len(), 1);
    }
}

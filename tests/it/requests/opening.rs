//! Opening a link: it opens nothing, only lets the request wait for the customer's answer, one of a brand and purpose at
//! a time.

use serde_json::{Value, json};
use tests::world::DAY;
use tests::{Customer, on_both_databases};

use super::{answer, ask, asked, events, open, opened, plain, refuse, waiting, with};

async fn mistakes(who: &Customer<'_>, token: &str) -> Vec<String> {
    let reply = open(who, token).await;
    assert_eq!(reply.data("/openConsentRequest/request"), &Value::Null, "{}", reply.text);
    reply.mistakes("openConsentRequest")
}

on_both_databases! {
    async fn opening_a_link_lets_it_wait_for_one_s_own_answer_and_opens_nothing(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        ada.link_email("ada@example.org").await;
        let token = ask(&bank, plain()).await;
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
        let first = open(&ada, &token).await;
        let id = first.done("openConsentRequest")["request"]["id"].as_str().unwrap().to_owned();
        world.pass(DAY);
        let again = open(&ada, &format!(" {token}\n")).await;
        assert_eq!(again.data("/openConsentRequest/request/openedAt"), &json!(world.time(-DAY)), "opening it again gives the same");
        assert_eq!(again.data("/openConsentRequest/request/id"), &json!(id));
        assert_eq!(waiting(&bob).await, json!([]));
        assert_eq!(waiting(&ada).await[0]["id"], id);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null, "a request opens nothing");
        assert_eq!(events(&world).await, [], "and is no event of consent");
        for mutation in ["answerConsentRequest", "refuseConsentRequest"] {
            let mut input = json!({ "requestId": id, "scopes": ["NAME"] });
            if mutation == "refuseConsentRequest" {
                input = json!({ "requestId": id });
            }
            let mistakes = bob.act(mutation, input, "").await.mistakes(mutation);
            assert_eq!(mistakes, ["NOT_FOUND requestId"], "who has not opened it cannot answer it");
        }
    }

    async fn a_link_for_a_handle_opens_for_its_holder_only_and_looks_the_same_to_everybody_else_ever_after(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let meant = json!({ "handle": { "channel": "EMAIL", "handle": "Ada@Example.org" } });
        let token = ask(&bank, with(plain(), meant.clone())).await;
        let before = open(&bob, &token).await;
        assert_eq!(before.mistakes("openConsentRequest"), ["NOT_LINKED token"]);
        assert_eq!(mistakes(&ada, &token).await, ["NOT_LINKED token"], "not before she has proven it");
        let link = ada.link_email("ada@example.org").await;
        let id = opened(&ada, &token).await;
        assert_eq!(open(&bob, &token).await.body, before.body, "nobody can tell that it was opened");
        refuse(&ada, &id).await.done("refuseConsentRequest");
        assert_eq!(open(&bob, &token).await.body, before.body, "nor that it was refused");
        world.pass(14 * DAY);
        assert_eq!(open(&bob, &token).await.body, before.body);

        world.pass(90 * DAY);
        assert_eq!(ada.link_email("ada@example.org").await, link, "proven again");
        let (token, opened_before) = (ask(&bank, with(plain(), meant.clone())).await, ask(&bank, with(plain(), with(meant, json!({ "purpose": "ANALYTICS" })))).await);
        opened(&ada, &opened_before).await;
        ada.act("unlink", json!({ "linkId": link }), "").await.done("unlink");
        assert_eq!(mistakes(&ada, &token).await, ["NOT_LINKED token"], "she holds it no longer");
        bob.link_email("ada@example.org").await;
        opened(&bob, &token).await;
        let id = opened(&bob, &opened_before).await;
        assert_eq!(opened(&ada, &opened_before).await, id, "what waits for her waits on");
        answer(&bob, &id, &["NAME"]).await.done("answerConsentRequest");
        let carol = world.customer("Carol").await;
        assert_eq!(open(&carol, &opened_before).await.body, before.body, "nor that it was given");
    }

    async fn one_request_of_a_brand_and_purpose_waits_at_a_time(world) {
        let (bank, shop) = (world.brand("bank").await, world.brand("shop").await);
        let ada = world.customer("Ada").await;
        let first = asked(&bank, &ada, plain()).await;
        let token = ask(&bank, plain()).await;
        let refused = open(&ada, &token).await;
        assert_eq!(refused.mistakes("openConsentRequest"), ["ALREADY_PENDING token"]);
        assert_eq!(refused.data("/openConsentRequest/pendingId"), &json!(first), "it names the one that waits");
        assert!(refused.text.contains(&format!("{first} of this brand")), "{}", refused.text);
        asked(&bank, &ada, with(plain(), json!({ "purpose": "ANALYTICS" }))).await;
        asked(&shop, &ada, plain()).await;
        let bob = world.customer("Bob").await;
        asked(&bank, &bob, plain()).await;
        assert_eq!(waiting(&ada).await.as_array().unwrap().len(), 3);

        answer(&ada, &first, &["NAME"]).await.done("answerConsentRequest");
        opened(&ada, &token).await;
    }

    async fn of_two_links_of_one_brand_that_one_customer_opens_at_once_exactly_one_waits(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        for _ in 0..10 {
            let (first, second) = (ask(&bank, plain()).await, ask(&bank, plain()).await);
            let replies: [tests::Reply; 2] = tokio::join!(open(&ada, &first), open(&ada, &second)).into();
            let refused = replies.iter().filter(|reply| reply.mistakes("openConsentRequest") == ["ALREADY_PENDING token"]);
            assert_eq!(refused.count(), 1, "{replies:?}");
            let all = waiting(&ada).await;
            assert_eq!(all.as_array().unwrap().len(), 1);
            answer(&ada, all[0]["id"].as_str().unwrap(), &["NAME"]).await.done("answerConsentRequest");
            ada.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
        }
    }

    async fn a_request_lapses_by_the_clock_to_the_millisecond_with_no_job(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        let short = with(plain(), json!({ "lapsesAt": world.time(DAY) }));
        let (first, second) = (ask(&bank, short.clone()).await, ask(&bank, short.clone()).await);
        let id = opened(&ada, &first).await;
        world.pass(DAY - 1);
        assert_eq!(waiting(&ada).await.as_array().unwrap().len(), 1);
        let third = ask(&bank, plain()).await;
        assert_eq!(mistakes(&ada, &third).await, ["ALREADY_PENDING token"]);
        world.pass(1);
        assert_eq!(waiting(&ada).await, json!([]));
        assert_eq!(mistakes(&ada, &first).await, ["EXPIRED token"]);
        assert_eq!(mistakes(&bob, &second).await, ["EXPIRED token"], "one that nobody had opened, too");
        assert_eq!(mistakes(&bob, &first).await, ["EXPIRED token"], "one that somebody had opened looks the same");
        assert_eq!(answer(&ada, &id, &["NAME"]).await.mistakes("answerConsentRequest"), ["EXPIRED requestId"]);
        assert_eq!(refuse(&ada, &id).await.mistakes("refuseConsentRequest"), ["EXPIRED requestId"]);
        let next = opened(&ada, &third).await;
        assert_eq!(answer(&ada, &id, &["NAME"]).await.mistakes("answerConsentRequest"), ["EXPIRED requestId"]);
        answer(&ada, &next, &["NAME"]).await.done("answerConsentRequest");
    }

    async fn a_secret_that_is_none_finds_nothing(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let token = ask(&bank, plain()).await;
        let cut = &token[..token.len() - 1];
        let longer = "A".repeat(10_000);
        for none in ["", " ", "x", cut, &token.to_lowercase(), &format!("{token}A"), "'; drop table grant", &longer] {
            assert_eq!(mistakes(&ada, none).await, ["NOT_FOUND token"], "{none}");
        }
        opened(&ada, &token).await;
    }
}

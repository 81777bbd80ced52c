//! Opening a link: it binds the request to one customer, opens nothing, and waits for one answer at a time.

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
    async fn opening_a_link_binds_it_to_one_customer_and_opens_nothing(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        ada.link_email("ada@example.org").await;
        let token = ask(&bank, plain()).await;
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null);
        let id = opened(&ada, &token).await;
        assert_eq!(opened(&ada, &format!(" {token}\n")).await, id, "opening it again gives the same");
        assert_eq!(mistakes(&bob, &token).await, ["NOT_FOUND token"]);
        assert_eq!(waiting(&bob).await, json!([]));
        assert_eq!(waiting(&ada).await[0]["id"], id);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null, "a request opens nothing");
        assert_eq!(events(&world).await, [], "and is no event of consent");
        for mutation in ["answerConsentRequest", "refuseConsentRequest"] {
            let mut input = json!({ "requestId": id, "scopes": ["NAME"] });
            if mutation == "refuseConsentRequest" {
                input = json!({ "requestId": id });
            }
            assert_eq!(bob.act(mutation, input, "").await.mistakes(mutation), ["NOT_FOUND requestId"]);
        }
    }

    async fn of_two_who_open_one_link_at_once_exactly_one_gets_it(world) {
        let bank = world.brand("bank").await;
        let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
        for _ in 0..10 {
            let token = ask(&bank, plain()).await;
            let (first, second) = tokio::join!(open(&ada, &token), open(&bob, &token));
            let mut got = Vec::new();
            for (who, reply) in [(&ada, &first), (&bob, &second)] {
                match reply.mistakes("openConsentRequest").as_slice() {
                    [] => got.push((who, reply.data("/openConsentRequest/request/id").as_str().unwrap().to_owned())),
                    mistakes => assert_eq!(mistakes, ["NOT_FOUND token"]),
                }
            }
            assert_eq!(got.len(), 1, "{} {}", first.text, second.text);
            answer(got[0].0, &got[0].1, &["NAME"]).await.done("answerConsentRequest");
            got[0].0.act("withdrawEverything", json!({}), "").await.done("withdrawEverything");
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
        let token = ask(&bank, with(plain(), meant)).await;
        ada.act("unlink", json!({ "linkId": link }), "").await.done("unlink");
        assert_eq!(mistakes(&ada, &token).await, ["NOT_LINKED token"], "she holds it no longer");
        bob.link_email("ada@example.org").await;
        opened(&bob, &token).await;
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

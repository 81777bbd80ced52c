//! How deliveries reach an address: at least once, signed, tried for three days, and by one node at a time.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use entity::kinds::AppStatus;
use serde_json::{Value, json};
use tests::receiver::{Answer, Received};
use tests::world::{DAY, MINUTE};
use tests::{Receiver, World, on_both_databases};

use super::{listening, work_off};

/// The pauses of the standard's recommendation, in seconds.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

fn ids(received: &[Received]) -> BTreeSet<&str> {
    received.iter().map(Received::id).collect()
}

/// A number that looks like chance and is the same every time.
fn toss(place: usize) -> usize {
    place.wrapping_mul(2_654_435_761) >> 7
}

on_both_databases! {
    async fn a_delivery_is_signed_and_says_the_same_with_every_attempt(world) {
        let receiver = Receiver::answering(|place, _| Answer::Status(if place < 2 { 500 } else { 200 }, "")).await;
        let bank = listening(&world, "bank", &receiver.url).await;
        bank.test(1).await;
        let mut sent = Vec::new();
        for pause in [0, 6_000, 331_000] {
            world.pass(pause);
            sent.push(world.clock.now().as_seconds().to_string());
            work_off(&world).await;
        }
        let received = receiver.received();
        assert_eq!(received.len(), 3);
        for (one, sent) in received.iter().zip(&sent) {
            assert!(one.is_signed_by(&bank.secret));
            assert_eq!((one.id(), &one.body), (received[0].id(), &received[0].body));
            assert_eq!((&one.headers["webhook-timestamp"], one.headers["content-type"].as_str()), (sent, "application/json"));
            let mut tampered = one.clone();
            tampered.body.push(' ');
            assert!(!tampered.is_signed_by(&bank.secret));
        }
        let seen = bank.deliveries("").await;
        assert_eq!((&seen[0]["state"], &seen[0]["attempts"], &seen[0]["lastStatus"]), (&json!("DELIVERED"), &json!(3), &json!(200)));
        assert_eq!((&seen[0]["body"], &seen[0]["id"]), (&json!(received[0].body), &json!(received[0].id())));
        assert_eq!((&seen[0]["lastFault"], &seen[0]["nextAttemptAt"]), (&Value::Null, &Value::Null));
    }

    async fn what_is_not_taken_is_tried_ten_times_in_three_days_and_can_be_replayed(world) {
        let receiver = Receiver::answering(|place, _| match place {
            0..3 => Answer::Status(503, ""),
            3..6 => Answer::Silence,
            6..10 => Answer::Status(404, ""),
            _ => Answer::Status(200, ""),
        }).await;
        let bank = listening(&world, "bank", &receiver.url).await;
        let id = bank.test(1).await.remove(0);
        for pause in PAUSES {
            work_off(&world).await;
            let seen = bank.deliveries("").await.remove(0);
            let next = seen["nextAttemptAt"].as_str().unwrap().to_owned();
            let (soonest, latest) = (world.time(pause * 900), world.time(pause * 1_100));
            assert!(soonest <= next && next <= latest, "{soonest} <= {next} <= {latest}");
            let tried = receiver.received().len();
            world.pass(pause * 890);
            work_off(&world).await;
            assert_eq!(receiver.received().len(), tried, "not before its time");
            world.pass(pause * 220);
        }
        work_off(&world).await;
        let seen = bank.deliveries(", state: FAILED").await.remove(0);
        assert_eq!((&seen["attempts"], &seen["lastStatus"], &seen["lastFault"]), (&json!(10), &json!(404), &json!("REFUSED")));
        assert_eq!((receiver.received().len(), &seen["nextAttemptAt"]), (10, &Value::Null));
        assert_ne!(bank.webhook().await["failingSince"], Value::Null);
        world.pass(DAY);
        work_off(&world).await;
        assert_eq!(receiver.received().len(), 10, "it is over");

        let again = bank.act("replayWebhookDelivery", json!({ "deliveryId": id }), "delivery { state attempts }").await;
        assert_eq!(again["delivery"], json!({ "state": "WAITING", "attempts": 0 }));
        work_off(&world).await;
        assert_eq!((receiver.received().len(), ids(&receiver.received()).len()), (11, 1), "under its own id");
        assert_eq!(bank.webhook().await["failingSince"], Value::Null);
    }

    async fn once_an_address_does_well_again_what_waited_for_it_follows_at_once(world) {
        let down = Arc::new(AtomicBool::new(true));
        let shared = Arc::clone(&down);
        let decide = move |_, _: &Received| Answer::Status(if shared.load(Ordering::SeqCst) { 500 } else { 200 }, "");
        let receiver = Receiver::answering(decide).await;
        let bank = listening(&world, "bank", &receiver.url).await;
        bank.test(12).await;
        // An hour of failures: all are put off by half an hour and more.
        for _ in 0..12 {
            work_off(&world).await;
            world.pass(5 * MINUTE);
        }
        work_off(&world).await;
        let waiting = bank.deliveries(", state: WAITING").await;
        assert!(waiting.len() == 12 && waiting.iter().all(|one| one["attempts"].as_i64() > Some(2)), "{waiting:#?}");
        down.store(false, Ordering::SeqCst);
        bank.test(1).await;
        work_off(&world).await;
        assert_eq!(bank.deliveries(", state: DELIVERED").await.len(), 13, "none waits for its own time");
    }

    async fn an_address_that_fails_at_random_gets_everything_in_the_end(world) {
        let receiver = Receiver::answering(|place, _| match toss(place) % 10 {
            0..2 => Answer::Status(500, ""),
            2 => Answer::Silence,
            3 => Answer::Status(302, "location: http://127.0.0.1:1/\r\n"),
            _ => Answer::Status(200, ""),
        }).await;
        let bank = listening(&world, "bank", &receiver.url).await;
        let queued: BTreeSet<String> =
            bank.test(150).await.iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        for _ in 0..200 {
            work_off(&world).await;
            world.pass(MINUTE);
        }
        let received = receiver.received();
        assert_eq!(ids(&received), queued.iter().map(String::as_str).collect(), "each came, and nothing else");
        assert!(received.len() > 150, "some failed first");
        assert!(received.iter().all(|one| one.is_signed_by(&bank.secret)));
        assert_eq!(bank.deliveries(", state: WAITING").await, [Value::Null; 0]);
    }

    async fn two_nodes_deliver_each_once(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        let node = world.node().await;
        bank.test(120).await;
        tokio::join!(work_off(&world), work_off(&node));
        assert_eq!((receiver.received().len(), ids(&receiver.received()).len()), (120, 120));
    }

    async fn what_a_node_had_in_hand_when_it_died_is_tried_again(world) {
        let receiver = Receiver::answering(|place, _| Answer::Status(if place == 0 { 100 } else { 200 }, "")).await;
        let bank = listening(&world, "bank", &receiver.url).await;
        bank.test(1).await;
        // Nobody answers it, so it is in hand when the node ends.
        let deps = world.deps.clone();
        let task = tokio::spawn(async move { api::worker::webhooks::run_once(&deps).await });
        tests::process::until("the delivery", async || (receiver.connections() > 0).then_some(())).await;
        task.abort();
        assert!(task.await.is_err());
        work_off(&world).await;
        assert_eq!(receiver.received().len(), 1, "for a while nobody else takes it");
        world.pass(2 * MINUTE);
        work_off(&world).await;
        assert_eq!(ids(&receiver.received()).len(), 1);
        assert_eq!(bank.deliveries("").await[0]["state"], "DELIVERED");
    }

    async fn an_address_that_says_it_is_gone_is_told_nothing_until_it_is_enabled(world) {
        let receiver = Receiver::answering(|place, _| Answer::Status(if place == 0 { 410 } else { 200 }, "")).await;
        let bank = listening(&world, "bank", &receiver.url).await;
        bank.test(1).await;
        work_off(&world).await;
        assert_eq!(bank.webhook().await["disabledAt"], world.time(0));
        bank.test(2).await;
        world.pass(DAY);
        work_off(&world).await;
        assert_eq!(receiver.received().len(), 1);
        let enabled = bank.act("enableWebhook", json!({ "appId": bank.id }), "webhook { disabledAt failingSince }").await;
        assert_eq!(enabled["webhook"], json!({ "disabledAt": null, "failingSince": null }));
        work_off(&world).await;
        assert_eq!(ids(&receiver.received()).len(), 3, "what happened meanwhile too");
    }

    async fn what_could_not_be_tried_for_days_has_failed_and_all_of_it_can_be_replayed(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        bank.act("suspendApp", json!({ "appId": bank.id }), "app { status }").await;
        bank.test(3).await;
        work_off(&world).await;
        assert_eq!(receiver.connections(), 0, "whoever may not call is not told");
        let since = world.time(0);
        world.pass(4 * DAY + 1);
        work_off(&world).await;
        assert_eq!(bank.deliveries(", state: FAILED").await.len(), 3);
        let resumed = bank.act("resumeApp", json!({ "appId": bank.id }), "app { status }").await;
        assert_eq!(resumed["app"]["status"], AppStatus::Active.as_str());
        for (from, count) in [(world.time(0), 0), (since.clone(), 3)] {
            let input = json!({ "appId": bank.id, "since": from });
            let replayed = bank.act("replayFailedWebhookDeliveries", input, "replayed").await;
            assert_eq!(replayed["replayed"], count);
        }
        work_off(&world).await;
        assert_eq!(ids(&receiver.received()).len(), 3);
        let again = json!({ "appId": bank.id, "since": since });
        let replayed = bank.act("replayFailedWebhookDeliveries", again, "replayed").await;
        assert_eq!(replayed["replayed"], 0, "what was delivered is not");
    }

    async fn while_a_secret_is_changed_both_hold(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        let rotate = async |hours: i64| {
            let input = json!({ "appId": bank.id, "overlapHours": hours });
            bank.act("rotateWebhookSecret", input, "webhook { oldSecretUntil } webhookSecret").await
        };
        let first = rotate(24).await;
        assert_eq!(first["webhook"]["oldSecretUntil"], world.time(DAY));
        let second = first["webhookSecret"].as_str().unwrap().to_owned();
        let last = async || {
            bank.test(1).await;
            work_off(&world).await;
            receiver.received().pop().unwrap()
        };
        let during = last().await;
        assert!(during.is_signed_by(&bank.secret) && during.is_signed_by(&second));
        world.pass(DAY);
        let later = last().await;
        assert!(!later.is_signed_by(&bank.secret) && later.is_signed_by(&second), "a day is over");
        let third = rotate(0).await["webhookSecret"].as_str().unwrap().to_owned();
        let after = last().await;
        assert!(!after.is_signed_by(&bank.secret) && !after.is_signed_by(&second) && after.is_signed_by(&third));
        assert_eq!(HashSet::from([bank.secret.clone(), second, third]).len(), 3);
    }

    async fn deliveries_are_kept_for_a_month(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        bank.test(1).await;
        work_off(&world).await;
        world.pass(30 * DAY);
        work_off(&world).await;
        assert_eq!(bank.deliveries("").await.len(), 1);
        world.pass(1);
        work_off(&world).await;
        assert_eq!(bank.deliveries("").await.len(), 0);
    }
}

/// Its clock is the machine's, as the server's is here.
#[tokio::test]
async fn the_library_of_the_standards_authors_takes_what_is_delivered() {
    let world = World::start_for_strangers(tests::Backend::Sqlite).await;
    let receiver = Receiver::start().await;
    let bank = listening(&world, "bank", &receiver.url).await;
    bank.test(3).await;
    work_off(&world).await;
    assert_eq!(receiver.received().len(), 3);
    assert!(receiver.received().iter().all(|one| one.is_taken_by(&bank.secret)));
    let mut tampered = receiver.received().remove(0);
    tampered.body = tampered.body.replace("bank-app", "shop-app");
    assert!(!tampered.is_taken_by(&bank.secret));
}

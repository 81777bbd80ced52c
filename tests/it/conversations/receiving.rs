//! Messages come at least once, in any order, and are changed or taken back: what is shown is what they are now.

use entity::ids::CorrespondentId;
use serde_json::{Value, json};
use tests::channel::Delivery;
use tests::on_both_databases;
use tests::world::MINUTE;

use super::{arrive, only, post, queue, reached, tell, texts, whole};
use crate::linking::{code, handles};

/// Every order of four things.
fn orders() -> Vec<[usize; 4]> {
    let all = (0..256).map(|number| [number & 3, number >> 2 & 3, number >> 4 & 3, number >> 6 & 3]);
    all.filter(|order| (0..4).all(|one| order.contains(&one))).collect()
}

on_both_databases! {
    async fn a_message_to_a_brand_is_in_its_queue_once_however_often_it_comes(world) {
        let bank = reached(&world, "bank").await;
        let air = reached(&world, "air").await;
        let at = world.time(-MINUTE);
        let mut data = post("1001", ("4711", "Ada_L"), "card declined again, third time");
        data["occurredAt"] = json!(at);
        data["url"] = json!("https://x.example/ada_l/status/1001");
        for _ in 0..3 {
            arrive(&world, "X", &data).await;
        }
        let found = only(&bank).await;
        assert_eq!((&found["status"], &found["waitingSince"], &found["episode"]), (&json!("OPEN"), &json!(at), &json!(1)));
        assert_eq!(found["correspondent"]["handle"], "Ada_L");
        assert_eq!((&found["correspondent"]["channel"], &found["correspondent"]["name"]), (&json!("X"), &json!("Ada_L of X")));
        let message = &found["lastMessage"];
        assert_eq!((&message["kind"], &message["visibility"]), (&json!("INBOUND"), &json!("PUBLIC")));
        assert_eq!((&message["text"], &message["url"]), (&data["text"], &data["url"]));
        assert_eq!(texts(&bank, &found["id"]).await, [data["text"].clone()]);
        assert_eq!(queue(&air).await, Vec::<Value>::new(), "nobody else's");
        let foreign = air.ask("query($id: ID!) { brand { conversation(id: $id) { id } } }", json!({ "id": found["id"] })).await;
        assert_eq!(foreign.data("/brand/conversation"), &Value::Null);
    }

    async fn what_is_changed_or_taken_back_is_so_whatever_came_first(world) {
        let bank = reached(&world, "bank").await;
        for (number, order) in orders().into_iter().enumerate() {
            let mut left = Vec::new();
            for with_deletion in [true, false] {
                let id = format!("{number}-{with_deletion}");
                let from = (format!("account-{id}"), format!("u{number}_{}", u8::from(with_deletion)));
                for step in order {
                    let (kind, text) = [
                        ("message.created", "teh card"), ("message.edited", "the card"), ("message.edited", "the blue card"),
                        ("message.deleted", ""),
                    ][step];
                    if kind == "message.deleted" && !with_deletion {
                        continue;
                    }
                    let mut data = post(&id, (&from.0, &from.1), text);
                    data["occurredAt"] = json!(world.time(i64::try_from(step).unwrap() * 1_000 - MINUTE));
                    assert_eq!(tell(&world, "X", kind, &data).await.status, 202, "{order:?}");
                }
                let all = queue(&bank).await;
                let own = all.into_iter().find(|one| one["correspondent"]["handle"] == from.1.as_str());
                let own = own.map(|one| one["lastMessage"].clone());
                let dated = own.as_ref().filter(|_| !with_deletion).map(|message| message["occurredAt"].clone());
                assert!(dated.is_none_or(|at| at == world.time(-MINUTE)), "{order:?}: it was written when it was written");
                left.push(own.map(|message| message["text"].clone()));
            }
            let before = order[0] == 3;
            assert_eq!(left[0], (!before).then_some(Value::Null), "{order:?}: nothing is left");
            assert_eq!(left[1], Some(json!("the blue card")), "{order:?}: the last change stands");
        }
    }

    async fn what_the_author_has_taken_back_waits_for_no_answer(world) {
        let bank = reached(&world, "bank").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "hello?")).await;
        assert_ne!(only(&bank).await["waitingSince"], Value::Null);
        let told = tell(&world, "X", "message.deleted", &json!({ "id": "1", "to": { "handle": "bank" } })).await;
        assert_eq!(told.status, 202, "the id and the brand's account are enough: {}", told.text);
        let found = only(&bank).await;
        assert_eq!((&found["waitingSince"], &found["lastMessage"]["text"]), (&Value::Null, &Value::Null));
        assert_ne!(found["lastMessage"]["deletedAt"], Value::Null, "that there was something is shown");
    }

    async fn what_the_brand_answers_elsewhere_stops_the_clock_in_whatever_order_it_comes(world) {
        let bank = reached(&world, "bank").await;
        let (asked, answered, again) = (world.time(-9_000), world.time(-6_000), world.time(-3_000));
        let data = |id: &str, text: &str, at: &str| {
            let mut data = post(id, ("4711", "ada"), text);
            data["occurredAt"] = json!(at);
            data
        };
        let mut own = data("2", "we are on it", &answered);
        own["to"] = own["author"].take();
        own["author"] = json!({ "handle": "@Bank" });
        arrive(&world, "X", &own).await;
        let found = only(&bank).await;
        assert_eq!((&found["status"], &found["waitingSince"]), (&json!("PENDING"), &Value::Null));
        arrive(&world, "X", &data("1", "card declined", &asked)).await;
        let found = only(&bank).await;
        assert_eq!(found["waitingSince"], Value::Null, "it was answered before it came");
        arrive(&world, "X", &data("3", "and again", &again)).await;
        let found = only(&bank).await;
        assert_eq!((&found["status"], &found["waitingSince"]), (&json!("OPEN"), &json!(again)));
        let kinds: Vec<Value> = whole(&bank, &found["id"]).await["messages"]["nodes"].as_array().unwrap().iter()
            .map(|message| message["kind"].clone()).collect();
        assert_eq!(kinds, ["INBOUND", "OUTBOUND", "INBOUND"]);
        assert_eq!(texts(&bank, &found["id"]).await, ["card declined", "we are on it", "and again"]);
        let own = json!({ "id": "2", "author": { "handle": "@bank" } });
        assert_eq!(tell(&world, "X", "message.deleted", &own).await.status, 202);
        let found = only(&bank).await;
        assert_eq!((&found["status"], &found["waitingSince"]), (&json!("OPEN"), &json!(asked)), "the answer is no more");
    }

    async fn what_cannot_be_used_is_named_and_changes_nothing_and_what_is_for_no_brand_is_passed_over(world) {
        let bank = reached(&world, "bank").await;
        let good = post("1", ("4711", "ada"), "hello");
        let with = |path: &str, value: Value| {
            let mut data = good.clone();
            match path.split_once('/') {
                Some((outer, inner)) => data[outer][inner] = value,
                None => data[path] = value,
            }
            data
        };
        for (data, field) in [
            (with("id", Value::Null), "data.id"),
            (with("id", json!("x".repeat(513))), "data.id"),
            (with("author/id", json!("")), "data.author.id"),
            (with("author/handle", json!("not a handle")), "data.author.handle"),
            (with("url", json!("javascript:alert(1)")), "data.url"),
            (with("occurredAt", json!("yesterday")), "data.occurredAt"),
            (with("visibility", json!("SECRET")), "data.visibility"),
        ] {
            let reply = tell(&world, "X", "message.created", &data).await;
            assert_eq!(reply.status, 400, "{field}: {}", reply.text);
            let message = reply.body["message"].as_str().unwrap();
            assert!(message.starts_with(&format!("the message cannot be read at `{field}`")), "{message}");
        }
        let undated = tell(&world, "X", "message.edited", &good).await;
        assert!(undated.status == 400 && undated.text.contains("`data.occurredAt`"), "{}", undated.text);
        for (kind, data) in [
            ("message.created", with("to/handle", json!("@nobody"))),
            ("message.created", with("to", Value::Null)),
            ("message.created", with("author/handle", json!("@bank"))),
            ("typing.started", good.clone()),
        ] {
            assert_eq!(tell(&world, "X", kind, &data).await.status, 202);
        }
        assert_eq!(queue(&bank).await, Vec::<Value>::new());
        arrive(&world, "EMAIL", &json!({ "id": "<1@example.org>", "author": { "handle": "Ada@example.org" },
            "to": { "handle": "care@bank.example.org" }, "text": "a letter" })).await;
        let found = only(&bank).await;
        assert_eq!(found["lastMessage"]["visibility"], "PRIVATE", "nobody else reads a letter");
    }

    async fn two_nodes_that_get_the_same_things_at_the_same_moment_have_each_once_in_one_conversation(world) {
        let bank = reached(&world, "bank").await;
        let other = world.node().await;
        let data: Vec<Value> = (0..8).map(|number| post(&format!("m{number}"), ("4711", "ada"), &format!("part {number}"))).collect();
        let all_at = async |node| {
            for data in &data {
                arrive(node, "X", data).await;
            }
        };
        tokio::join!(all_at(&world), all_at(&other));
        let found = only(&bank).await;
        let mut texts: Vec<String> = texts(&bank, &found["id"]).await.iter().map(|text| text.as_str().unwrap().to_owned()).collect();
        texts.sort();
        assert_eq!(texts, (0..8).map(|number| format!("part {number}")).collect::<Vec<_>>());
    }

    async fn a_code_that_is_posted_to_the_brand_itself_completes_a_link(world) {
        let bank = reached(&world, "bank").await;
        let ada = world.customer("Ada").await;
        let text = code(&ada, "X", "ada").await;
        let mut unusable = post("1", ("4711", "ada"), &text);
        unusable["url"] = json!("nowhere");
        assert_eq!(tell(&world, "X", "message.created", &unusable).await.status, 400);
        assert_eq!(handles(&ada).await, Vec::<Value>::new(), "what is not taken in proves nothing");
        arrive(&world, "X", &post("1", ("4711", "ada"), &format!("@bank this is me: {text}"))).await;
        assert_eq!(handles(&ada).await, ["ada"]);
        assert_eq!(queue(&bank).await.len(), 1);
    }

    async fn a_delivery_that_comes_again_later_does_not_bring_an_older_text_back(world) {
        let bank = reached(&world, "bank").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "teh card")).await;
        let edit = |delivery: &str, text: &str| {
            let mut data = post("1", ("4711", "ada"), text);
            // Some channels tell whole seconds only.
            data["occurredAt"] = json!(world.time(0));
            Delivery::signed(&world, "X", delivery, &json!({ "type": "message.edited", "data": data }))
        };
        for (delivery, text) in [("msg_e1", "the card"), ("msg_e2", "the blue card"), ("msg_e1", "the card")] {
            assert_eq!(edit(delivery, text).send(&world).await.status, 202);
        }
        assert_eq!(only(&bank).await["lastMessage"]["text"], "the blue card");
    }

    async fn whoever_has_no_key_any_more_is_somebody_new(world) {
        let bank = reached(&world, "bank").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "before")).await;
        let before = only(&bank).await;
        // As after an erasure whose rows a copy of the database has brought back.
        let id: CorrespondentId = before["correspondent"]["id"].as_str().unwrap().parse().unwrap();
        world.deps.vault.keyring.destroy(id).await.unwrap();
        let mut edit = post("1", ("4711", "ada"), "changed");
        edit["occurredAt"] = json!(world.time(0));
        assert_eq!(tell(&world, "X", "message.edited", &edit).await.status, 202);
        arrive(&world, "X", &post("2", ("4711", "ada"), "after")).await;
        let all = queue(&bank).await;
        let texts: Vec<_> = all.iter().map(|one| one["lastMessage"]["text"].clone()).collect();
        assert!(all.len() == 2 && texts.contains(&json!("after")) && texts.contains(&Value::Null), "{texts:?}");
    }
}

//! Conversations as they change, on whatever node.

use std::collections::HashSet;

use entity::ids::{ConversationId, MessageId};
use entity::kinds::NewsKind;
use entity::kinds::StaffRole::Agent;
use entity::vault::news::News;
use entity::{brand, conversation};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::{Backend, Events, Socket, StaffPerson, World, on_both_databases};

use crate::conversations::{arrive, only, post, reached, tell};

/// Everything of the brand's.
const ALL: &str = "subscription($after: String) { conversationChanged(after: $after) { id cursor kind at messageId conversation { id version status lastMessage { id text } present { staffId isWriting } } } }";

async fn watch(world: &World, token: &str, after: Option<&Value>) -> Socket {
    let mut socket = Socket::begin(&world.url, Some(token)).await;
    socket.subscribe("all", ALL, json!({ "after": after })).await;
    socket
}

async fn next(socket: &mut Socket) -> Value {
    socket.next("all").await["conversationChanged"].clone()
}

async fn events(world: &World, token: &str, query: &str) -> Events {
    let events = Events::open(&world.http, &world.url, token, &json!({ "query": query })).await;
    events.unwrap_or_else(|refused| panic!("{refused:?}"))
}

/// What of an event a test looks at.
fn told(event: &Value) -> (&str, &Value) {
    (event["kind"].as_str().expect("a kind"), &event["conversation"]["lastMessage"]["text"])
}

on_both_databases! {
    async fn what_happens_in_conversations_is_told_as_it_happens(world) {
        let bank = reached(&world, "bank").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let mut watching = watch(&world, &bank.token().await, None).await;
        let first = next(&mut watching).await;
        assert_eq!((told(&first), &first["conversation"]), (("LISTENING", &json!(null)), &json!(null)));

        arrive(&world, "X", &post("1", ("77", "@ada_l"), "card declined")).await;
        let received = next(&mut watching).await;
        assert_eq!(told(&received), ("MESSAGE_RECEIVED", &json!("card declined")));
        assert_eq!(received["messageId"], received["conversation"]["lastMessage"]["id"]);
        world.pass(1_000);
        let mut edited = post("1", ("77", "@ada_l"), "card declined again");
        edited["occurredAt"] = json!(world.time(0));
        assert_eq!(tell(&world, "X", "message.edited", &edited).await.status, 202);
        assert_eq!(told(&next(&mut watching).await), ("MESSAGE_CHANGED", &json!("card declined again")));

        let id = received["conversation"]["id"].clone();
        nils.act("showPresence", json!({ "conversationId": id, "state": "WRITING" }), "present { staffId isWriting }").await.done("showPresence");
        let present = next(&mut watching).await;
        assert_eq!((told(&present).0, &present["conversation"]["present"]), ("PRESENCE_CHANGED", &json!([{ "staffId": nils.id, "isWriting": true }])));
        nils.act("showPresence", json!({ "conversationId": id, "state": "WRITING" }), "").await.done("showPresence");
        nils.act("assignConversation", json!({ "conversationId": id, "staffId": nils.id }), "").await.done("assignConversation");
        assert_eq!(told(&next(&mut watching).await).0, "CONVERSATION_CHANGED", "the same presence again is no news");
        let reply = json!({ "conversationId": id, "template": "On it", "visibility": "PRIVATE" });
        nils.act("sendReply", reply, "").await.done("sendReply");
        assert_eq!(told(&next(&mut watching).await), ("REPLY_CHANGED", &json!("On it")), "one thing is told once");
        nils.act("addNote", json!({ "conversationId": id, "text": "VIP" }), "").await.done("addNote");
        assert_eq!(told(&next(&mut watching).await).0, "CONVERSATION_CHANGED");
    }

    async fn only_one_conversation_is_told_to_whoever_asks_for_one_and_nothing_of_another_brand(world) {
        let bank = reached(&world, "bank").await;
        let shop = reached(&world, "shop").await;
        arrive(&world, "X", &post("1", ("77", "@ada_l"), "first")).await;
        let known = crate::conversations::only(&bank).await["id"].clone();
        let mut all = watch(&world, &bank.token().await, None).await;
        let mut others = watch(&world, &shop.token().await, None).await;
        let query = "subscription($id: ID) { conversationChanged(id: $id) { kind conversation { lastMessage { text } } } }";
        all.subscribe("one", query, json!({ "id": known })).await;
        for _ in 0..2 {
            // Each says that it listens, in whatever order.
            all.hear().await;
        }
        next(&mut others).await;
        let to_shop = |text: &str| json!({ "id": text, "author": { "id": "78", "handle": "@ben" }, "to": { "handle": "@shop" }, "text": text });
        arrive(&world, "X", &post("2", ("78", "@ben"), "of somebody else")).await;
        assert_eq!(told(&next(&mut all).await), ("MESSAGE_RECEIVED", &json!("of somebody else")));
        arrive(&world, "X", &post("3", ("77", "@ada_l"), "second")).await;
        let mut heard = [all.hear().await, all.hear().await].map(|heard| match heard {
            tests::Heard::Message(message) => (message["id"].clone(), message["payload"]["data"]["conversationChanged"]["conversation"]["lastMessage"]["text"].clone()),
            other => panic!("{other:?}"),
        });
        heard.sort_by_key(|(id, _)| id.to_string());
        assert_eq!(heard, [(json!("all"), json!("second")), (json!("one"), json!("second"))]);
        arrive(&world, "X", &to_shop("to the shop")).await;
        assert_eq!(told(&next(&mut others).await), ("MESSAGE_RECEIVED", &json!("to the shop")), "and nothing of the bank's before");
    }

    async fn whoever_broke_off_goes_on_where_they_were_and_on_another_node(world) {
        let bank = reached(&world, "bank").await;
        reached(&world, "shop").await;
        let node = world.node().await;
        let mut first = watch(&world, &bank.token().await, None).await;
        let began = next(&mut first).await["cursor"].clone();
        arrive(&world, "X", &post("1", ("77", "@ada_l"), "one")).await;
        let one = next(&mut first).await;
        drop(first);
        let to_shop = json!({ "id": "s", "author": { "id": "77", "handle": "@ada_l" }, "to": { "handle": "@shop" }, "text": "to the shop" });
        arrive(&world, "X", &to_shop).await;
        for text in ["two", "three"] {
            arrive(&world, "X", &post(text, ("77", "@ada_l"), text)).await;
        }
        // On the other node, and what happens there is told here.
        let mut again = watch(&node, &bank.token().await, Some(&one["cursor"])).await;
        let told_again = [next(&mut again).await, next(&mut again).await];
        let ids: Vec<&Value> = told_again.iter().map(|event| &event["id"]).collect();
        assert!(ids.iter().all(|id| **id != one["id"]) && ids[0] != ids[1], "{ids:?}");
        arrive(&world, "X", &post("4", ("77", "@ada_l"), "four")).await;
        if world.backend == Backend::Sqlite {
            // Which has no way to call other processes: they look each second.
            node.pass(1_000);
        }
        assert_eq!(told(&next(&mut again).await), ("MESSAGE_RECEIVED", &json!("four")));
        let mut all = watch(&node, &bank.token().await, Some(&began)).await;
        let all_of_it = [next(&mut all).await, next(&mut all).await, next(&mut all).await, next(&mut all).await];
        assert_eq!(all_of_it.each_ref().map(|event| &event["kind"]), [&json!("MESSAGE_RECEIVED"); 4]);
        node.stop().await;
    }

    async fn a_place_that_is_too_old_or_none_is_refused_with_what_to_do(world) {
        let bank = reached(&world, "bank").await;
        let mut watching = watch(&world, &bank.token().await, None).await;
        let cursor = next(&mut watching).await["cursor"].clone();
        world.pass(2 * tests::world::DAY);
        let mut late = watch(&world, &bank.token().await, Some(&cursor)).await;
        assert_eq!(late.end("all").await.as_deref(), Some("CURSOR_TOO_OLD"));
        let mut fresh = watch(&world, &bank.token().await, None).await;
        let now = next(&mut fresh).await["cursor"].as_str().unwrap().to_owned();
        let beyond = json!(format!("9999999999.{}", now.split_once('.').unwrap().1));
        for (after, code) in [(json!("nonsense"), "BAD_USER_INPUT"), (beyond, "CURSOR_TOO_OLD")] {
            late.subscribe("all", ALL, json!({ "after": after })).await;
            assert_eq!(late.end("all").await.as_deref(), Some(code), "{after}");
        }
    }

    async fn the_same_comes_as_events_over_http(world) {
        let bank = reached(&world, "bank").await;
        let token = bank.token().await;
        let mut watching = events(&world, &token, ALL).await;
        let (name, first) = watching.next().await.unwrap();
        assert_eq!((name.as_str(), &first["data"]["conversationChanged"]["kind"]), ("next", &json!("LISTENING")));
        arrive(&world, "X", &post("1", ("77", "@ada_l"), "card declined")).await;
        let (_, received) = watching.next().await.unwrap();
        assert_eq!(told(&received["data"]["conversationChanged"]), ("MESSAGE_RECEIVED", &json!("card declined")));
        let refused = Events::open(&world.http, &world.url, "nonsense", &json!({ "query": ALL })).await.err().expect("no events");
        assert_eq!(refused.0, 401);
        let mut once = events(&world, &token, "{ brand { slug } }").await;
        assert_eq!(once.next().await, Some(("next".into(), json!({ "data": { "brand": { "slug": "bank" } } }))));
        assert_eq!(once.next().await, Some(("complete".into(), json!(null))));
        assert_eq!(once.next().await, None);
    }

    async fn customers_and_administrators_watch_no_conversations(world) {
        reached(&world, "bank").await;
        let ada = world.customer("Ada").await;
        let petra = StaffPerson::join(&world, "bank", entity::kinds::StaffRole::Admin, "Petra").await;
        for token in [ada.token().await, petra.token().to_owned()] {
            let mut socket = watch(&world, &token, None).await;
            assert_eq!(socket.end("all").await.as_deref(), Some("FORBIDDEN"));
        }
        let mut nobody = Socket::begin(&world.url, None).await;
        nobody.subscribe("all", ALL, json!({})).await;
        assert_eq!(nobody.end("all").await.as_deref(), Some("UNAUTHENTICATED"));
    }
}

/// What is written first may be there last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_commits_after_something_later_is_told_too_and_to_those_who_come_again() {
    let world = World::start(Backend::Postgres).await;
    let bank = reached(&world, "bank").await;
    arrive(&world, "X", &post("1", ("77", "@ada_l"), "first")).await;
    let id: ConversationId = only(&bank).await["id"].as_str().unwrap().parse().unwrap();
    let brand = brand::Entity::find().one(world.deps.vault.store.reader()).await.unwrap().unwrap().id;
    let mut watching = watch(&world, &bank.token().await, None).await;
    next(&mut watching).await;
    // A transaction that has begun to write, and takes its time.
    let slow = world.deps.vault.begin().await.unwrap();
    let written = conversation::ActiveModel { version: Set(7), ..Default::default() };
    let all = conversation::Entity::update_many().set(written).filter(conversation::Column::BrandId.eq(brand));
    assert_eq!(all.exec(slow.connection()).await.unwrap().rows_affected, 1);
    arrive(&world, "X", &post("2", ("78", "@ben"), "later")).await;
    let later = next(&mut watching).await;
    assert_eq!(told(&later), ("MESSAGE_RECEIVED", &json!("later")), "nobody waits for it");
    for _ in 0..2 {
        slow.tell(News::of_conversation(NewsKind::ConversationChanged, (brand, id), None));
    }
    slow.commit().await.unwrap();
    assert_eq!(told(&next(&mut watching).await), ("CONVERSATION_CHANGED", &json!("first")));
    let mut again = watch(&world, &bank.token().await, Some(&later["cursor"])).await;
    let both = [next(&mut again).await, next(&mut again).await];
    arrive(&world, "X", &post("3", ("78", "@ben"), "last")).await;
    assert_eq!(
        told(&next(&mut watching).await),
        ("MESSAGE_RECEIVED", &json!("last")),
        "what is said twice is told once"
    );
    assert!(both.iter().any(|event| told(event) == ("CONVERSATION_CHANGED", &json!("first"))), "{both:#?}");
}

/// Somebody who does not listen for a while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_keep_up_gets_the_rest_from_the_database() {
    let world = World::start(Backend::Sqlite).await;
    let bank = reached(&world, "bank").await;
    let mut watching = watch(&world, &bank.token().await, None).await;
    next(&mut watching).await;
    // More than a node keeps for anybody, and in one transaction more than are read at once.
    arrive(&world, "X", &post("1", ("77", "@ada_l"), "first")).await;
    let id: ConversationId = only(&bank).await["id"].as_str().unwrap().parse().unwrap();
    let brand = brand::Entity::find().one(world.deps.vault.store.reader()).await.unwrap().unwrap().id;
    let transaction = world.deps.vault.begin().await.unwrap();
    for _ in 0..1_200 {
        let message = MessageId(world.deps.vault.entropy.id());
        transaction.tell(News::of_conversation(NewsKind::MessageChanged, (brand, id), Some(message)));
    }
    transaction.commit().await.unwrap();
    let mut ids = HashSet::new();
    for _ in 0..1_201 {
        assert!(ids.insert(next(&mut watching).await["id"].to_string()), "each once");
    }
    arrive(&world, "X", &post("2", ("77", "@ada_l"), "last")).await;
    assert_eq!(told(&next(&mut watching).await), ("MESSAGE_RECEIVED", &json!("last")), "and nothing again");
}

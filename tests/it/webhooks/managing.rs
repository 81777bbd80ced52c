//! Who looks after webhooks: the brand's administrators, each act in the trail.

use entity::kinds::StaffRole::{Admin, Agent};
use serde_json::{Value, json};
use tests::{Receiver, StaffPerson, on_both_databases};

use super::{listening, work_off};

on_both_databases! {
    async fn only_the_brands_own_administrators_see_and_change_its_webhooks(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        world.brand("shop").await;
        let (agent, stranger) =
            (StaffPerson::join(&world, "bank", Agent, "Ola").await, StaffPerson::join(&world, "shop", Admin, "Sam").await);
        let delivery = bank.test(1).await.remove(0);
        let acts = [
            ("rotateWebhookSecret", json!({ "appId": bank.id }), "webhookSecret"),
            ("enableWebhook", json!({ "appId": bank.id }), "webhook { url }"),
            ("testWebhook", json!({ "appId": bank.id }), "delivery { id }"),
            ("replayWebhookDelivery", json!({ "deliveryId": delivery }), "delivery { id }"),
            ("replayFailedWebhookDeliveries", json!({ "appId": bank.id, "since": world.time(0) }), "replayed"),
        ];
        for (mutation, input, shown) in acts {
            assert_eq!(agent.act(mutation, input.clone(), shown).await.code(), "FORBIDDEN", "{mutation}");
            let foreign = stranger.act(mutation, input, shown).await;
            assert_eq!(foreign.data(&format!("/{mutation}/userErrors/0/code")), "NOT_FOUND", "{mutation}");
        }
        for list in ["webhooks { nodes { url } }", "webhookDeliveries { nodes { body } }"] {
            let query = format!("{{ brand {{ {list} }} }}");
            assert_eq!(agent.ask(&query, json!({})).await.code(), "FORBIDDEN");
            assert_eq!(bank.app.ask(&query, json!({})).await.code(), "FORBIDDEN");
            let name = list.split(' ').next().unwrap();
            let none = stranger.ask(&query, json!({})).await;
            assert_eq!(none.data(&format!("/brand/{name}/nodes")), &json!([]), "{list}");
        }
        assert_eq!(bank.deliveries("").await.len(), 1, "nothing was queued");
    }

    async fn every_change_is_in_the_trail_and_mistakes_say_what_to_do(world) {
        let receiver = Receiver::answering(|_, _| tests::receiver::Answer::Status(410, "")).await;
        let bank = listening(&world, "bank", &receiver.url).await;
        let hours = json!({ "appId": bank.id, "overlapHours": 169 });
        assert_eq!(bank.mistake("rotateWebhookSecret", hours, "webhookSecret").await, ("OUT_OF_RANGE".into(), json!(["overlapHours"])));
        let waits = bank.test(1).await.remove(0);
        let waits = json!({ "deliveryId": waits });
        assert_eq!(bank.mistake("replayWebhookDelivery", waits, "delivery { id }").await, ("WRONG_STATE".into(), json!(["deliveryId"])));
        let none = json!({ "deliveryId": "delivery_none" });
        assert_eq!(bank.mistake("replayWebhookDelivery", none, "delivery { id }").await, ("NOT_FOUND".into(), json!(["deliveryId"])));
        work_off(&world).await;
        bank.act("enableWebhook", json!({ "appId": bank.id }), "webhook { url }").await;
        bank.act("enableWebhook", json!({ "appId": bank.id }), "webhook { url }").await;
        bank.act("rotateWebhookSecret", json!({ "appId": bank.id }), "webhookSecret").await;
        bank.act("updateApp", json!({ "appId": bank.id, "webhookUrl": null }), "").await;
        let test = json!({ "appId": bank.id });
        assert_eq!(bank.mistake("testWebhook", test, "delivery { id }").await, ("WRONG_STATE".into(), json!(["appId"])));
        let trail = bank.admin().await.ask("{ brand { auditTrail(first: 4) { nodes { act staffId details { name value } } } } }", json!({})).await;
        let acts: Vec<&Value> = trail.data("/brand/auditTrail/nodes").as_array().unwrap().iter().map(|one| &one["act"]).collect();
        assert_eq!(acts, ["APP_UPDATED", "WEBHOOK_SECRET_ROTATED", "WEBHOOK_ENABLED", "APP_UPDATED"]);
        assert!(!trail.text.contains("whsec_"));
    }

    async fn another_address_begins_anew_and_keeps_the_secret(world) {
        let gone = Receiver::answering(|_, _| tests::receiver::Answer::Status(410, "")).await;
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &gone.url).await;
        bank.test(1).await;
        work_off(&world).await;
        assert_ne!(bank.webhook().await["disabledAt"], Value::Null);
        let moved = json!({ "appId": bank.id, "webhookUrl": receiver.url });
        let moved = bank.act("updateApp", moved, "webhookSecret").await;
        assert_eq!(moved["webhookSecret"], Value::Null, "it is told once");
        assert_eq!(bank.webhook().await["disabledAt"], Value::Null);
        bank.test(1).await;
        work_off(&world).await;
        assert!(receiver.received()[0].is_signed_by(&bank.secret));
    }

    async fn the_log_of_deliveries_is_read_page_by_page(world) {
        let receiver = Receiver::start().await;
        let bank = listening(&world, "bank", &receiver.url).await;
        let mut queued = bank.test(7).await;
        queued.reverse();
        let query = "query($after: String) { brand { webhookDeliveries(first: 3, after: $after) {
            nodes { id } pageInfo { hasNextPage endCursor } } } }";
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let reply = bank.admin().await.ask(query, json!({ "after": after })).await;
            let page = reply.data("/brand/webhookDeliveries").clone();
            seen.extend(page["nodes"].as_array().unwrap().iter().map(|one| one["id"].clone()));
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, queued);
        assert_eq!(bank.deliveries(&format!(", appId: {}", bank.id)).await.len(), 7);
        assert_eq!(bank.deliveries(", appId: \"app_none\"").await.len(), 0);
    }
}

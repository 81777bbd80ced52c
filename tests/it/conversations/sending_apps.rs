//! Replies on channels that the brand's own app serves: it claims what waits, reads it under the law, and says what came of it.

use entity::kinds::StaffRole::Agent;
use serde_json::{Value, json};
use tests::world::MINUTE;
use tests::{BrandApp, Customer, Reply, World, on_both_databases};

use super::{arrive, only, post, reached, whole};
use crate::linking::prove;

const OUTGOING: &str = "query($id: ID!) { brand { outgoingReply(id: $id, purpose: CUSTOMER_CARE) {
    channel visibility accountId handle from answers text } } }";

/// What an app asks for with an input.
async fn act(app: &BrandApp<'_>, mutation: &str, input: Value, shown: &str) -> Reply {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!(
        "mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {shown} userErrors {{ code field message }} }} }}"
    );
    app.ask(&query, json!({ "input": input })).await
}

async fn claim(app: &BrandApp<'_>) -> Vec<Value> {
    let reply = act(app, "claimReplies", json!({ "channels": ["X"] }), "messageIds").await;
    reply.done("claimReplies")["messageIds"].as_array().unwrap().clone()
}

async fn report(app: &BrandApp<'_>, id: &Value, outcome: &str) -> Reply {
    let input = json!({ "messageId": id, "outcome": outcome, "channelMessageId": "1790000000000000009" });
    act(app, "reportReply", input, "message { id delivery }").await
}

/// Ada, who has written to the bank on X and lets it know her name and number, and a reply with both that waits.
async fn begun(world: &World) -> (BrandApp<'_>, Customer<'_>, String, Value) {
    let bank = reached(world, "bank").await;
    let ada = world.customer("Ada").await;
    prove(world, &ada, "4711", "ada").await;
    let profile = json!({ "name": { "displayName": "Adaline" }, "contact": { "phone": "+15125550142" } });
    ada.act("updateProfile", profile, "").await.done("updateProfile");
    let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
    arrive(world, "X", &post("1", ("4711", "ada"), "card declined")).await;
    let id = only(&bank).await["id"].clone();
    reply(&bank, &id, "Dear {{ name.displayName }}, we call {{ contact.phone }}").await;
    (bank, ada, grant, id)
}

async fn reply(bank: &BrandApp<'_>, id: &Value, template: &str) -> Value {
    let input = json!({ "conversationId": id, "template": template, "visibility": "PRIVATE" });
    act(bank, "sendReply", input, "message { id }").await.done("sendReply")["message"]["id"].clone()
}

on_both_databases! {
    async fn a_reply_is_claimed_read_under_the_law_sent_and_reported(world) {
        let (bank, ada, _, id) = begun(&world).await;
        let before = ada.disclosures(10).await.len();
        let (one, other) = tokio::join!(claim(&bank), claim(&bank));
        let claimed = [one, other].concat();
        assert_eq!(claimed.len(), 1, "nobody else gets it");
        let read = bank.ask(OUTGOING, json!({ "id": claimed[0] })).await;
        assert_eq!(*read.data("/brand/outgoingReply"), json!({ "channel": "X", "visibility": "PRIVATE", "accountId": "4711",
            "handle": "ada", "from": "bank", "answers": "1", "text": "Dear Adaline, we call +15125550142" }));
        let seen = ada.disclosures(10).await;
        assert_eq!(seen.len(), before + 1, "whoever sends it has read it");
        assert_eq!(seen[0]["fields"].as_array().unwrap().len(), 2);
        let sent = report(&bank, &claimed[0], "SENT").await;
        assert_eq!(sent.done("reportReply")["message"]["delivery"], "SENT");
        report(&bank, &claimed[0], "SENT").await.done("reportReply");
        let delivered = report(&bank, &claimed[0], "DELIVERED").await;
        assert_eq!(delivered.done("reportReply")["message"]["delivery"], "DELIVERED");
        assert_eq!(bank.ask(OUTGOING, json!({ "id": claimed[0] })).await.data("/brand/outgoingReply"), &Value::Null);
        let mut echo = post("1790000000000000009", ("4711", "ada"), "Dear Adaline, we call +15125550142");
        echo["to"] = echo["author"].take();
        echo["author"] = json!({ "handle": "bank" });
        arrive(&world, "X", &echo).await;
        let messages = whole(&bank, &id).await["messages"]["nodes"].clone();
        assert_eq!(messages.as_array().unwrap().len(), 2, "the channel tells of the same: {messages:#}");
    }

    async fn what_the_channel_tells_before_its_sender_does_is_the_same_reply(world) {
        let (bank, _, _, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        let mut echo = post("1790000000000000009", ("4711", "ada"), "Dear Adaline, we call you");
        echo["to"] = echo["author"].take();
        echo["author"] = json!({ "handle": "bank" });
        arrive(&world, "X", &echo).await;
        assert_eq!(whole(&bank, &id).await["messages"]["nodes"].as_array().unwrap().len(), 3);
        report(&bank, &claimed[0], "SENT").await.done("reportReply");
        let found = whole(&bank, &id).await;
        assert_eq!(found["messages"]["nodes"].as_array().unwrap().len(), 2, "{found:#}");
        assert_eq!((&found["messages"]["nodes"][0]["id"], &found["lastMessage"]["id"]), (&claimed[0], &claimed[0]));
    }

    async fn what_is_withdrawn_before_it_is_sent_is_neither_read_nor_sent(world) {
        let (bank, ada, grant, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        ada.withdraw(&grant).await;
        let read = bank.ask(OUTGOING, json!({ "id": claimed[0] })).await;
        assert_eq!(read.data("/brand/outgoingReply/text"), &Value::Null);
        assert!(!read.text.contains("Adaline") && !read.text.contains("5125550142"), "{}", read.text);
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
        let read = bank.ask(OUTGOING, json!({ "id": claimed[0] })).await;
        assert_eq!(read.data("/brand/outgoingReply/text"), &Value::Null, "it rests on another grant");
        report(&bank, &claimed[0], "RETRY").await.done("reportReply");
        world.pass(MINUTE);
        assert_eq!(claim(&bank).await, [Value::Null; 0]);
        let messages = whole(&bank, &id).await["messages"]["nodes"].clone();
        assert_eq!(messages[0]["delivery"], "WITHHELD");
        let late = report(&bank, &claimed[0], "SENT").await;
        assert_eq!(late.mistakes("reportReply"), ["NOT_FOUND messageId"]);
    }

    async fn what_an_app_says_nothing_of_is_uncertain_until_it_does(world) {
        let (bank, _, _, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        world.pass(5 * MINUTE - 1);
        world.work().await;
        assert_eq!(whole(&bank, &id).await["messages"]["nodes"][0]["delivery"], "SENDING");
        world.pass(1);
        world.work().await;
        assert_eq!(whole(&bank, &id).await["messages"]["nodes"][0]["delivery"], "UNCERTAIN");
        assert_eq!(claim(&bank).await, [Value::Null; 0]);
        let refused = report(&bank, &claimed[0], "RETRY").await;
        assert_eq!(refused.mistakes("reportReply"), ["NOT_FOUND messageId"], "that would send it twice");
        let late = report(&bank, &claimed[0], "SENT").await;
        assert_eq!(late.done("reportReply")["message"]["delivery"], "SENT", "better late than never");
    }

    async fn what_was_queued_again_and_has_gone_out_after_all_is_not_sent_twice(world) {
        let (bank, _, _, _) = begun(&world).await;
        let claimed = claim(&bank).await;
        report(&bank, &claimed[0], "UNKNOWN").await.done("reportReply");
        act(&bank, "resendReply", json!({ "messageId": claimed[0] }), "message { id }").await.done("resendReply");
        let late = report(&bank, &claimed[0], "SENT").await;
        assert_eq!(late.done("reportReply")["message"]["delivery"], "SENT");
        assert_eq!(claim(&bank).await, [Value::Null; 0]);
    }

    async fn an_answer_and_what_the_channel_tells_of_it_may_come_at_the_same_moment(world) {
        let (bank, _, _, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        let mut echo = post("1790000000000000009", ("4711", "ada"), "Dear Adaline, we call you");
        echo["to"] = echo["author"].take();
        echo["author"] = json!({ "handle": "bank" });
        let (reported, ()) = tokio::join!(report(&bank, &claimed[0], "SENT"), arrive(&world, "X", &echo));
        reported.done("reportReply");
        let messages = whole(&bank, &id).await["messages"]["nodes"].clone();
        assert_eq!(messages.as_array().unwrap().len(), 2, "{messages:#}");
    }

    async fn only_apps_of_the_brand_that_answer_customers_send_for_it(world) {
        let (bank, _, _, _) = begun(&world).await;
        let shop = reached(&world, "shop").await;
        assert_eq!(claim(&shop).await, [Value::Null; 0]);
        let claimed = claim(&bank).await;
        assert_eq!(shop.ask(OUTGOING, json!({ "id": claimed[0] })).await.data("/brand/outgoingReply"), &Value::Null);
        assert_eq!(report(&shop, &claimed[0], "SENT").await.mistakes("reportReply"), ["NOT_FOUND messageId"]);
        let mail = act(&bank, "claimReplies", json!({ "channels": ["X", "EMAIL"] }), "messageIds").await;
        assert_eq!(mail.mistakes("claimReplies"), ["UNSUPPORTED_CHANNEL channels"]);
        let none = act(&bank, "claimReplies", json!({ "channels": [] }), "messageIds").await;
        assert_eq!(none.mistakes("claimReplies"), ["UNSUPPORTED_CHANNEL channels"]);
        let nils = tests::StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let person = nils.act("claimReplies", json!({ "channels": ["X"] }), "messageIds").await;
        assert_eq!(person.code(), "FORBIDDEN");
        assert_eq!(nils.ask(OUTGOING, json!({ "id": claimed[0] })).await.code(), "FORBIDDEN");
        let ads = world.app("bank", "ads", &["NAME"], &["PERSONALISATION"]).await;
        assert_eq!(ads.ask(OUTGOING, json!({ "id": claimed[0] })).await.code(), "FORBIDDEN");
        let narrow = world.app("bank", "narrow", &["NAME"], &["CUSTOMER_CARE"]).await;
        let refused = narrow.ask(OUTGOING, json!({ "id": claimed[0] })).await;
        assert_eq!(refused.code(), "FORBIDDEN", "it is not registered for CONTACT: {}", refused.text);
    }
}

//! Replies on channels that the brand's own app serves: it claims what waits, reads it under the law, and says what came of it.

use entity::kinds::StaffRole::Agent;
use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{BrandApp, Customer, Reply, World, on_both_databases};

use super::{arrive, only, post, reached, sending, tell, whole};
use crate::linking::prove;

/// The channel's id of what was sent.
const SENT_AS: &str = "1790000000000000009";
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

/// What waits, each with which time it is claimed.
async fn claim(app: &BrandApp<'_>) -> Vec<Value> {
    let reply = act(app, "claimReplies", json!({ "channels": ["X"] }), "claims { messageId attempt }").await;
    reply.done("claimReplies")["claims"].as_array().unwrap().clone()
}

async fn report(app: &BrandApp<'_>, claim: &Value, outcome: &str) -> Reply {
    report_as(app, claim, outcome, SENT_AS).await
}

async fn report_as(app: &BrandApp<'_>, claim: &Value, outcome: &str, id: &str) -> Reply {
    let mut input = claim.clone();
    input["outcome"] = json!(outcome);
    input["channelMessageId"] = json!(id);
    act(app, "reportReply", input, "message { id delivery }").await
}

async fn outgoing(app: &BrandApp<'_>, claim: &Value) -> Reply {
    app.ask(OUTGOING, json!({ "id": claim["messageId"] })).await
}

/// What X tells of a post of the bank to Ada.
fn echo(text: &str) -> Value {
    let mut echo = post(SENT_AS, ("4711", "ada"), text);
    echo["to"] = echo["author"].take();
    echo["author"] = json!({ "handle": "bank" });
    echo
}

/// The messages of a conversation, newest first.
async fn messages(app: &BrandApp<'_>, id: &Value) -> Vec<Value> {
    whole(app, id).await["messages"]["nodes"].as_array().unwrap().clone()
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
        let read = outgoing(&bank, &claimed[0]).await;
        assert_eq!(*read.data("/brand/outgoingReply"), json!({ "channel": "X", "visibility": "PRIVATE", "accountId": "4711",
            "handle": "ada", "from": "bank", "answers": "1", "text": "Dear Adaline, we call +15125550142" }));
        let seen = ada.disclosures(10).await;
        assert_eq!(seen.len(), before + 1, "whoever sends it has read it");
        assert_eq!(seen[0]["fields"].as_array().unwrap().len(), 2);
        assert_eq!(report_as(&bank, &claimed[0], "SENT", "").await.mistakes("reportReply"), ["INVALID channelMessageId"]);
        let sent = report(&bank, &claimed[0], "SENT").await;
        assert_eq!(sent.done("reportReply")["message"]["delivery"], "SENT");
        report(&bank, &claimed[0], "SENT").await.done("reportReply");
        let delivered = report(&bank, &claimed[0], "DELIVERED").await;
        assert_eq!(delivered.done("reportReply")["message"]["delivery"], "DELIVERED");
        assert_eq!(outgoing(&bank, &claimed[0]).await.data("/brand/outgoingReply"), &Value::Null);
        arrive(&world, "X", &echo("Dear Adaline, we call +15125550142 ...")).await;
        assert_eq!(messages(&bank, &id).await.len(), 2, "the channel tells of the same");
    }

    async fn what_the_channel_tells_before_its_sender_does_is_the_same_reply(world) {
        let (bank, _, _, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        arrive(&world, "X", &echo("Dear Adaline, we call you")).await;
        assert_eq!(messages(&bank, &id).await.len(), 3);
        report(&bank, &claimed[0], "SENT").await.done("reportReply");
        let found = whole(&bank, &id).await;
        assert_eq!(found["messages"]["nodes"].as_array().unwrap().len(), 2, "{found:#}");
        let own = &claimed[0]["messageId"];
        assert_eq!((&found["messages"]["nodes"][0]["id"], &found["lastMessage"]["id"]), (own, own));
    }

    async fn what_the_channel_tells_in_the_very_words_is_the_reply_though_nobody_says_so(world) {
        let (bank, ada, grant, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        arrive(&world, "X", &echo("Dear Adaline, we call +15125550142")).await;
        let found = messages(&bank, &id).await;
        assert_eq!((found.len(), &found[0]["delivery"]), (2, &json!("SENT")));
        assert_eq!(found[0]["text"], "Dear {{ name.displayName }}, we call {{ contact.phone }}");
        let mut edited = echo("Dear Adaline, we call +15125550142 today");
        edited["occurredAt"] = json!(world.time(1));
        tell(&world, "X", "message.edited", &edited).await;
        ada.withdraw(&grant).await;
        let found = whole(&bank, &id).await.to_string();
        assert!(!found.contains("Adaline") && !found.contains("5125550142"), "{found}");
        let copy = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await).send().await;
        let copy = Reply::of(copy).await;
        let own = &copy.body["messages"][1];
        assert_eq!((&own["text"], &own["delivery"]), (&json!("Dear Adaline, we call +15125550142 today"), &json!("SENT")));
        assert_eq!(report(&bank, &claimed[0], "SENT").await.done("reportReply")["message"]["delivery"], "SENT");
    }

    async fn a_report_under_the_id_of_another_message_takes_nothing_away(world) {
        let (bank, _, _, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        let sent = report_as(&bank, &claimed[0], "SENT", "1").await;
        assert_eq!(sent.done("reportReply")["message"]["delivery"], "SENT");
        let found = messages(&bank, &id).await;
        assert_eq!((found.len(), &found[1]["text"]), (2, &json!("card declined")), "what she wrote is hers");
        reply(&bank, &id, "one more").await;
        let again = claim(&bank).await;
        report(&bank, &again[0], "SENT").await.done("reportReply");
        reply(&bank, &id, "and one").await;
        let third = claim(&bank).await;
        report(&bank, &third[0], "SENT").await.done("reportReply");
        assert_eq!(messages(&bank, &id).await.len(), 4, "nor of another reply");
    }

    async fn what_is_taken_back_before_anybody_names_it_stays_so(world) {
        let (bank, _, _, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        tell(&world, "X", "message.deleted", &json!({ "id": SENT_AS, "author": { "handle": "bank" } })).await;
        report(&bank, &claimed[0], "SENT").await.done("reportReply");
        let found = messages(&bank, &id).await;
        assert_eq!((found.len(), &found[0]["text"]), (2, &Value::Null));
        assert_eq!(only(&bank).await["status"], "OPEN", "she has no answer");
    }

    async fn what_is_withdrawn_before_it_is_sent_is_neither_read_nor_sent(world) {
        let (bank, ada, grant, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        ada.withdraw(&grant).await;
        let read = outgoing(&bank, &claimed[0]).await;
        assert_eq!(read.data("/brand/outgoingReply/text"), &Value::Null);
        assert!(!read.text.contains("Adaline") && !read.text.contains("5125550142"), "{}", read.text);
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
        let read = outgoing(&bank, &claimed[0]).await;
        assert_eq!(read.data("/brand/outgoingReply/text"), &Value::Null, "it rests on another grant");
        report(&bank, &claimed[0], "RETRY").await.done("reportReply");
        world.pass(MINUTE);
        assert_eq!(claim(&bank).await, [Value::Null; 0]);
        assert_eq!(messages(&bank, &id).await[0]["delivery"], "WITHHELD");
        let late = report(&bank, &claimed[0], "SENT").await;
        assert_eq!(late.mistakes("reportReply"), ["NOT_FOUND messageId"]);
    }

    async fn what_an_app_says_nothing_of_is_uncertain_until_it_does(world) {
        let (bank, _, _, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        world.pass(5 * MINUTE - 1);
        world.work().await;
        assert_eq!(messages(&bank, &id).await[0]["delivery"], "SENDING");
        world.pass(1);
        world.work().await;
        assert_eq!(messages(&bank, &id).await[0]["delivery"], "UNCERTAIN");
        assert_eq!(claim(&bank).await, [Value::Null; 0]);
        let refused = report(&bank, &claimed[0], "RETRY").await;
        assert_eq!(refused.mistakes("reportReply"), ["NOT_FOUND messageId"], "that would send it twice");
        let late = report(&bank, &claimed[0], "SENT").await;
        assert_eq!(late.done("reportReply")["message"]["delivery"], "SENT", "better late than never");
    }

    async fn what_is_said_of_an_earlier_attempt_disturbs_nobody_who_has_it_now(world) {
        let (bank, _, _, id) = begun(&world).await;
        let first = claim(&bank).await;
        report(&bank, &first[0], "RETRY").await.done("reportReply");
        world.pass(MINUTE);
        let second = claim(&bank).await;
        assert_eq!((&first[0]["attempt"], &second[0]["attempt"]), (&json!(1), &json!(2)));
        for outcome in ["RETRY", "REFUSED", "UNKNOWN"] {
            let late = report(&bank, &first[0], outcome).await;
            assert_eq!(late.mistakes("reportReply"), ["NOT_FOUND messageId"], "{outcome}");
        }
        assert_eq!(messages(&bank, &id).await[0]["delivery"], "SENDING");
        for attempt in [3, 0, -1] {
            let invented = json!({ "messageId": second[0]["messageId"], "attempt": attempt });
            assert_eq!(report(&bank, &invented, "SENT").await.mistakes("reportReply"), ["NOT_FOUND messageId"]);
        }
        report(&bank, &second[0], "REFUSED").await.done("reportReply");
        let again = report(&bank, &second[0], "REFUSED").await;
        assert_eq!(again.done("reportReply")["message"]["delivery"], "FAILED", "saying it twice does no harm");
        assert_eq!(report(&bank, &second[0], "SENT").await.mistakes("reportReply"), ["NOT_FOUND messageId"]);
    }

    async fn what_was_queued_again_and_has_gone_out_after_all_is_not_sent_twice(world) {
        let (bank, _, _, _) = begun(&world).await;
        let claimed = claim(&bank).await;
        report(&bank, &claimed[0], "UNKNOWN").await.done("reportReply");
        let again = json!({ "messageId": claimed[0]["messageId"] });
        act(&bank, "resendReply", again, "message { id }").await.done("resendReply");
        let late = report(&bank, &claimed[0], "SENT").await;
        assert_eq!(late.done("reportReply")["message"]["delivery"], "SENT");
        assert_eq!(claim(&bank).await, [Value::Null; 0]);
    }

    async fn what_nobody_takes_for_three_days_has_failed_and_the_customer_waits_again(world) {
        let (bank, _, _, id) = begun(&world).await;
        world.pass(3 * DAY);
        world.work().await;
        assert_eq!(messages(&bank, &id).await[0]["delivery"], "QUEUED");
        world.pass(1);
        world.work().await;
        assert_eq!(messages(&bank, &id).await[0]["delivery"], "FAILED");
        assert_eq!(only(&bank).await["status"], "OPEN");
    }

    async fn an_answer_and_what_the_channel_tells_of_it_may_come_at_the_same_moment(world) {
        let (bank, _, _, id) = begun(&world).await;
        let claimed = claim(&bank).await;
        let told = echo("Dear Adaline, we call you");
        let (reported, ()) = tokio::join!(report(&bank, &claimed[0], "SENT"), arrive(&world, "X", &told));
        reported.done("reportReply");
        assert_eq!(messages(&bank, &id).await.len(), 2);
    }

    async fn only_apps_of_the_brand_that_answer_customers_send_for_it(world) {
        let (bank, _, _, _) = begun(&world).await;
        let shop = reached(&world, "shop").await;
        assert_eq!(claim(&shop).await, [Value::Null; 0]);
        let narrow = world.app("bank", "narrow", &["NAME"], &["CUSTOMER_CARE"]).await;
        assert_eq!(claim(&narrow).await, [Value::Null; 0], "it is not registered for CONTACT");
        let claimed = claim(&bank).await;
        assert_eq!(outgoing(&shop, &claimed[0]).await.data("/brand/outgoingReply"), &Value::Null);
        assert_eq!(report(&shop, &claimed[0], "SENT").await.mistakes("reportReply"), ["NOT_FOUND messageId"]);
        for channels in [json!(["X", "EMAIL"]), json!([])] {
            let refused = act(&bank, "claimReplies", json!({ "channels": channels }), "claims { attempt }").await;
            assert_eq!(refused.mistakes("claimReplies"), ["UNSUPPORTED_CHANNEL channels"]);
        }
        let nils = tests::StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let person = nils.act("claimReplies", json!({ "channels": ["X"] }), "claims { attempt }").await;
        assert_eq!(person.code(), "FORBIDDEN");
        let id = json!({ "id": claimed[0]["messageId"] });
        assert_eq!(nils.ask(OUTGOING, id).await.code(), "FORBIDDEN");
        let ads = world.app("bank", "ads", &["NAME"], &["PERSONALISATION"]).await;
        assert_eq!(outgoing(&ads, &claimed[0]).await.code(), "FORBIDDEN");
        let refused = outgoing(&narrow, &claimed[0]).await;
        assert_eq!(refused.code(), "FORBIDDEN", "it is not registered for CONTACT: {}", refused.text);
    }

    async fn mail_is_this_servers_and_no_app_says_what_came_of_it(world) {
        let begun = sending::begun(&world).await;
        let message = reply(&begun.bank, &begun.id, "We are on it").await;
        let claim = json!({ "messageId": message, "attempt": 1 });
        for outcome in ["SENT", "DELIVERED", "REFUSED"] {
            assert_eq!(report(&begun.bank, &claim, outcome).await.mistakes("reportReply"), ["NOT_FOUND messageId"]);
        }
        world.work().await;
        for outcome in ["SENT", "DELIVERED", "REFUSED"] {
            assert_eq!(report(&begun.bank, &claim, outcome).await.mistakes("reportReply"), ["NOT_FOUND messageId"]);
        }
        assert_eq!(messages(&begun.bank, &begun.id).await[0]["delivery"], "SENT");
    }
}

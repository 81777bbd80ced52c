//! Replies: filled in under the law, queued once, sent once, and only while what they hold is shared.

use std::sync::Arc;

use api::mail::Mailer;
use entity::kinds::AppStatus;
use entity::kinds::StaffRole::Agent;
use serde_json::{Value, json};
use tests::post_office::{Manner, PostOffice};
use tests::world::MINUTE;
use tests::{BrandApp, Customer, Reply, StaffPerson, World, on_both_databases};

use super::{arrive, only, post, queue, reached, whole};
use crate::consent::refusing::suspend;
use crate::erasure::erase;

const ADDRESS: &str = "ada@mail.example.org";
const SENT: &str =
    "conversation { id status version waitingSince } message { id kind visibility text delivery staffId subject }";

/// A mail of Ada's to the bank.
fn letter(id: &str, text: &str) -> Value {
    json!({ "id": id, "subject": "My card", "author": { "handle": ADDRESS, "name": "Ada M." },
        "to": { "handle": "care@bank.example.org" }, "text": text })
}

/// Ada, who has written to the bank by mail and lets it know her name, and somebody who answers there.
pub struct Begun<'w> {
    pub bank: BrandApp<'w>,
    pub ada: Customer<'w>,
    pub nils: StaffPerson<'w>,
    pub grant: String,
    pub id: Value,
}

pub async fn begun(world: &World) -> Begun<'_> {
    let bank = reached(world, "bank").await;
    let ada = world.customer("Ada").await;
    ada.link_email(ADDRESS).await;
    let profile = json!({ "name": { "displayName": "Adaline" }, "contact": { "phone": "+15125550142" } });
    ada.act("updateProfile", profile, "").await.done("updateProfile");
    let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
    arrive(world, "EMAIL", &letter("<q1@mail.example.org>", "card declined")).await;
    let id = only(&bank).await["id"].clone();
    let nils = StaffPerson::join(world, "bank", Agent, "Nils").await;
    Begun { bank, ada, nils, grant, id }
}

/// Sends a private reply.
async fn reply(who: &StaffPerson<'_>, id: &Value, template: &str) -> Reply {
    let input = json!({ "conversationId": id, "template": template, "visibility": "PRIVATE" });
    who.act("sendReply", input, SENT).await
}

/// How far the newest message has come.
async fn delivery(bank: &BrandApp<'_>, id: &Value) -> Value {
    whole(bank, id).await["messages"]["nodes"][0]["delivery"].clone()
}

/// The newest mail to Ada that is no code.
fn mailed(world: &World) -> Vec<String> {
    let to = format!("To: {ADDRESS}");
    world.mails().into_iter().filter(|mail| mail.contains(&to) && mail.contains("From: \"The bank\"")).collect()
}

/// Lets the workers send by this server.
async fn work_by(world: &World, url: &str) {
    let mailer = Mailer::new(url, "Rapport <no-reply@example.org>").expect("the setting is well formed");
    let deps = api::deps::Deps { mailer: Arc::new(mailer), ..world.deps.clone() };
    api::worker::replies::run_once(&deps).await.expect("the outbox can be read");
}

on_both_databases! {
    async fn a_reply_by_mail_goes_out_with_what_is_shared_and_the_brand_keeps_it_as_it_was_written(world) {
        let Begun { bank, ada, nils, id, .. } = begun(&world).await;
        let template = "Dear {{ name.displayName || 'customer' }}, we call {{ contact.phone }}. {{ agent.name }}";
        let sent = reply(&nils, &id, template).await;
        let sent = sent.done("sendReply");
        assert_eq!((&sent["message"]["delivery"], &sent["message"]["text"], &sent["message"]["staffId"]),
            (&json!("QUEUED"), &json!(template), &json!(nils.id)));
        assert_eq!((&sent["conversation"]["status"], &sent["conversation"]["waitingSince"]), (&json!("PENDING"), &Value::Null));
        let seen = ada.disclosures(1).await;
        assert_eq!(seen[0]["purpose"], "CUSTOMER_CARE");
        assert_eq!(seen[0]["fields"].as_array().unwrap().iter().map(|field| &field["path"]).collect::<Vec<_>>(),
            ["contact.phone", "name.displayName"]);
        world.work().await;
        let mails = mailed(&world);
        assert_eq!(mails.len(), 1);
        for line in ["From: \"The bank\" <care@bank.example.org>", "To: ada@mail.example.org", "Subject: Re: My card",
            "In-Reply-To: <q1@mail.example.org>", "References: <q1@mail.example.org>", "@bank.example.org>",
            "Dear Adaline, we call +15125550142. Nils"] {
            assert!(mails[0].contains(line), "{line} in {}", mails[0]);
        }
        let kept = whole(&bank, &id).await;
        assert_eq!((&kept["messages"]["nodes"][0]["text"], &kept["messages"]["nodes"][0]["delivery"]), (&json!(template), &json!("SENT")));
        assert!(!kept.to_string().contains("Adaline") && !kept.to_string().contains("5125550142"), "{kept:#}");
        world.work().await;
        assert_eq!(mailed(&world).len(), 1, "once");
        let copy = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await).send().await;
        let copy = Reply::of(copy).await;
        let own: Vec<&Value> = copy.body["messages"].as_array().unwrap().iter().map(|one| &one["text"]).collect();
        assert_eq!(own, ["card declined", "Dear Adaline, we call +15125550142. Nils"], "she has what was sent to her");
    }

    async fn what_is_not_shared_any_more_when_its_turn_comes_does_not_go_out(world) {
        let Begun { bank, ada, nils, grant, id } = begun(&world).await;
        let amend = json!({ "grantId": grant, "scopes": ["NAME"] });
        let again = json!({ "grantId": grant });
        let waits = only(&bank).await["waitingSince"].clone();
        for (act, input, back) in [("pauseConsent", again.clone(), Some("resumeConsent")), ("amendConsent", amend, None)] {
            reply(&nils, &id, "We call {{ contact.phone }}").await.done("sendReply");
            world.pass(MINUTE);
            ada.act(act, input, "userErrors { code }").await.done(act);
            world.work().await;
            assert_eq!(delivery(&bank, &id).await, "WITHHELD", "{act}");
            let now = only(&bank).await;
            assert_eq!((&now["status"], &now["waitingSince"]), (&json!("OPEN"), &waits), "she still waits");
            if let Some(back) = back {
                ada.act(back, again.clone(), "userErrors { code }").await.done(back);
            }
        }
        reply(&nils, &id, "Dear {{ name.displayName }}, wait").await.done("sendReply");
        reply(&nils, &id, "Dear customer, wait").await.done("sendReply");
        world.pass(MINUTE);
        ada.withdraw(&grant).await;
        world.work().await;
        let messages = whole(&bank, &id).await["messages"]["nodes"].clone();
        let states: Vec<&Value> = messages.as_array().unwrap().iter().map(|one| &one["delivery"]).collect();
        assert_eq!(states, [&json!("SENT"), &json!("WITHHELD"), &json!("WITHHELD"), &json!("WITHHELD"), &Value::Null]);
        assert_eq!(mailed(&world).len(), 1);
        assert!(mailed(&world)[0].contains("Dear customer, wait"), "it holds nothing of hers");
        let again = nils.act("resendReply", json!({ "messageId": messages[1]["id"] }), "message { id }").await;
        assert_eq!(again.mistakes("resendReply"), ["NOT_FOUND messageId"]);
    }

    async fn a_new_grant_does_not_stand_in_for_the_one_that_a_reply_rests_on(world) {
        let Begun { bank, ada, nils, grant, id } = begun(&world).await;
        reply(&nils, &id, "Dear {{ name.displayName }}").await.done("sendReply");
        ada.withdraw(&grant).await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT"]).await;
        world.work().await;
        assert_eq!((delivery(&bank, &id).await, mailed(&world).len()), (json!("WITHHELD"), 0));
    }

    async fn nothing_goes_out_for_an_app_that_is_suspended_nor_to_somebody_who_is_erased(world) {
        let Begun { bank, ada, nils, id, .. } = begun(&world).await;
        let input = json!({ "conversationId": id, "template": "Dear {{ name.displayName }}", "visibility": "PRIVATE" });
        let mutation = "mutation($input: SendReplyInput!) { sendReply(input: $input) { message { delivery } userErrors { code } } }";
        let queued = bank.ask(mutation, json!({ "input": input })).await;
        assert_eq!(queued.done("sendReply")["message"]["delivery"], "QUEUED");
        assert!(suspend(&bank, &world, AppStatus::Suspended).await);
        world.work().await;
        let whole = async || {
            let query = "query($id: ID!) { brand { conversation(id: $id) { messages { nodes { delivery text } } } } }";
            nils.ask(query, json!({ "id": id })).await.data("/brand/conversation/messages/nodes").clone()
        };
        assert_eq!(whole().await[0]["delivery"], "WITHHELD");
        reply(&nils, &id, "We are on it").await.done("sendReply");
        erase(&ada).await;
        world.work().await;
        let gone = whole().await;
        assert_eq!((&gone[0]["delivery"], &gone[0]["text"]), (&json!("WITHHELD"), &Value::Null));
        assert_eq!(mailed(&world).len(), 0);
        let late = reply(&nils, &id, "We are on it").await;
        assert_eq!(late.mistakes("sendReply"), ["WRONG_STATE conversationId"]);
    }

    async fn nothing_goes_to_an_address_that_is_somebody_elses_by_now(world) {
        let Begun { bank, nils, id, .. } = begun(&world).await;
        reply(&nils, &id, "We are on it").await.done("sendReply");
        let bob = world.customer("Bob").await;
        bob.link_email(ADDRESS).await;
        world.work().await;
        assert_eq!((delivery(&bank, &id).await, mailed(&world).len()), (json!("WITHHELD"), 0));
        let late = reply(&nils, &id, "We are on it").await;
        assert_eq!(late.mistakes("sendReply"), ["WRONG_STATE conversationId"]);
    }

    async fn what_is_shared_with_a_brand_does_not_go_to_an_address_that_is_not_hers_any_more(world) {
        let Begun { bank, ada, nils, id, .. } = begun(&world).await;
        reply(&nils, &id, "We call {{ contact.phone }}").await.done("sendReply");
        reply(&nils, &id, "We call you").await.done("sendReply");
        let links = ada.ask("{ me { links { nodes { id } } } }", json!({})).await;
        let link = links.data("/me/links/nodes/0/id").clone();
        ada.act("unlink", json!({ "linkId": link }), "unlinkedId").await.done("unlink");
        world.work().await;
        let states: Vec<Value> = whole(&bank, &id).await["messages"]["nodes"].as_array().unwrap().iter()
            .map(|one| one["delivery"].clone()).collect();
        assert_eq!(states, [json!("SENT"), json!("WITHHELD"), Value::Null], "the grant lives, and the address is nobody's");
        assert_eq!(mailed(&world).len(), 1);
    }

    async fn a_reply_that_cannot_be_sent_as_it_is_says_why_and_nothing_is_queued(world) {
        let Begun { bank, nils, id, .. } = begun(&world).await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        let on_x = queue(&bank).await.into_iter().find(|one| one["correspondent"]["channel"] == "X").unwrap()["id"].clone();
        let seen = only_of(&bank, &id).await;
        let mut late = json!({ "version": seen["version"].as_i64().unwrap() - 1 });
        let no_reply = async |change: &mut Value, mistake: &str| {
            let mut input = json!({ "conversationId": id, "template": "We are on it", "visibility": "PRIVATE" });
            input.as_object_mut().unwrap().append(change.as_object_mut().unwrap());
            let refused = nils.act("sendReply", input, SENT).await;
            assert_eq!(refused.mistakes("sendReply"), [mistake], "{}", refused.text);
            assert!(!refused.text.contains("5125550142") && !refused.text.contains("Adaline"), "{}", refused.text);
        };
        no_reply(&mut late, "WRONG_STATE version").await;
        no_reply(&mut json!({ "conversationId": "conversation_nothing" }), "NOT_FOUND conversationId").await;
        no_reply(&mut json!({ "template": " \n" }), "INVALID template").await;
        no_reply(&mut json!({ "template": "{{ name.nickname }}" }), "INVALID template").await;
        no_reply(&mut json!({ "template": "{{ area.postalCode }}" }), "WRONG_STATE template").await;
        no_reply(&mut json!({ "template": "{{ contact.email }}" }), "WRONG_STATE template").await;
        no_reply(&mut json!({ "visibility": "PUBLIC" }), "INVALID visibility").await;
        no_reply(&mut json!({ "idempotencyKey": "x".repeat(201) }), "INVALID idempotencyKey").await;
        let public = json!({ "conversationId": on_x, "visibility": "PUBLIC", "template": "call {{ contact.phone || 'us' }}" });
        no_reply(&mut public.clone(), "INVALID template").await;
        for id in [&id, &on_x] {
            let said = whole(&bank, id).await;
            assert_eq!(said["messages"]["nodes"].as_array().unwrap().len(), 1);
        }
        assert_eq!(only_of(&bank, &id).await, seen);
        let queued = nils.act("sendReply", json!({ "conversationId": on_x, "visibility": "PUBLIC", "template": "We are on it" }), SENT).await;
        assert_eq!(queued.done("sendReply")["message"]["delivery"], "QUEUED");
        world.work().await;
        assert_eq!((delivery(&bank, &on_x).await, mailed(&world).len()), (json!("QUEUED"), 0), "mail goes by mail only");
    }

    async fn the_same_reply_under_the_same_key_is_sent_once_however_often_it_is_asked_for(world) {
        let Begun { bank, nils, id, .. } = begun(&world).await;
        let version = only(&bank).await["version"].clone();
        let input = json!({ "conversationId": id, "version": version, "template": "Dear {{ name.displayName }}", "visibility": "PRIVATE",
            "idempotencyKey": "reply-1" });
        let both = tokio::join!(nils.act("sendReply", input.clone(), SENT), nils.act("sendReply", input.clone(), SENT));
        let first = both.0.done("sendReply")["message"]["id"].clone();
        assert_eq!(both.1.done("sendReply")["message"]["id"], first);
        world.work().await;
        let again = nils.act("sendReply", input.clone(), SENT).await;
        assert_eq!((&again.done("sendReply")["message"]["id"], &again.done("sendReply")["message"]["delivery"]), (&first, &json!("SENT")));
        for (field, other) in [("template", json!("Dear customer")), ("visibility", json!("PUBLIC"))] {
            let mut another = input.clone();
            another[field] = other;
            another["template"] = json!("Dear customer");
            let refused = nils.act("sendReply", another, SENT).await;
            assert_eq!(refused.mistakes("sendReply"), ["TAKEN idempotencyKey"]);
        }
        world.work().await;
        assert_eq!((mailed(&world).len(), whole(&bank, &id).await["messages"]["nodes"].as_array().unwrap().len()), (1, 2));
    }

    async fn what_the_mail_server_says_decides_what_becomes_of_a_reply(world) {
        let Begun { bank, nils, id, .. } = begun(&world).await;
        let mut office = PostOffice::open().await;
        let waits = only(&bank).await["waitingSince"].clone();
        let now = async || (delivery(&bank, &id).await, only(&bank).await["waitingSince"].clone());
        reply(&nils, &id, "one").await.done("sendReply");
        work_by(&world, "smtp://127.0.0.1:1?tls=none").await;
        assert_eq!(now().await, (json!("QUEUED"), Value::Null), "nobody listens there");
        office.behave(Manner::SaysOfWhom("451 later"));
        world.pass(MINUTE);
        work_by(&world, &office.url).await;
        assert_eq!((now().await.0, office.count()), (json!("QUEUED"), 0));
        work_by(&world, &office.url).await;
        assert_eq!(office.count(), 0, "not before its time");
        world.pass(2 * MINUTE);
        office.behave(Manner::Takes);
        work_by(&world, &office.url).await;
        assert_eq!(now().await, (json!("SENT"), Value::Null));
        assert!(office.next().await.contains("one"));

        reply(&nils, &id, "two").await.done("sendReply");
        office.behave(Manner::SaysOfWhom("550 nobody of that name"));
        work_by(&world, &office.url).await;
        assert_eq!(now().await, (json!("FAILED"), Value::Null), "she has the first one");
        let failed = whole(&bank, &id).await["messages"]["nodes"][0]["id"].clone();
        let again = nils.act("resendReply", json!({ "messageId": failed }), SENT).await;
        assert_eq!(again.done("resendReply")["message"]["delivery"], "QUEUED");
        office.behave(Manner::SaysOfAll("554 it looks like spam"));
        work_by(&world, &office.url).await;
        assert_eq!((now().await.0, office.next().await.contains("two")), (json!("FAILED"), true));

        world.pass(MINUTE);
        arrive(&world, "EMAIL", &letter("<q2@mail.example.org>", "are you there?")).await;
        let since = only(&bank).await["waitingSince"].clone();
        assert_ne!(since, waits);
        reply(&nils, &id, "three").await.done("sendReply");
        office.behave(Manner::SaysOfWhom("451 later"));
        for _ in 0..200 {
            work_by(&world, &office.url).await;
            world.pass(30 * MINUTE);
        }
        assert_eq!(now().await, (json!("FAILED"), since), "after three days; she waits again");
    }

    async fn what_may_have_gone_out_is_not_sent_again_by_itself(world) {
        let Begun { bank, nils, id, .. } = begun(&world).await;
        let mut office = PostOffice::open().await;
        reply(&nils, &id, "one").await.done("sendReply");
        office.behave(Manner::BreaksOff);
        work_by(&world, &office.url).await;
        assert_eq!(delivery(&bank, &id).await, "UNCERTAIN");
        office.next().await;
        world.pass(4 * MINUTE);
        office.behave(Manner::Takes);
        work_by(&world, &office.url).await;
        assert_eq!((delivery(&bank, &id).await, office.count()), (json!("UNCERTAIN"), 0));
        let message = whole(&bank, &id).await["messages"]["nodes"][0]["id"].clone();
        nils.act("resendReply", json!({ "messageId": message }), SENT).await.done("resendReply");
        work_by(&world, &office.url).await;
        assert_eq!((delivery(&bank, &id).await, office.count()), (json!("SENT"), 1), "somebody has said so");
        let again = nils.act("resendReply", json!({ "messageId": message }), SENT).await;
        assert_eq!(again.mistakes("resendReply"), ["NOT_FOUND messageId"]);
        office.next().await;

        reply(&nils, &id, "two").await.done("sendReply");
        office.behave(Manner::IsSilent);
        let url = office.url.clone();
        tokio::select! {
            () = work_by(&world, &url) => panic!("the server says nothing"),
            _ = office.next() => {}
        }
        assert_eq!(delivery(&bank, &id).await, "SENDING", "whoever was sending it has died");
        office.behave(Manner::Takes);
        work_by(&world, &office.url).await;
        assert_eq!((delivery(&bank, &id).await, office.count()), (json!("SENDING"), 0));
        world.pass(5 * MINUTE);
        work_by(&world, &office.url).await;
        assert_eq!((delivery(&bank, &id).await, office.count()), (json!("UNCERTAIN"), 0));
    }
}

/// This conversation as the list shows it.
async fn only_of(bank: &BrandApp<'_>, id: &Value) -> Value {
    queue(bank).await.into_iter().find(|one| one["id"] == *id).expect("it is in the list")
}

//! What customers and brands said belongs in the customer's copy, and ends with the customer.

use entity::kinds::StaffRole::Agent;
use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{Reply, StaffPerson, on_both_databases};

use super::{arrive, only, post, profile, queue, reached, tell, whole};
use crate::erasure::erase;
use crate::linking::prove;

on_both_databases! {
    async fn the_copy_holds_what_was_said_from_ones_own_accounts_and_nothing_else(world) {
        let bank = reached(&world, "bank").await;
        let ada = world.customer("Ada").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "before the link")).await;
        prove(&world, &ada, "4711", "ada").await;
        let mut own = post("2", ("4711", "ada"), "we are on it");
        own["to"] = own["author"].take();
        own["author"] = json!({ "handle": "bank" });
        arrive(&world, "X", &own).await;
        arrive(&world, "X", &post("3", ("815", "bob"), "of somebody else")).await;
        let id = queue(&bank).await.into_iter().find(|one| one["correspondent"]["handle"] == "ada").unwrap()["id"].clone();
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        nils.act("addNote", json!({ "conversationId": id, "text": "among colleagues" }), "").await.done("addNote");
        let copy = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await).send().await;
        let copy = Reply::of(copy).await;
        let messages = copy.body["messages"].as_array().unwrap();
        let said: Vec<_> = messages.iter().map(|one| (&one["kind"], &one["text"], &one["brand"]["slug"])).collect();
        assert_eq!(said, [
            (&json!("INBOUND"), &json!("before the link"), &json!("bank")),
            (&json!("OUTBOUND"), &json!("we are on it"), &json!("bank")),
        ]);
    }

    async fn what_somebody_else_wrote_from_an_address_before_it_was_proven_is_not_in_the_copy(world) {
        reached(&world, "bank").await;
        let letter = async |text: &str| {
            let to = json!({ "handle": "care@bank.example.org" });
            let data = json!({ "id": text, "author": { "handle": "shared@example.org" }, "to": to, "text": text });
            arrive(&world, "EMAIL", &data).await;
        };
        letter("of whoever had it before").await;
        world.pass(DAY);
        let ada = world.customer("Ada").await;
        ada.link_email("shared@example.org").await;
        letter("hers").await;
        world.pass(20 * DAY);
        ada.link_email("shared@example.org").await;
        letter("hers still").await;
        let copy = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await).send().await;
        let copy = Reply::of(copy).await;
        let texts: Vec<_> = copy.body["messages"].as_array().expect("a list").iter().map(|one| &one["text"]).collect();
        assert_eq!(texts, ["hers", "hers still"]);
        world.pass(31 * DAY);
        letter("of whoever has it now").await;
        let copy = world.http.post(format!("{}/export", world.url)).bearer_auth(ada.token().await).send().await;
        let copy = Reply::of(copy).await;
        assert_eq!(copy.body["messages"].as_array().map(Vec::len), Some(2), "a proof that has run out proves nothing");
    }

    async fn an_address_that_goes_to_somebody_else_begins_anew(world) {
        let bank = reached(&world, "bank").await;
        let letter = async |text: &str| {
            let to = json!({ "handle": "care@bank.example.org" });
            let data = json!({ "id": text, "author": { "handle": "shared@example.org" }, "to": to, "text": text });
            arrive(&world, "EMAIL", &data).await;
        };
        let ada = world.customer("Ada").await;
        ada.link_email("shared@example.org").await;
        letter("of Ada").await;
        let first = only(&bank).await["id"].clone();
        world.pass(MINUTE);
        let ben = world.customer("Ben").await;
        ben.link_email("shared@example.org").await;
        ben.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let seen = profile(&nils, &first, "name { displayName }").await;
        assert_eq!(seen.data("/brand/conversation/profile"), &Value::Null, "what Ada wrote is not with Ben");
        letter("of Ben").await;
        let all = queue(&bank).await;
        assert_eq!(all.len(), 2);
        let second = all.iter().find(|one| one["lastMessage"]["text"] == "of Ben").unwrap();
        let seen = profile(&nils, &second["id"], "name { displayName }").await;
        assert_eq!(seen.data("/brand/conversation/profile/name/displayName"), "Ben");
        assert_eq!(whole(&bank, &first).await["correspondent"]["handle"], "shared@example.org", "the bank keeps what it got");
        let copy = world.http.post(format!("{}/export", world.url)).bearer_auth(ben.token().await).send().await;
        let copy = Reply::of(copy).await;
        let texts: Vec<_> = copy.body["messages"].as_array().expect("a list").iter().map(|one| &one["text"]).collect();
        assert_eq!(texts, ["of Ben"]);
    }

    async fn after_an_erasure_nothing_of_what_was_said_is_left_and_the_account_is_a_stranger(world) {
        let bank = reached(&world, "bank").await;
        let ada = world.customer("Ada").await;
        prove(&world, &ada, "4711", "ada").await;
        let said = post("1", ("4711", "ada"), "card declined");
        arrive(&world, "X", &said).await;
        let id = only(&bank).await["id"].clone();
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        nils.act("addNote", json!({ "conversationId": id, "text": "poor Ada" }), "").await.done("addNote");
        erase(&ada).await;
        let found = whole(&bank, &id).await;
        assert_eq!(found["correspondent"]["handle"], Value::Null);
        let left: Vec<_> = found["messages"]["nodes"].as_array().unwrap().iter().map(|one| &one["text"]).collect();
        assert_eq!(left, [&Value::Null, &Value::Null], "the note about her neither");
        let noted = nils.act("addNote", json!({ "conversationId": id, "text": "and now" }), "").await;
        assert_eq!(noted.mistakes("addNote"), ["WRONG_STATE conversationId"]);
        arrive(&world, "X", &said).await;
        let mut edited = said.clone();
        edited["text"] = json!("changed afterwards");
        edited["occurredAt"] = json!(world.time(0));
        assert_eq!(tell(&world, "X", "message.edited", &edited).await.status, 202);
        assert_eq!(whole(&bank, &id).await["messages"]["nodes"][1]["text"], Value::Null, "nothing comes back");
        arrive(&world, "X", &post("2", ("4711", "ada"), "a new word")).await;
        assert_eq!(queue(&bank).await.len(), 2, "with somebody whom nobody knows");
    }
}

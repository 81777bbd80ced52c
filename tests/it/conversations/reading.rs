//! Who reads what was written to a brand, and who its author is: that takes a grant and leaves a record.

use entity::kinds::StaffRole::{Admin, Agent, Executive};
use serde_json::{Value, json};
use tests::world::{ALL_SCOPES, DAY};
use tests::{StaffPerson, on_both_databases};

use super::{SUMMARY, arrive, only, post, profile, queue, reached, texts};
use crate::linking::prove;
use crate::tampering::tamper;

const QUEUE: &str = "{ brand { conversations { nodes { id } } } }";

on_both_databases! {
    async fn those_who_answer_for_a_brand_read_its_messages_and_nobody_else_does(world) {
        let bank = reached(&world, "bank").await;
        let counting = world.app("bank", "bank-counting", &ALL_SCOPES, &["ANALYTICS"]).await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "hello")).await;
        let id = only(&bank).await["id"].clone();
        for role in [Agent, Executive] {
            let who = StaffPerson::join(&world, "bank", role, role.as_str()).await;
            let seen = who.ask(QUEUE, json!({})).await;
            assert_eq!(seen.data("/brand/conversations/nodes/0/id"), &id);
        }
        let admin = StaffPerson::join(&world, "bank", Admin, "Asta").await;
        let note = json!({ "conversationId": id, "text": "mine" });
        let acts = "mutation($input: AddNoteInput!) { addNote(input: $input) { conversation { id } userErrors { code } } }";
        for reply in [
            admin.ask(QUEUE, json!({})).await,
            counting.ask(QUEUE, json!({})).await,
            admin.ask(acts, json!({ "input": note })).await,
            counting.ask(acts, json!({ "input": note })).await,
            world.customer("Ada").await.ask(acts, json!({ "input": note })).await,
        ] {
            assert_eq!(reply.code(), "FORBIDDEN", "{}", reply.text);
            assert!(!reply.text.contains("hello"), "{}", reply.text);
        }
        assert_eq!(world.ask(acts, json!({ "input": note })).await.code(), "UNAUTHENTICATED");
        let air = reached(&world, "air").await;
        let elsewhere = air.ask(acts, json!({ "input": note })).await;
        assert_eq!(elsewhere.mistakes("addNote").len(), 1, "as if there were none: {}", elsewhere.text);
    }

    async fn who_wrote_is_seen_with_a_grant_only_and_each_look_is_on_record(world) {
        let bank = reached(&world, "bank").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let ada = world.customer("Ada").await;
        prove(&world, &ada, "4711", "ada").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        let id = only(&bank).await["id"].clone();
        let seen = profile(&nils, &id, "name { displayName } contact { phone }").await;
        assert_eq!(seen.data("/brand/conversation/profile"), &Value::Null, "a stranger");
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let seen = profile(&nils, &id, "name { displayName } contact { phone }").await;
        assert_eq!(seen.data("/brand/conversation/profile"), &json!({ "name": { "displayName": "Ada" }, "contact": null }));
        let looked = ada.ask("{ me { disclosures { nodes { reader purpose answered grantId fields { path outcome } } } } }", json!({})).await;
        let newest = looked.data("/me/disclosures/nodes/0");
        assert_eq!((&newest["reader"], &newest["purpose"], &newest["grantId"]),
            (&json!("a care agent of The bank"), &json!("CUSTOMER_CARE"), &json!(grant)));
        assert_eq!(newest["fields"], json!([{ "path": "contact.phone", "outcome": "NOT_GRANTED" },
            { "path": "name.displayName", "outcome": "GRANTED" }]));
        ada.withdraw(&grant).await;
        let seen = profile(&nils, &id, "name { displayName }").await;
        assert_eq!(seen.data("/brand/conversation/profile"), &Value::Null, "at once");
        assert!(!seen.text.contains("Ada"), "{}", seen.text);
    }

    async fn a_conversation_is_with_an_account_and_not_with_whoever_has_its_handle_now(world) {
        let bank = reached(&world, "bank").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "from the first")).await;
        let id = only(&bank).await["id"].clone();
        let eve = world.customer("Eve").await;
        prove(&world, &eve, "666", "ada").await;
        eve.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let by_handle = bank.look_up_on("X", "ada", "CUSTOMER_CARE", "name { displayName }").await;
        assert_eq!(by_handle.data("/profile/name/displayName"), "Eve");
        let seen = profile(&nils, &id, "name { displayName }").await;
        assert_eq!(seen.data("/brand/conversation/profile"), &Value::Null);
        arrive(&world, "X", &post("2", ("666", "ada"), "from the second")).await;
        assert_eq!(queue(&bank).await.len(), 2, "one with each");
    }

    async fn an_account_that_was_proven_too_long_ago_shows_nobody(world) {
        let bank = reached(&world, "bank").await;
        let ada = world.customer("Ada").await;
        prove(&world, &ada, "4711", "ada").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "hello")).await;
        let id = only(&bank).await["id"].clone();
        world.pass(29 * DAY);
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        assert_ne!(profile(&nils, &id, "id").await.data("/brand/conversation/profile"), &Value::Null);
        world.pass(DAY);
        let nils = StaffPerson::join(&world, "bank", Agent, "Nora").await;
        assert_eq!(profile(&nils, &id, "id").await.data("/brand/conversation/profile"), &Value::Null);
    }

    async fn a_damaged_message_is_shown_without_its_text_and_hides_no_other(world) {
        let bank = reached(&world, "bank").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "the first")).await;
        world.pass(1_000);
        arrive(&world, "X", &post("2", ("4711", "ada"), "the second")).await;
        arrive(&world, "X", &post("3", ("815", "bob"), "of somebody else")).await;
        tamper(&world, "update message set key_id = key_id + 70 where occurred_at = (select min(occurred_at) from message)").await;
        let newest = "(select max(created_at) from correspondent)";
        tamper(&world, &format!("update correspondent set key_id = key_id + 70 where created_at < {newest} or channel = 'X'")).await;
        let all = queue(&bank).await;
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|one| one["correspondent"]["handle"].is_null()), "{all:#?}");
        let ada = all.iter().find(|one| one["lastMessage"]["text"] == "the second").expect("hers is there");
        assert_eq!(texts(&bank, &ada["id"]).await, [Value::Null, json!("the second")]);
    }

    async fn the_purpose_of_a_conversation_is_customer_care(world) {
        let bank = reached(&world, "bank").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "hello")).await;
        let id = only(&bank).await["id"].clone();
        let query = "query($id: ID!, $purpose: Purpose!) { brand { conversation(id: $id) { profile(purpose: $purpose) { id } } } }";
        let other = bank.ask(query, json!({ "id": id, "purpose": "ANALYTICS" })).await;
        assert_eq!(other.code(), "BAD_USER_INPUT", "{}", other.text);
        let two = r#"query($id: ID!) { brand { conversation(id: $id) { profile(purpose: CUSTOMER_CARE) { id } } }
            profile(by: { handle: { channel: X, handle: "ada" } }, purpose: ANALYTICS) { id } }"#;
        assert_eq!(bank.ask(two, json!({ "id": id })).await.status, 400, "one operation, one purpose");
    }

    async fn lists_come_in_pages_newest_first(world) {
        let bank = reached(&world, "bank").await;
        for (number, name) in ["ada", "bob", "cem", "dua", "eve"].into_iter().enumerate() {
            world.pass(1_000);
            arrive(&world, "X", &post(&format!("1-{number}"), (&format!("4{number}"), name), "hello")).await;
        }
        for number in 0..4 {
            world.pass(1_000);
            arrive(&world, "X", &post(&format!("2-{number}"), ("42", "cem"), &format!("and {number}"))).await;
        }
        let page = format!("query($after: String) {{ brand {{ conversations(first: 2, after: $after) {{
            nodes {{ {SUMMARY} }} pageInfo {{ endCursor hasNextPage }} }} }} }}");
        let (mut after, mut seen) = (Value::Null, Vec::new());
        loop {
            let reply = bank.ask(&page, json!({ "after": after })).await;
            let found = reply.data("/brand/conversations");
            seen.extend(found["nodes"].as_array().unwrap().iter().map(|one| one["correspondent"]["handle"].clone()));
            if found["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = found["pageInfo"]["endCursor"].clone();
        }
        assert_eq!(seen, ["cem", "eve", "dua", "bob", "ada"]);
        let first = only_of(&queue(&bank).await, "cem");
        let page = "query($id: ID!, $after: String) { brand { conversation(id: $id) { messages(first: 3, after: $after) {
            nodes { text } pageInfo { endCursor hasNextPage } } } } }";
        let one = bank.ask(page, json!({ "id": first })).await;
        let after = one.data("/brand/conversation/messages/pageInfo/endCursor");
        let two = bank.ask(page, json!({ "id": first, "after": after })).await;
        assert_eq!(two.data("/brand/conversation/messages/nodes"), &json!([{ "text": "and 0" }, { "text": "hello" }]));
        for bad in ["nonsense", "12", "x.conversation_AAAA"] {
            assert_eq!(bank.ask(page, json!({ "id": first, "after": bad })).await.code(), "BAD_USER_INPUT");
        }
        let none = bank.ask("{ brand { conversations(status: RESOLVED) { nodes { id } } } }", json!({})).await;
        assert_eq!(none.data("/brand/conversations/nodes"), &json!([]));
    }
}

fn only_of(all: &[Value], handle: &str) -> Value {
    let own = all.iter().find(|one| one["correspondent"]["handle"] == handle);
    own.expect("a conversation")["id"].clone()
}

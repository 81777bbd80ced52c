//! What the brand's people do with a conversation: hand over, note, resolve, and not over each other's heads.

use entity::kinds::StaffRole::{Admin, Agent, Executive};
use serde_json::{Value, json};
use tests::world::DAY;
use tests::{StaffPerson, on_both_databases};

use super::{arrive, only, post, queue, reached, whole};

const SHOWN: &str =
    "conversation { id status version episode assigneeId resolvedAt waitingSince lastMessage { text } }";

on_both_databases! {
    async fn a_conversation_is_handed_to_a_manager_with_the_reason_as_a_note(world) {
        let bank = reached(&world, "bank").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let oriane = StaffPerson::join(&world, "bank", Executive, "Oriane").await;
        let asta = StaffPerson::join(&world, "bank", Admin, "Asta").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        let id = only(&bank).await["id"].clone();
        let taken = nils.act("assignConversation", json!({ "conversationId": id, "staffId": nils.id }), SHOWN).await;
        assert_eq!(taken.done("assignConversation")["conversation"]["assigneeId"], nils.id);
        world.pass(1_000);
        let handed = json!({ "conversationId": id, "staffId": oriane.id, "reason": "third time, she wants the manager" });
        let handed = nils.act("assignConversation", handed, SHOWN).await;
        let conversation = &handed.done("assignConversation")["conversation"];
        assert_eq!(conversation["assigneeId"], oriane.id);
        assert_eq!(conversation["lastMessage"]["text"], "card declined", "a note is no message");
        let messages = whole(&bank, &id).await["messages"]["nodes"].clone();
        assert_eq!((&messages[0]["kind"], &messages[0]["text"], &messages[0]["staffId"]),
            (&json!("NOTE"), &json!("third time, she wants the manager"), &json!(nils.id)));
        let mine = "query($who: ID!) { brand { conversations(assigneeId: $who) { nodes { id } } } }";
        let of = async |who: &str| {
            let reply = nils.ask(mine, json!({ "who": who })).await;
            reply.data("/brand/conversations/nodes").as_array().unwrap().len()
        };
        assert_eq!((of(&oriane.id).await, of(&nils.id).await, of("staff_nobody").await), (1, 0, 0));
        for nobody in [asta.id.as_str(), "staff_nobody"] {
            let refused = nils.act("assignConversation", json!({ "conversationId": id, "staffId": nobody }), SHOWN).await;
            assert_eq!(refused.mistakes("assignConversation"), ["NOT_FOUND staffId"], "who reads no messages answers none");
        }
        asta.act("removeStaff", json!({ "staffId": oriane.id }), "staffId").await.done("removeStaff");
        assert_eq!(only(&bank).await["assigneeId"], Value::Null, "whoever is gone looks after nothing");
        let free = nils.act("assignConversation", json!({ "conversationId": id }), SHOWN).await;
        assert_eq!(free.done("assignConversation")["conversation"]["assigneeId"], Value::Null);
    }

    async fn whoever_acts_on_what_has_changed_since_is_told_and_nothing_is_done(world) {
        let bank = reached(&world, "bank").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        let seen = only(&bank).await;
        arrive(&world, "X", &post("2", ("4711", "ada"), "oh, and the phone")).await;
        let late = json!({ "conversationId": seen["id"], "version": seen["version"] });
        let refused = nils.act("resolveConversation", late, SHOWN).await;
        assert_eq!(refused.mistakes("resolveConversation"), ["WRONG_STATE version"]);
        let now = only(&bank).await;
        assert_eq!(now["status"], "OPEN");
        let handed = json!({ "conversationId": seen["id"], "version": seen["version"], "staffId": nils.id, "reason": "for me" });
        let refused = nils.act("assignConversation", handed, SHOWN).await;
        assert_eq!(refused.mistakes("assignConversation"), ["WRONG_STATE version"]);
        assert_eq!(only(&bank).await, now, "not even the note");
        let timely = json!({ "conversationId": seen["id"], "version": now["version"] });
        let done = nils.act("resolveConversation", timely, SHOWN).await;
        assert_eq!(done.done("resolveConversation")["conversation"]["status"], "RESOLVED");
    }

    async fn what_is_written_within_14_days_opens_it_again_and_later_something_new_begins(world) {
        let bank = reached(&world, "bank").await;
        let id = async |world, number: &str| {
            arrive(world, "X", &post(number, ("4711", "ada"), number)).await;
            queue(&bank).await[0]["id"].clone()
        };
        let first = id(&world, "1").await;
        let resolve = json!({ "conversationId": first });
        let resolved = StaffPerson::join(&world, "bank", Agent, "Nils").await.act("resolveConversation", resolve.clone(), SHOWN).await;
        let resolved = &resolved.done("resolveConversation")["conversation"];
        assert_eq!((&resolved["waitingSince"], &resolved["resolvedAt"]), (&Value::Null, &json!(world.time(0))));
        world.pass(14 * DAY - 1_000);
        assert_eq!(id(&world, "2").await, first);
        let again = only(&bank).await;
        assert_eq!((&again["status"], &again["episode"], &again["resolvedAt"]), (&json!("OPEN"), &json!(2), &Value::Null));
        assert_eq!(again["waitingSince"], world.time(0), "and not since what was done then");
        let mut late = post("late", ("4711", "ada"), "written before, come now");
        late["occurredAt"] = json!(world.time(-DAY * 20));
        let nina = StaffPerson::join(&world, "bank", Agent, "Nina").await;
        nina.act("resolveConversation", resolve.clone(), SHOWN).await.done("resolveConversation");
        arrive(&world, "X", &late).await;
        let again = only(&bank).await;
        assert_eq!((&again["status"], &again["waitingSince"]), (&json!("OPEN"), &json!(world.time(0))), "nobody has seen it");
        let nora = StaffPerson::join(&world, "bank", Agent, "Nora").await;
        nora.act("resolveConversation", resolve.clone(), SHOWN).await.done("resolveConversation");
        let same = nora.act("resolveConversation", resolve.clone(), SHOWN).await;
        let same = same.done("resolveConversation")["conversation"].clone();
        let reopened = nora.act("reopenConversation", resolve.clone(), SHOWN).await;
        let reopened = &reopened.done("reopenConversation")["conversation"];
        assert_eq!((&reopened["status"], &reopened["episode"]), (&json!("OPEN"), &json!(4)));
        assert_eq!(reopened["waitingSince"], late["occurredAt"], "whoever had no answer has waited all the time");
        let noted = nora.act("addNote", json!({ "conversationId": first, "text": "once more" }), SHOWN).await;
        assert_eq!(noted.done("addNote")["conversation"]["waitingSince"], late["occurredAt"], "a note answers nobody");
        assert_eq!(reopened["version"], same["version"].as_i64().unwrap() + 1);
        nora.act("resolveConversation", resolve, SHOWN).await.done("resolveConversation");
        world.pass(14 * DAY);
        assert_ne!(id(&world, "3").await, first);
        assert_eq!(queue(&bank).await.len(), 2);
    }

    async fn notes_want_a_text(world) {
        let bank = reached(&world, "bank").await;
        arrive(&world, "X", &post("1", ("4711", "ada"), "card declined")).await;
        let id = only(&bank).await["id"].clone();
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        for text in [String::new(), " ".into(), "x".repeat(2_001)] {
            let refused = nils.act("addNote", json!({ "conversationId": id, "text": text }), SHOWN).await;
            assert_eq!(refused.mistakes("addNote"), ["INVALID text"]);
        }
        for id in ["conversation_nothing", "nothing", ""] {
            let refused = nils.act("addNote", json!({ "conversationId": id, "text": "note" }), SHOWN).await;
            assert_eq!(refused.mistakes("addNote"), ["NOT_FOUND conversationId"]);
        }
        let noted = nils.act("addNote", json!({ "conversationId": id, "text": "called her" }), SHOWN).await;
        assert_eq!(noted.done("addNote")["conversation"]["lastMessage"]["text"], "card declined");
    }
}

//! Macros: templates that a brand's people share, in versions, and out of use at once when somebody says so.

use entity::kinds::StaffRole::{Admin, Agent, Executive};
use serde_json::{Value, json};
use tests::world::MINUTE;
use tests::{Reply, StaffPerson, World, on_both_databases};

use super::{arrive, only, post, reached, whole};
use crate::linking::prove;

const MACRO: &str = "id title template version mayBePublic retiredAt";

async fn create(who: &StaffPerson<'_>, title: &str, template: &str) -> Value {
    let input = json!({ "title": title, "template": template });
    let reply = who.act("createMacro", input, &format!("created {{ {MACRO} }}")).await;
    reply.done("createMacro")["created"].clone()
}

async fn update(who: &StaffPerson<'_>, of: &Value, template: &str) -> Reply {
    let input = json!({ "macroId": of["id"], "version": of["version"], "template": template });
    who.act("updateMacro", input, &format!("updated {{ {MACRO} }}")).await
}

async fn retire(who: &StaffPerson<'_>, of: &Value) -> Value {
    let reply = who.act("retireMacro", json!({ "macroId": of["id"] }), &format!("retired {{ {MACRO} }}")).await;
    reply.done("retireMacro")["retired"].clone()
}

async fn titles(who: &StaffPerson<'_>, arguments: &str) -> Vec<Value> {
    let query = format!("{{ brand {{ macros{arguments} {{ nodes {{ title }} }} }} }}");
    let reply = who.ask(&query, json!({})).await;
    let nodes = reply.data("/brand/macros/nodes").as_array().unwrap().clone();
    nodes.into_iter().map(|one| one["title"].clone()).collect()
}

async fn send(who: &StaffPerson<'_>, id: &Value, more: Value) -> Reply {
    let mut input = json!({ "conversationId": id, "visibility": "PRIVATE" });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    who.act("sendReply", input, "message { id text macroId macroVersion }").await
}

async fn draft(who: &StaffPerson<'_>, id: &Value, arguments: &str) -> Reply {
    let query = format!(
        "query($id: ID!) {{ brand {{ conversation(id: $id) {{ draftReply({arguments}, purpose: CUSTOMER_CARE) {{ text }} }} }} }}"
    );
    who.ask(&query, json!({ "id": id })).await
}

/// An agent of a bank that somebody has written to.
async fn begun(world: &World) -> (StaffPerson<'_>, Value) {
    let bank = reached(world, "bank").await;
    let nils = StaffPerson::join(world, "bank", Agent, "Nils").await;
    let ada = world.customer("Ada").await;
    prove(world, &ada, "4711", "ada").await;
    ada.act("updateProfile", json!({ "name": { "displayName": "Adaline" } }), "").await.done("updateProfile");
    ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    arrive(world, "X", &post("1", ("4711", "ada"), "card declined")).await;
    let id = only(&bank).await["id"].clone();
    (nils, id)
}

on_both_databases! {
    async fn a_macro_is_filled_in_and_sent_as_a_text_is_and_the_reply_says_which_version_it_was(world) {
        let (nils, id) = begun(&world).await;
        let declined = create(&nils, "Card declined", "Dear {{ name.displayName || 'customer' }}, we are sorry").await;
        assert_eq!((&declined["version"], &declined["mayBePublic"], &declined["retiredAt"]), (&json!(1), &json!(true), &Value::Null));
        let drafted = draft(&nils, &id, &format!("macroId: {}, visibility: PUBLIC", declined["id"])).await;
        assert_eq!(drafted.data("/brand/conversation/draftReply/text"), "Dear Adaline, we are sorry");
        let second = update(&nils, &declined, "Dear {{ name.displayName }}, your card works again").await;
        let second = second.done("updateMacro")["updated"].clone();
        assert_eq!((&second["version"], &second["title"]), (&json!(2), &json!("Card declined")));

        let old = send(&nils, &id, json!({ "macroId": declined["id"], "macroVersion": 1 })).await;
        assert_eq!(old.data("/sendReply/userErrors/0/field"), &json!(["macroVersion"]), "nobody sends what they have not seen");
        let sent = send(&nils, &id, json!({ "macroId": declined["id"], "macroVersion": 2 })).await;
        let sent = sent.done("sendReply")["message"].clone();
        assert_eq!(sent["text"], "Dear {{ name.displayName }}, your card works again", "the brand keeps the template");
        assert_eq!((&sent["macroId"], &sent["macroVersion"]), (&declined["id"], &json!(2)));
        update(&nils, &second, "Third").await.done("updateMacro");
        let app = tests::BrandApp::new(&world, "bank", "bank-app", "secret-of-bank-app-0123456789");
        let kept = whole(&app, &id).await;
        assert_eq!(kept["messages"]["nodes"][0]["text"], sent["text"], "what was sent stays as it was");
        let own = send(&nils, &id, json!({ "template": "Bye" })).await;
        assert_eq!(own.done("sendReply")["message"]["macroId"], Value::Null);
    }

    async fn a_private_macro_goes_into_no_public_reply(world) {
        let (nils, id) = begun(&world).await;
        let call = create(&nils, "Call", "We call {{ contact.phone }}").await;
        assert_eq!(call["mayBePublic"], false);
        let public = send(&nils, &id, json!({ "macroId": call["id"], "visibility": "PUBLIC" })).await;
        let message = public.data("/sendReply/userErrors/0/message").as_str().unwrap().to_owned();
        assert!(message.contains("`contact.phone` is private"), "{message}");
        let drafted = draft(&nils, &id, &format!("macroId: {}, visibility: PUBLIC", call["id"])).await;
        assert_eq!(drafted.code(), "BAD_USER_INPUT");
    }

    async fn a_macro_that_is_retired_can_be_used_no_more_and_stays_in_the_list_of_all(world) {
        let (nils, id) = begun(&world).await;
        let (wrong, right) = (create(&nils, "Wrong", "We never refund").await, create(&nils, "Right", "We refund").await);
        world.pass(1);
        let retired = retire(&nils, &wrong).await;
        assert_eq!(retired["retiredAt"], world.time(0));
        world.pass(MINUTE);
        assert_eq!(retire(&nils, &wrong).await, retired, "twice does no harm");
        assert_eq!((titles(&nils, "").await, titles(&nils, "(retired: true)").await), (vec![json!("Right")], vec![json!("Wrong"), json!("Right")]));
        let sent = send(&nils, &id, json!({ "macroId": wrong["id"] })).await;
        let error = sent.data("/sendReply/userErrors/0").clone();
        assert_eq!((&error["code"], &error["field"]), (&json!("WRONG_STATE"), &json!(["macroId"])));
        assert_eq!(draft(&nils, &id, &format!("macroId: {}, visibility: PRIVATE", wrong["id"])).await.code(), "BAD_USER_INPUT");
        let anew = update(&nils, &wrong, "We do refund").await;
        assert_eq!(anew.data("/updateMacro/userErrors/0/code"), "WRONG_STATE");
        send(&nils, &id, json!({ "macroId": right["id"] })).await.done("sendReply");
    }

    async fn of_two_who_change_a_macro_the_second_is_told(world) {
        let (nils, _) = begun(&world).await;
        let oriane = StaffPerson::join(&world, "bank", Executive, "Oriane").await;
        let seen = create(&nils, "Card declined", "First").await;
        update(&nils, &seen, "Second").await.done("updateMacro");
        let late = update(&oriane, &seen, "Third").await;
        assert_eq!(late.data("/updateMacro/userErrors/0/field"), &json!(["version"]));
        let mut newest = seen.clone();
        newest["version"] = json!(2);
        let same = update(&oriane, &newest, "Second").await;
        assert_eq!(same.done("updateMacro")["updated"]["version"], 2, "nothing is different");
        let query = "query($id: ID!) { brand { macroVersions(macroId: $id) { nodes { version template staffId createdAt } } } }";
        let versions = oriane.ask(query, json!({ "id": seen["id"] })).await;
        let version = |number: i32, template: &str| json!({ "version": number, "template": template, "staffId": nils.id, "createdAt": world.time(0) });
        assert_eq!(*versions.data("/brand/macroVersions/nodes"), json!([version(2, "Second"), version(1, "First")]));
    }

    async fn macros_are_of_one_brand_and_every_act_is_in_its_trail(world) {
        let (nils, id) = begun(&world).await;
        world.brand("shop").await;
        let (petra, stranger) = (StaffPerson::join(&world, "bank", Admin, "Petra").await, StaffPerson::join(&world, "shop", Agent, "Sam").await);
        let figures = world.app("bank", "figures", &["NAME"], &["ANALYTICS"]).await;
        let ours = create(&petra, "Card declined", "Sorry").await;
        retire(&nils, &ours).await;
        let kept = create(&petra, "Kept", "Sorry").await;
        assert_eq!(titles(&stranger, "(retired: true)").await, [Value::Null; 0]);
        let versions = stranger.ask("query($id: ID!) { brand { macroVersions(macroId: $id) { nodes { version } } } }", json!({ "id": kept["id"] })).await;
        assert_eq!(versions.data("/brand/macroVersions/nodes"), &json!([]));
        assert_eq!(update(&stranger, &kept, "Ha").await.data("/updateMacro/userErrors/0/code"), "NOT_FOUND");
        let app = tests::BrandApp::new(&world, "bank", "bank-app", "secret-of-bank-app-0123456789");
        let list = "{ brand { macros { nodes { title } } } }";
        assert_eq!(app.ask(list, json!({})).await.data("/brand/macros/nodes"), &json!([{ "title": "Kept" }]));
        assert_eq!(figures.ask(list, json!({})).await.code(), "FORBIDDEN");
        let written = app.ask("mutation { createMacro(input: { title: \"a\", template: \"b\" }) { created { id } } }", json!({})).await;
        assert_eq!(written.code(), "FORBIDDEN", "people write macros");
        let trail = petra.ask("{ brand { auditTrail(first: 3) { nodes { act staffId subjectId details { name value } } } } }", json!({})).await;
        let trail = trail.data("/brand/auditTrail/nodes").clone();
        assert_eq!((&trail[0]["act"], &trail[1]["act"], &trail[2]["act"]), (&json!("MACRO_WRITTEN"), &json!("MACRO_RETIRED"), &json!("MACRO_WRITTEN")));
        assert_eq!((&trail[1]["staffId"], &trail[1]["subjectId"]), (&json!(nils.id), &ours["id"]));
        for (input, field) in [
            (json!({ "title": "", "template": "x" }), "title"), (json!({ "title": "x", "template": " " }), "template"),
            (json!({ "title": "x", "template": "{{ name.secret }}" }), "template"), (json!({ "title": "x".repeat(81), "template": "x" }), "title"),
        ] {
            let refused = petra.act("createMacro", input.clone(), "created { id }").await;
            assert_eq!(refused.data("/createMacro/userErrors/0/field"), &json!([field]), "{input}");
        }
        let both = send(&nils, &id, json!({ "macroId": kept["id"], "template": "x" })).await;
        assert_eq!((both.code(), send(&nils, &id, json!({})).await.code()), ("BAD_USER_INPUT", "BAD_USER_INPUT"));
    }
}

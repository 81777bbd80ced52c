//! Drafts of replies: filled with what the customer shares now, and with nothing else.

use entity::kinds::StaffRole::Agent;
use serde_json::{Value, json};
use tests::{Reply, StaffPerson, World, on_both_databases};

use super::{arrive, only, post, reached};
use crate::linking::prove;

const DRAFT: &str =
    "query($id: ID!, $template: String!, $visibility: MessageVisibility!) { brand { conversation(id: $id) {
    draftReply(template: $template, visibility: $visibility, purpose: CUSTOMER_CARE) {
        text isComplete visibility variables { path outcome status } } } } }";

async fn draft(who: &StaffPerson<'_>, id: &Value, visibility: &str, template: &str) -> Reply {
    who.ask(DRAFT, json!({ "id": id, "template": template, "visibility": visibility })).await
}

fn variable(path: &str, outcome: &str, status: Value) -> Value {
    json!({ "path": path, "outcome": outcome, "status": status })
}

/// Ada, who has written to the bank on X, and somebody who answers there.
async fn begun(world: &World) -> (tests::Customer<'_>, StaffPerson<'_>, Value) {
    let bank = reached(world, "bank").await;
    let ada = world.customer("Ada").await;
    prove(world, &ada, "4711", "ada").await;
    let profile =
        json!({ "name": { "displayName": "Ada", "familyName": "Moreno" }, "contact": { "phone": "+15125550142" } });
    ada.act("updateProfile", profile, "").await.done("updateProfile");
    arrive(world, "X", &post("1", ("4711", "ada"), "card declined")).await;
    let id = only(&bank).await["id"].clone();
    (ada, StaffPerson::join(world, "bank", Agent, "Nils").await, id)
}

on_both_databases! {
    async fn a_draft_holds_what_is_shared_now_and_says_of_each_variable_what_became_of_it(world) {
        let (ada, nils, id) = begun(&world).await;
        let template = "Dear {{ name.displayName || 'customer' }}, we call {{ contact.phone || 'you' }} about \
            {{ context.topic || 'it' }}. {{agent.name}}, {{brand.name}}";
        let stranger = draft(&nils, &id, "PRIVATE", template).await;
        let found = stranger.data("/brand/conversation/draftReply");
        assert_eq!(found["text"], "Dear customer, we call you about it. Nils, The bank");
        assert_eq!(found["variables"], json!([
            variable("name.displayName", "FALLBACK", json!("NOT_GRANTED")),
            variable("contact.phone", "FALLBACK", json!("NOT_GRANTED")),
            variable("context.topic", "FALLBACK", json!("NOT_GRANTED")),
            variable("agent.name", "USED", Value::Null),
            variable("brand.name", "USED", Value::Null),
        ]));
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTEXT"]).await;
        let known = draft(&nils, &id, "PRIVATE", template).await;
        let found = known.data("/brand/conversation/draftReply");
        assert_eq!(found["text"], "Dear Ada, we call you about it. Nils, The bank");
        assert_eq!(found["variables"][0], variable("name.displayName", "USED", json!("GRANTED")));
        assert_eq!(found["variables"][1], variable("contact.phone", "FALLBACK", json!("NOT_GRANTED")));
        assert_eq!(found["variables"][2], variable("context.topic", "FALLBACK", json!("GRANTED")), "she has said nothing there");
        let seen = ada.ask("{ me { disclosures(first: 1) { nodes { reader fields { path outcome } } } } }", json!({})).await;
        let seen = seen.data("/me/disclosures/nodes/0");
        assert_eq!(seen["reader"], "a care agent of The bank");
        assert_eq!(seen["fields"][2], json!({ "path": "name.displayName", "outcome": "GRANTED" }));
        ada.act("stateContext", json!({ "topic": "a {{ contact.phone }} card" }), "").await.done("stateContext");
        let told = draft(&nils, &id, "PRIVATE", "About {{ context.topic }}").await;
        let found = told.data("/brand/conversation/draftReply");
        assert_eq!(found["text"], "About a {{ contact.phone }} card", "a value is no template");
        ada.withdraw(&grant).await;
        let gone = draft(&nils, &id, "PRIVATE", "Dear {{ name.displayName }}").await;
        let found = gone.data("/brand/conversation/draftReply");
        assert_eq!((&found["text"], &found["isComplete"]), (&json!("Dear {{ name.displayName }}"), &json!(false)));
        assert_eq!(found["variables"], json!([variable("name.displayName", "UNRESOLVED", json!("NOT_GRANTED"))]));
        assert!(!gone.text.contains("Ada"), "{}", gone.text);
    }

    async fn what_is_private_is_in_no_public_draft_and_is_not_even_read_for_one(world) {
        let (ada, nils, id) = begun(&world).await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "CONTACT", "AREA", "CONTEXT"]).await;
        let count = async || {
            let seen = ada.ask("{ me { disclosures { nodes { id } } } }", json!({})).await;
            seen.data("/me/disclosures/nodes").as_array().unwrap().len()
        };
        let before = count().await;
        for path in ["name.givenName", "name.familyName", "contact.email", "contact.phone", "area.postalCode", "area.region",
            "area.country", "context.topic", "context.text", "context.wishedOutcome"] {
            let template = format!("Hello {{{{ name.displayName }}}} {{{{ {path} || 'you' }}}}");
            let refused = draft(&nils, &id, "PUBLIC", &template).await;
            assert_eq!(refused.code(), "BAD_USER_INPUT", "{}", refused.text);
            assert!(refused.text.contains(&format!("`{path}` is private")), "{}", refused.text);
            assert!(!refused.text.contains("Ada") && !refused.text.contains("Moreno"), "{}", refused.text);
        }
        assert_eq!(count().await, before, "nothing was read");
        let public = draft(&nils, &id, "PUBLIC", "Hello {{ name.displayName }}, {{ brand.name }} here").await;
        assert_eq!(public.data("/brand/conversation/draftReply/text"), "Hello Ada, The bank here");
        assert_eq!(count().await, before + 1);
        draft(&nils, &id, "PUBLIC", "Hello, {{ brand.name }} here").await.data("/brand/conversation/draftReply/text");
        assert_eq!(count().await, before + 1, "who asks for nothing of hers is not on her record");
    }

    async fn what_is_no_template_says_where_and_how_to_mend_it(world) {
        let (_, nils, id) = begun(&world).await;
        for (template, complaint) in [
            ("Dear {{ name }}", "`template`: at character 9: no such variable; there are name.displayName"),
            ("Dear {{ name.displayName", "`template`: at character 25: expected `}}`"),
            (&"x".repeat(10_001), "`template`: a template has 10000 bytes"),
        ] {
            let refused = draft(&nils, &id, "PRIVATE", template).await;
            assert_eq!(refused.code(), "BAD_USER_INPUT");
            assert!(refused.body["errors"][0]["message"].as_str().unwrap().starts_with(complaint), "{}", refused.text);
        }
        let other = DRAFT.replace("purpose: CUSTOMER_CARE", "purpose: ANALYTICS");
        let refused = nils.ask(&other, json!({ "id": id, "template": "x", "visibility": "PRIVATE" })).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT", "{}", refused.text);
        let two = r#"query($id: ID!) { brand { conversation(id: $id) {
            draftReply(template: "x", visibility: PRIVATE, purpose: CUSTOMER_CARE) { text } } }
            profile(by: { handle: { channel: X, handle: "ada" } }, purpose: ANALYTICS) { id } }"#;
        assert_eq!(nils.ask(two, json!({ "id": id })).await.status, 400, "one operation, one purpose");
    }
}

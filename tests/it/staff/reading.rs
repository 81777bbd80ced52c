//! What staff read: through their brand's console app, as far as their role goes, recorded with the role.

use api::domain::apps;
use entity::kinds::AppStatus;
use entity::kinds::StaffRole::{Admin, Agent, Executive};
use serde_json::{Value, json};
use tests::{StaffPerson, World, on_both_databases};

use super::is_alive;

const SEEN: &str = "{ me { disclosures(first: 5) { nodes { app purpose staffRole reader answered grantId } } } }";

async fn set_status(world: &World, client_id: &str, status: AppStatus) {
    let transaction = world.deps.vault.begin().await.unwrap();
    assert!(apps::set_status(&transaction, client_id, status).await.unwrap());
    transaction.commit().await.unwrap();
}

on_both_databases! {
    async fn an_agents_read_needs_the_same_grant_and_the_customer_sees_who_in_which_role(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let oriane = StaffPerson::join(&world, "bank", Executive, "Oriane").await;
        assert_eq!(nils.profile("ada@example.org").await, Value::Null, "nobody is seen without a grant");
        let grant = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let profile = nils.profile("ada@example.org").await;
        assert_eq!((&profile["name"]["displayName"], &profile["contact"]), (&json!("Ada"), &Value::Null));
        assert_eq!(oriane.profile("ada@example.org").await, profile, "a colleague sees the same");
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, profile, "and so does the brand's app");
        let seen = ada.ask(SEEN, json!({})).await;
        let row = |app: &str, role: Value, reader: &str, grant: Option<&str>| {
            json!({ "app": app, "purpose": "CUSTOMER_CARE", "staffRole": role, "reader": reader,
                "answered": grant.is_some(), "grantId": grant })
        };
        assert_eq!(seen.data("/me/disclosures/nodes"), &json!([
            row("bank-app", Value::Null, "an app of The bank", Some(&grant)),
            row("bank-console", json!("EXECUTIVE"), "an executive of The bank", Some(&grant)),
            row("bank-console", json!("AGENT"), "a care agent of The bank", Some(&grant)),
            row("bank-console", json!("AGENT"), "a care agent of The bank", None),
        ]));
        ada.withdraw(&grant).await;
        assert_eq!(nils.profile("ada@example.org").await, Value::Null);
        while world.work().await > 0 {}
        let audit = entity::vault::log::audit(&world.deps.vault, world.deps.vault.signing.published(), Vec::new()).await;
        assert!(audit.is_ok(), "what staff read is in the log like everything else");
    }

    async fn agents_and_executives_read_for_customer_care_only_and_administrators_read_nobody(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        for purpose in ["CUSTOMER_CARE", "ANALYTICS"] {
            ada.give("bank", purpose, &["NAME"]).await;
        }
        for role in [Agent, Executive] {
            let who = StaffPerson::join(&world, "bank", role, role.as_str()).await;
            for (purpose, address) in [("ANALYTICS", "ada@example.org"), ("ANALYTICS", "nobody@example.org")] {
                let reply = who.look_up(address, purpose, "name { displayName }").await;
                assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"), "{}", reply.text);
            }
            assert_eq!(who.profile("ada@example.org").await["name"]["displayName"], "Ada");
        }
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let apps = petra.ask("{ brand { apps { nodes { id kind } } } }", json!({})).await;
        let apps = apps.data("/brand/apps/nodes").as_array().unwrap();
        let console = apps.iter().find(|app| app["kind"] == "CONSOLE").unwrap()["id"].clone();
        let wider = json!({ "appId": console, "purposes": ["CUSTOMER_CARE", "ANALYTICS"] });
        petra.act("updateApp", wider, "").await.done("updateApp");
        let sam = StaffPerson::join(&world, "bank", Agent, "Sam").await;
        let reply = sam.look_up("ada@example.org", "ANALYTICS", "name { displayName }").await;
        assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"), "whatever the console may: {}", reply.text);
        for address in ["ada@example.org", "nobody@example.org"] {
            let reply = petra.look_up(address, "CUSTOMER_CARE", "id").await;
            assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"), "{}", reply.text);
        }
        let id = StaffPerson::join(&world, "bank", Agent, "Nils").await.profile("ada@example.org").await["id"].clone();
        let node = petra.ask("query($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert_eq!(node.code(), "FORBIDDEN", "not even whether somebody is there: {}", node.text);
    }

    async fn staff_of_one_brand_see_nothing_of_another_brands_customers_or_people(world) {
        world.brand("bank").await;
        world.brand("shop").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let (shop_agent, shop_admin) = (StaffPerson::join(&world, "shop", Agent, "Sam").await, StaffPerson::join(&world, "shop", Admin, "Sue").await);
        let profile = nils.profile("ada@example.org").await;
        assert_eq!(shop_agent.profile("ada@example.org").await, Value::Null);
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(shop_agent.ask(node, json!({ "id": profile["id"] })).await.data("/node"), &Value::Null);
        let bank = nils.ask("{ brand { id } }", json!({})).await.data("/brand/id").clone();
        for field in ["staff { nodes { email } }", "auditTrail { nodes { id } }", "receipts { nodes { id } }", "grantChanges { nodes { id } }"] {
            let query = format!("query($id: ID!) {{ node(id: $id) {{ ... on Brand {{ {field} }} }} }}");
            for who in [&shop_admin, &shop_agent] {
                let reply = who.ask(&query, json!({ "id": bank })).await;
                assert_eq!(reply.code(), "FORBIDDEN", "{field}: {}", reply.text);
            }
        }
        let own = shop_admin.ask("{ brand { staff { nodes { email } } } }", json!({})).await;
        assert_eq!(own.data("/brand/staff/nodes").as_array().unwrap().len(), 2);
        assert!(!own.text.contains("nils"), "{}", own.text);
        let apps = shop_admin.ask("{ brand { apps { nodes { clientId } } } }", json!({})).await;
        assert!(apps.text.contains("shop-") && !apps.text.contains("bank-"), "{}", apps.text);
        let bank_admin = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let trail = async |who: &StaffPerson<'_>| {
            let trail = who.ask("{ brand { auditTrail(first: 100) { nodes { id } } } }", json!({})).await;
            trail.data("/brand/auditTrail/nodes").as_array().unwrap().clone()
        };
        let (ours, theirs) = (trail(&shop_admin).await, trail(&bank_admin).await);
        assert!(!ours.is_empty() && ours.iter().all(|act| !theirs.contains(act)), "{ours:?} {theirs:?}");
    }

    async fn a_suspended_console_stops_every_member_of_staff_on_every_node_and_no_app(world) {
        let bank = world.brand("bank").await;
        let node = world.node().await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let app = bank.token().await;
        set_status(&world, "bank-console", AppStatus::Suspended).await;
        for node in [&node, &world] {
            assert!(!is_alive(node, nils.token()).await);
            let read = r#"{ profile(by: { handle: { channel: X, handle: "nobody" } }, purpose: CUSTOMER_CARE) { id } }"#;
            assert_eq!(node.ask_as(Some(nils.token()), read, json!({})).await.status, 401);
            assert_eq!(node.ask_as(Some(&app), read, json!({})).await.status, 200);
        }
        set_status(&world, "bank-console", AppStatus::Active).await;
        assert!(is_alive(&node, nils.token()).await);
    }
}

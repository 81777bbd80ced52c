//! Looking after apps: administrators only, each act in the trail, and what is ended is refused at once on every node.

use api::domain::apps;
use entity::kinds::AppStatus;
use entity::kinds::StaffRole::{Admin, Agent};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::{BrandApp, StaffPerson, World, on_both_databases};

const APP: &str = "app { id clientId kind status scopes purposes redirectUris webhookUrl oldSecretUntil }";

async fn register(admin: &StaffPerson<'_>, client_id: &str) -> Value {
    let input = json!({ "clientId": client_id, "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] });
    admin.act("registerApp", input, &format!("{APP} clientSecret")).await.done("registerApp").clone()
}

/// Calls a mutation about an app; what became of it.
async fn act(admin: &StaffPerson<'_>, mutation: &str, id: &Value, more: Value) -> Value {
    let mut input = json!({ "appId": id });
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    let fields = if mutation == "rotateAppSecret" { format!("{APP} clientSecret") } else { APP.to_owned() };
    admin.act(mutation, input, &fields).await.done(mutation).clone()
}

/// An administrator who has suspended and resumed an app of the bank's, and its id.
async fn resumed(world: &World) -> (StaffPerson<'_>, Value) {
    world.brand("bank").await;
    let petra = StaffPerson::join(world, "bank", Admin, "Petra").await;
    let id = register(&petra, "desk").await["app"]["id"].clone();
    act(&petra, "suspendApp", &id, json!({})).await;
    act(&petra, "resumeApp", &id, json!({})).await;
    (petra, id)
}

async fn status(node: &World, token: &str) -> u16 {
    node.ask_as(Some(token), "{ brand { slug } }", json!({})).await.status.as_u16()
}

async fn trail(admin: &StaffPerson<'_>) -> Vec<String> {
    let reply = admin.ask("{ brand { auditTrail(first: 100) { nodes { act staffId } } } }", json!({})).await;
    let nodes = reply.data("/brand/auditTrail/nodes").as_array().unwrap().clone();
    let mine = nodes.into_iter().filter(|act| act["staffId"] == admin.id.as_str());
    mine.map(|act| act["act"].as_str().unwrap().to_owned()).collect()
}

on_both_databases! {
    async fn an_administrator_registers_changes_rotates_suspends_and_resumes_an_app(world) {
        world.brand("bank").await;
        let node = world.node().await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let made = register(&petra, "desk").await;
        let id = made["app"]["id"].clone();
        let desk = BrandApp::new(&world, "bank", "desk", made["clientSecret"].as_str().unwrap());
        let first = desk.token().await;
        assert_eq!(status(&node, &first).await, 200);

        let more = json!({ "scopes": ["NAME", "AREA"], "purposes": ["ANALYTICS"], "webhookUrl": "https://bank.example/hook",
            "redirectUris": ["https://bank.example/back"] });
        let changed = act(&petra, "updateApp", &id, more.clone()).await["app"].clone();
        for (name, value) in more.as_object().unwrap() {
            assert_eq!(&changed[name], value);
        }
        let kept = act(&petra, "updateApp", &id, json!({ "webhookUrl": null })).await["app"].clone();
        assert_eq!((&kept["webhookUrl"], &kept["scopes"]), (&Value::Null, &json!(["NAME", "AREA"])));
        let refused = desk.look_up("nobody@example.org", "CUSTOMER_CARE", "id").await;
        assert_eq!(refused.code(), "FORBIDDEN", "it is registered for another purpose now");

        let rotated = act(&petra, "rotateAppSecret", &id, json!({})).await;
        assert_eq!(rotated["app"]["oldSecretUntil"], world.time(tests::world::DAY));
        let newer = BrandApp::new(&world, "bank", "desk", rotated["clientSecret"].as_str().unwrap());
        let second = newer.token().await;
        assert_eq!((status(&node, &first).await, status(&node, &second).await), (200, 200));
        act(&petra, "endOldAppSecret", &id, json!({})).await;
        assert_eq!((status(&node, &first).await, status(&node, &second).await), (401, 200));

        assert_eq!(act(&petra, "suspendApp", &id, json!({})).await["app"]["status"], "SUSPENDED");
        for node in [&node, &world] {
            assert_eq!(status(node, &second).await, 401);
        }
        assert_eq!(act(&petra, "resumeApp", &id, json!({})).await["app"]["status"], "ACTIVE");
        assert_eq!(status(&node, &second).await, 200);
        let mut acts = trail(&petra).await;
        acts.reverse();
        assert_eq!(acts, ["STAFF_JOINED", "APP_REGISTERED", "APP_UPDATED", "APP_UPDATED", "APP_SECRET_ROTATED",
            "APP_OLD_SECRET_ENDED", "APP_SUSPENDED", "APP_RESUMED"]);
        let text = petra.ask("{ brand { auditTrail(first: 100) { nodes { details { name value } } } } }", json!({})).await.text;
        for secret in [&desk.secret, &newer.secret] {
            assert!(!text.contains(secret.as_str()));
        }
        let listed = petra.ask("{ brand { apps { nodes { clientId kind } } } }", json!({})).await;
        let mut listed = listed.data("/brand/apps/nodes").as_array().unwrap().clone();
        listed.sort_by_key(|app| app["clientId"].to_string());
        assert_eq!(listed, [json!({ "clientId": "bank-app", "kind": "CLIENT" }),
            json!({ "clientId": "bank-console", "kind": "CONSOLE" }), json!({ "clientId": "desk", "kind": "CLIENT" })]);
    }

    async fn what_cannot_be_is_refused_with_its_field_and_changes_nothing(world) {
        world.brand("bank").await;
        world.brand("shop").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let id = register(&petra, "desk").await["app"]["id"].clone();
        let before = trail(&petra).await;
        let new = json!({ "clientId": "desk", "scopes": ["NAME"], "purposes": ["CUSTOMER_CARE"] });
        for (parts, mistakes) in [
            (json!({}), vec!["TAKEN clientId"]),
            (json!({ "clientId": "shop-app" }), vec!["TAKEN clientId"]),
            (json!({ "clientId": "", "scopes": [], "purposes": [] }), vec!["INVALID clientId", "INVALID scopes", "INVALID purposes"]),
            (json!({ "clientId": "new", "redirectUris": ["https://a.example/#b"], "webhookUrl": "http://a.example" }),
                vec!["INVALID redirectUris.0", "INVALID webhookUrl"]),
        ] {
            let reply = petra.act("registerApp", crate::requests::with(new.clone(), parts), APP).await;
            assert_eq!(reply.mistakes("registerApp"), mistakes);
        }
        let hours = petra.act("rotateAppSecret", json!({ "appId": id, "overlapHours": 169 }), APP).await;
        assert_eq!(hours.mistakes("rotateAppSecret"), ["OUT_OF_RANGE overlapHours"]);
        let apps = petra.ask("{ brand { apps { nodes { id kind } } } }", json!({})).await;
        let apps = apps.data("/brand/apps/nodes").as_array().unwrap();
        let console = apps.iter().find(|app| app["kind"] == "CONSOLE").unwrap()["id"].clone();
        for mutation in ["suspendApp", "resumeApp", "rotateAppSecret", "endOldAppSecret"] {
            let reply = petra.act(mutation, json!({ "appId": console }), APP).await;
            assert_eq!(reply.mistakes(mutation), ["WRONG_STATE appId"], "{mutation}");
        }
        for addresses in [json!({ "redirectUris": ["https://bank.example/back"] }), json!({ "webhookUrl": null }), json!({ "dpopBoundAccessTokens": true })] {
            let reply = petra.act("updateApp", crate::requests::with(json!({ "appId": console }), addresses), APP).await;
            assert_eq!(reply.mistakes("updateApp"), ["WRONG_STATE appId"]);
        }
        act(&petra, "updateApp", &id, json!({ "scopes": ["NAME"] })).await;
        let sue = StaffPerson::join(&world, "shop", Admin, "Sue").await;
        for mutation in ["suspendApp", "resumeApp", "rotateAppSecret", "endOldAppSecret", "updateApp"] {
            for foreign in [&id, &json!("app_AAAA")] {
                let reply = sue.act(mutation, json!({ "appId": foreign }), APP).await;
                assert_eq!(reply.mistakes(mutation), ["NOT_FOUND appId"], "{mutation}");
            }
        }
        let bank_agent = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        for mutation in ["suspendApp", "resumeApp", "rotateAppSecret", "endOldAppSecret", "updateApp"] {
            assert_eq!(bank_agent.act(mutation, json!({ "appId": id }), APP).await.code(), "FORBIDDEN", "{mutation}");
        }
        assert_eq!(bank_agent.act("registerApp", new, APP).await.code(), "FORBIDDEN");
        assert_eq!(bank_agent.ask("{ brand { apps { nodes { id } } } }", json!({})).await.code(), "FORBIDDEN");
        assert_eq!(trail(&petra).await, before);
    }

    async fn what_is_taken_from_an_app_is_refused_on_its_next_request_of_every_node(world) {
        let bank = world.brand("bank").await;
        let node = world.node().await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        ada.give("bank", "CUSTOMER_CARE", &["NAME", "AREA"]).await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let apps = petra.ask("{ brand { apps { nodes { id clientId } } } }", json!({})).await;
        let apps = apps.data("/brand/apps/nodes").as_array().unwrap();
        let id = apps.iter().find(|app| app["clientId"] == "bank-app").unwrap()["id"].clone();
        let token = bank.token().await;
        let read = async |fields: &str| {
            let by = r#"by: { handle: { channel: EMAIL, handle: "ada@example.org" } }, purpose: CUSTOMER_CARE"#;
            let query = format!("{{ profile({by}) {{ {fields} }} }}");
            let replies = [world.ask_as(Some(&token), &query, json!({})).await, node.ask_as(Some(&token), &query, json!({})).await];
            replies.map(|reply| if reply.status == 200 { 200 } else { assert_eq!(reply.code(), "FORBIDDEN"); 403 })
        };
        assert_eq!(read("area { region }").await, [200, 200]);
        act(&petra, "updateApp", &id, json!({ "scopes": ["NAME"] })).await;
        assert_eq!((read("area { region }").await, read("name { displayName }").await), ([403, 403], [200, 200]));
        act(&petra, "updateApp", &id, json!({ "purposes": ["ANALYTICS"] })).await;
        assert_eq!(read("name { displayName }").await, [403, 403]);
        act(&petra, "updateApp", &id, json!({ "purposes": ["CUSTOMER_CARE"] })).await;
        assert_eq!(read("name { displayName }").await, [200, 200]);
    }

    async fn of_an_apps_secrets_two_hold_at_most_and_none_without_an_overlap(world) {
        world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let made = register(&petra, "desk").await;
        let id = made["app"]["id"].clone();
        let mut tokens = Vec::new();
        let mut secret = made["clientSecret"].clone();
        for hours in [24, 1, 0] {
            tokens.push(BrandApp::new(&world, "bank", "desk", secret.as_str().unwrap()).token().await);
            secret = act(&petra, "rotateAppSecret", &id, json!({ "overlapHours": hours })).await["clientSecret"].clone();
            let mut seen = Vec::new();
            for token in &tokens {
                seen.push(status(&world, token).await);
            }
            assert_eq!(seen, match hours { 24 => vec![200], 1 => vec![401, 200], _ => vec![401, 401, 401] });
        }
    }

    async fn what_the_operator_has_suspended_only_the_operator_resumes(world) {
        let (petra, id) = resumed(&world).await;
        let transaction = world.deps.vault.begin().await.unwrap();
        assert!(apps::set_status(&transaction, "desk", AppStatus::Suspended).await.unwrap());
        transaction.commit().await.unwrap();
        let refused = petra.act("resumeApp", json!({ "appId": id }), APP).await;
        assert_eq!(refused.mistakes("resumeApp"), ["WRONG_STATE appId"]);
    }

    async fn what_a_restore_has_suspended_again_only_the_operator_resumes(world) {
        let (petra, id) = resumed(&world).await;
        let transaction = world.deps.vault.begin().await.unwrap();
        let row = entity::app::ActiveModel { status: Set(AppStatus::Suspended), ..Default::default() };
        let desk = entity::app::Entity::update_many().set(row).filter(entity::app::Column::ClientId.eq("desk"));
        desk.exec(transaction.connection()).await.unwrap();
        transaction.commit().await.unwrap();
        let refused = petra.act("resumeApp", json!({ "appId": id }), APP).await;
        assert_eq!(refused.mistakes("resumeApp"), ["WRONG_STATE appId"]);
        act(&petra, "suspendApp", &id, json!({})).await;
        let refused = petra.act("resumeApp", json!({ "appId": id }), APP).await;
        assert_eq!(refused.mistakes("resumeApp"), ["WRONG_STATE appId"], "suspending what is suspended changes nobody's act");
    }
}

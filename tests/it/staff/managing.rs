//! Looking after people: administrators only, one of them always left, and every act in the audit trail.

use entity::kinds::StaffRole::{Admin, Agent, Executive};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::staff::{accept, sign_in};
use tests::{StaffPerson, World, on_both_databases};

use super::{invitation, invite, is_alive, refresh};

const TRAIL: &str = "{ brand { auditTrail(first: 50) { nodes { at staffId act subjectId details { name value } } } } }";

async fn change(admin: &StaffPerson<'_>, who: &str, role: &str) -> tests::Reply {
    admin.act("changeStaffRole", json!({ "staffId": who, "role": role }), "staffId").await
}

async fn remove(admin: &StaffPerson<'_>, who: &str) -> tests::Reply {
    admin.act("removeStaff", json!({ "staffId": who }), "staffId").await
}

/// Acts with who did them and to what, oldest first.
async fn trail(admin: &StaffPerson<'_>) -> Vec<(Value, Value, Value)> {
    let reply = admin.ask(TRAIL, json!({})).await;
    let mut all = reply.data("/brand/auditTrail/nodes").as_array().unwrap().clone();
    all.reverse();
    all.into_iter().map(|act| (act["act"].clone(), act["staffId"].clone(), act["subjectId"].clone())).collect()
}

on_both_databases! {
    async fn a_new_role_or_a_removal_ends_every_session_on_the_next_request_of_every_node(world) {
        world.brand("bank").await;
        let node = world.node().await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        change(&petra, &nils.id, "EXECUTIVE").await.done("changeStaffRole");
        for node in [&node, &world] {
            assert!(!is_alive(node, nils.token()).await);
            assert_eq!(refresh(node, &nils.session["refreshToken"]).await.mistakes("refreshStaffSession").len(), 1);
        }
        let again = sign_in(&world, None, &nils.email, PASSWORD).await.done("signInStaff").clone();
        assert_eq!(again["staff"]["role"], "EXECUTIVE");
        let nils = StaffPerson::of(&world, "bank", &nils.email, &again);
        change(&petra, &nils.id, "EXECUTIVE").await.done("changeStaffRole");
        assert!(is_alive(&node, nils.token()).await, "the same role is no change");
        remove(&petra, &nils.id).await.done("removeStaff");
        for node in [&node, &world] {
            assert!(!is_alive(node, nils.token()).await);
            assert_eq!(sign_in(node, None, &nils.email, PASSWORD).await.mistakes("signInStaff"), ["WRONG_CREDENTIALS"]);
        }
        assert_eq!(remove(&petra, &nils.id).await.mistakes("removeStaff"), ["NOT_FOUND staffId"]);
        let staff = petra.ask("{ brand { staff { nodes { email } } } }", json!({})).await;
        assert_eq!(staff.data("/brand/staff/nodes"), &json!([{ "email": petra.email }]));
        invite(&petra, &nils.email, "AGENT").await.done("inviteStaff");
        accept(&world, &invitation(&world, &nils.email), "Nils").await.done("acceptStaffInvitation");
    }

    async fn a_session_that_outlives_whose_it_was_opens_nothing(world) {
        world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        remove(&petra, &nils.id).await.done("removeStaff");
        // As if it had been opened while they were being removed.
        let opened = entity::staff_session::ActiveModel { ended_at: Set(None), ..Default::default() };
        let id: entity::ids::StaffId = nils.id.parse().unwrap();
        let theirs = entity::staff_session::Entity::update_many().set(opened);
        let theirs = theirs.filter(entity::staff_session::Column::StaffId.eq(id));
        assert_eq!(theirs.exec(world.deps.vault.store.writer()).await.unwrap().rows_affected, 1);
        assert!(!is_alive(&world, nils.token()).await);
        assert_eq!(refresh(&world, &nils.session["refreshToken"]).await.mistakes("refreshStaffSession").len(), 1);
    }

    async fn only_an_administrator_manages(world) {
        let bank = world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let ada = world.customer("Ada").await;
        let (agent, executive) = (StaffPerson::join(&world, "bank", Agent, "Nils").await, StaffPerson::join(&world, "bank", Executive, "Oriane").await);
        let tokens = [agent.token().to_owned(), executive.token().to_owned(), bank.token().await, ada.token().await];
        let mutations = [
            r#"mutation { inviteStaff(input: { email: "eve@example.org", role: ADMIN }) { staffId } }"#.to_owned(),
            format!(r#"mutation {{ changeStaffRole(input: {{ staffId: "{}", role: ADMIN }}) {{ staffId }} }}"#, agent.id),
            format!(r#"mutation {{ removeStaff(input: {{ staffId: "{}" }}) {{ staffId }} }}"#, petra.id),
            "{ brand { staff { nodes { id } } } }".to_owned(),
            "{ brand { auditTrail { nodes { id } } } }".to_owned(),
        ];
        let before = trail(&petra).await;
        for token in &tokens {
            for query in mutations.iter().filter(|query| !(token == &tokens[3] && query.starts_with("{ brand"))) {
                let reply = world.ask_as(Some(token), query, json!({})).await;
                assert_eq!((reply.status.as_u16(), reply.code()), (403, "FORBIDDEN"), "{query}: {}", reply.text);
            }
        }
        assert_eq!(world.ask(&mutations[0], json!({})).await.status, 401);
        assert_eq!(trail(&petra).await, before, "nothing was done");
    }

    async fn another_brands_administrator_finds_nobody_here(world) {
        world.brand("bank").await;
        world.brand("shop").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Nils").await;
        let sue = StaffPerson::join(&world, "shop", Admin, "Sue").await;
        assert_eq!(change(&sue, &nils.id, "ADMIN").await.mistakes("changeStaffRole"), ["NOT_FOUND staffId"]);
        assert_eq!(remove(&sue, &nils.id).await.mistakes("removeStaff"), ["NOT_FOUND staffId"]);
        assert!(is_alive(&world, nils.token()).await);
    }

    async fn the_last_administrator_can_neither_go_nor_step_down(world) {
        world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        invite(&petra, "quentin@bank.example.org", "ADMIN").await.done("inviteStaff");
        assert_eq!(remove(&petra, &petra.id).await.mistakes("removeStaff"), ["LAST_ADMIN staffId"], "an invitation is nobody yet");
        assert_eq!(change(&petra, &petra.id, "AGENT").await.mistakes("changeStaffRole"), ["LAST_ADMIN staffId"]);
        let runa = StaffPerson::join(&world, "bank", Admin, "Runa").await;
        change(&petra, &petra.id, "AGENT").await.done("changeStaffRole");
        assert_eq!(remove(&runa, &runa.id).await.mistakes("removeStaff"), ["LAST_ADMIN staffId"]);
    }

    async fn administrators_who_remove_each_other_at_once_on_two_nodes_leave_one(world) {
        world.brand("bank").await;
        let node = world.node().await;
        let keeper = StaffPerson::join(&world, "bank", Admin, "Keeper").await;
        for round in 0..8 {
            let (one, two) = (
                StaffPerson::join(&world, "bank", Admin, &format!("One{round}")).await,
                StaffPerson::join(&node, "bank", Admin, &format!("Two{round}")).await,
            );
            let act = if round % 2 == 0 { "removeStaff" } else { "changeStaffRole" };
            let input = |who: &StaffPerson<'_>| match act {
                "removeStaff" => json!({ "staffId": who.id }),
                _ => json!({ "staffId": who.id, "role": "AGENT" }),
            };
            if round == 0 {
                one.act("removeStaff", json!({ "staffId": keeper.id }), "").await.done("removeStaff");
            }
            let (first, second) = tokio::join!(one.act(act, input(&two), "staffId"), two.act(act, input(&one), "staffId"));
            let alive = [is_alive(&world, one.token()).await, is_alive(&node, two.token()).await];
            assert_eq!(alive.iter().filter(|alive| **alive).count(), 1, "{}\n{}", first.text, second.text);
            let left = if alive[0] { &one } else { &two };
            let admins = left.ask("{ brand { staff(first: 100) { nodes { id role } } } }", json!({})).await;
            let admins = admins.data("/brand/staff/nodes").as_array().unwrap().iter().filter(|who| who["role"] == "ADMIN").count();
            assert_eq!(admins, 1 + round, "whoever was left in the earlier rounds, and one of these two");
        }
    }

    async fn every_act_is_in_the_trail_with_who_did_it_and_names_nobody(world) {
        world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let console = trail(&petra).await[2].2.clone();
        let nils = invite(&petra, "nils@bank.example.org", "AGENT").await.done("inviteStaff")["staffId"].clone();
        accept(&world, &invitation(&world, "nils@bank.example.org"), "Nils").await.done("acceptStaffInvitation");
        change(&petra, nils.as_str().unwrap(), "EXECUTIVE").await.done("changeStaffRole");
        remove(&petra, nils.as_str().unwrap()).await.done("removeStaff");
        let all = trail(&petra).await;
        let by = |act: &str, who: &Value, subject: &Value| (json!(act), who.clone(), subject.clone());
        let (operator, me) = (Value::Null, json!(petra.id));
        assert_eq!(all[2..], [
            by("APP_REGISTERED", &operator, &console),
            by("STAFF_INVITED", &operator, &me),
            by("STAFF_JOINED", &me, &me),
            by("STAFF_INVITED", &me, &nils),
            by("STAFF_JOINED", &nils, &nils),
            by("STAFF_ROLE_CHANGED", &me, &nils),
            by("STAFF_REMOVED", &me, &nils),
        ]);
        let text = petra.ask(TRAIL, json!({})).await.text;
        for word in ["nils", "Nils", "petra", "Petra", "invitation_"] {
            assert!(!text.contains(word), "{word}: {text}");
        }
        let first = petra.ask("{ brand { auditTrail(first: 2) { nodes { act } pageInfo { endCursor hasNextPage } } } }", json!({})).await;
        assert_eq!(first.data("/brand/auditTrail/nodes"), &json!([{ "act": "STAFF_REMOVED" }, { "act": "STAFF_ROLE_CHANGED" }]));
        let rest = "query($after: String) { brand { auditTrail(first: 50, after: $after) { nodes { act } } } }";
        let rest = petra.ask(rest, json!({ "after": first.data("/brand/auditTrail/pageInfo/endCursor") })).await;
        assert_eq!(rest.data("/brand/auditTrail/nodes").as_array().unwrap().len(), all.len() - 2);
    }

    async fn of_somebody_who_was_removed_nothing_personal_is_left_in_either_store(world) {
        world.brand("bank").await;
        let petra = StaffPerson::join(&world, "bank", Admin, "Petra").await;
        let nils = StaffPerson::join(&world, "bank", Agent, "Zorblattson").await;
        let id: entity::ids::StaffId = nils.id.parse().unwrap();
        assert!(world.deps.vault.keyring.key(id).await.is_ok());
        assert!(!stored(&world, &["zorblattson", "Zorblattson"]).await, "and it never lay there in clear");
        remove(&petra, &nils.id).await.done("removeStaff");
        assert!(world.deps.vault.keyring.key(id).await.is_err(), "their key is destroyed");
        assert_eq!(sealed_of_removed(&world).await, 0, "and what was sealed under it is gone");
        let left = petra.ask("{ brand { staff { nodes { name email } } } }", json!({})).await;
        assert!(!left.text.to_lowercase().contains("zorblattson"), "{}", left.text);
    }
}

/// How many of those who were removed have something sealed still.
#[expect(clippy::disallowed_methods, reason = "a thief does not ask the entities")]
async fn sealed_of_removed(world: &World) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let store = &world.deps.vault.store;
    let sql = "select count(*) as held from staff where status = 'REMOVED' and length(payload) > 0";
    let row = store.reader().query_one_raw(Statement::from_string(store.backend(), sql)).await.unwrap();
    row.unwrap().try_get("", "held").unwrap()
}

/// Whether any of these words lies in the tables of staff in clear.
#[expect(clippy::disallowed_methods, reason = "a thief does not ask the entities")]
async fn stored(world: &World, words: &[&str]) -> bool {
    use sea_orm::{ConnectionTrait, Statement};
    let store = &world.deps.vault.store;
    let sql = "select cast(payload as text) as payload, cast(login as text) as login from staff";
    let sql = match world.backend {
        tests::Backend::Sqlite => sql,
        tests::Backend::Postgres => {
            "select encode(payload, 'escape') as payload, encode(login, 'escape') as login from staff"
        }
    };
    let rows = store.reader().query_all_raw(Statement::from_string(store.backend(), sql)).await.unwrap();
    assert!(!rows.is_empty());
    let column = |row: &sea_orm::QueryResult, name: &str| {
        row.try_get::<Option<Vec<u8>>>("", name)
            .unwrap_or_else(|_| row.try_get::<Option<String>>("", name).ok().flatten().map(String::into_bytes))
    };
    rows.iter()
        .flat_map(|row| ["payload", "login"].map(|name| column(row, name)))
        .flatten()
        .any(|bytes| words.iter().any(|word| String::from_utf8_lossy(&bytes).contains(word)))
}

//! Two live secrets of an app during a rotation, on every node, and the audit trail of what was done.

use api::domain::apps;
use entity::audit_entry;
use entity::kinds::AppStatus;
use sea_orm::EntityTrait;
use serde_json::json;
use tests::world::{DAY, MINUTE};
use tests::{BrandApp, World, on_both_databases};

/// The operator gives the app another secret, and the one before it some hours more.
async fn rotate(world: &World, app: &BrandApp<'_>, secret: &str, hours: i64) {
    let transaction = world.deps.vault.begin().await.unwrap();
    assert!(apps::rotate_secret(&transaction, &app.client_id, secret, hours).await.unwrap());
    transaction.commit().await.unwrap();
}

async fn end_old(world: &World, app: &BrandApp<'_>) {
    let transaction = world.deps.vault.begin().await.unwrap();
    assert!(apps::end_old_secret(&transaction, &app.client_id).await.unwrap());
    transaction.commit().await.unwrap();
}

/// The status of a read and of a plain question with this token.
async fn statuses(node: &World, token: &str) -> [u16; 2] {
    let read = r#"{ profile(by: { handle: { channel: X, handle: "nobody" } }, purpose: CUSTOMER_CARE) { id } }"#;
    let mut statuses = [0; 2];
    for (status, query) in statuses.iter_mut().zip([read, "{ brand { slug } }"]) {
        *status = node.ask_as(Some(token), query, json!({})).await.status.as_u16();
    }
    statuses
}

/// Acts with their details, oldest first.
async fn trail(world: &World) -> Vec<(String, String)> {
    let mut rows = audit_entry::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
    rows.sort_by_key(|row| row.id);
    assert!(rows.iter().all(|row| row.staff_id.is_none()), "the operator did it");
    let told = |row: audit_entry::Model| (row.act.as_str().to_owned(), serde_json::to_string(&row.details.0).unwrap());
    rows.into_iter().map(told).collect()
}

on_both_databases! {
    async fn during_a_rotation_both_secrets_hold_until_the_old_one_runs_out_to_the_millisecond(world) {
        let bank = world.brand("bank").await;
        let newer = BrandApp::new(&world, "bank", &bank.client_id, "the-second-secret-0123456789");
        rotate(&world, &bank, &newer.secret, 24).await;
        world.pass(DAY - 1);
        let (old, new) = (bank.token().await, newer.token().await);
        let node = world.node().await;
        for node in [&world, &node] {
            assert_eq!((statuses(node, &old).await, statuses(node, &new).await), ([200, 200], [200, 200]));
        }
        world.pass(1);
        for node in [&world, &node] {
            assert_eq!((statuses(node, &old).await, statuses(node, &new).await), ([401, 401], [200, 200]));
        }
        assert_eq!(bank.ask_for_token().await.body["error"], "invalid_client");
    }

    async fn an_old_secret_that_is_ended_early_is_refused_on_the_next_request_of_every_node(world) {
        let bank = world.brand("bank").await;
        let node = world.node().await;
        let newer = BrandApp::new(&world, "bank", &bank.client_id, "the-second-secret-0123456789");
        rotate(&world, &bank, &newer.secret, 24).await;
        let (old, new) = (bank.token().await, newer.token().await);
        assert_eq!(statuses(&node, &old).await, [200, 200]);
        end_old(&world, &bank).await;
        for node in [&node, &world] {
            assert_eq!((statuses(node, &old).await, statuses(node, &new).await), ([401, 401], [200, 200]));
        }
        assert_eq!(bank.ask_for_token().await.status, 401);
    }

    async fn a_third_secret_ends_the_first_at_once_and_a_suspension_ends_both(world) {
        let bank = world.brand("bank").await;
        let second = BrandApp::new(&world, "bank", &bank.client_id, "the-second-secret-0123456789");
        let third = BrandApp::new(&world, "bank", &bank.client_id, "the-third-secret-0123456789");
        rotate(&world, &bank, &second.secret, 24).await;
        let first_token = bank.token().await;
        rotate(&world, &bank, &third.secret, 24).await;
        assert_eq!(statuses(&world, &first_token).await, [401, 401]);
        assert_eq!(bank.ask_for_token().await.status, 401);
        let tokens = [second.token().await, third.token().await];
        let transaction = world.deps.vault.begin().await.unwrap();
        assert!(apps::set_status(&transaction, &bank.client_id, AppStatus::Suspended).await.unwrap());
        transaction.commit().await.unwrap();
        for token in &tokens {
            assert_eq!(statuses(&world, token).await, [401, 401]);
        }
    }

    async fn what_the_operator_does_is_in_the_audit_trail_without_a_secret_and_nothing_changes_it(world) {
        let bank = world.app("bank", "desk", &["NAME"], &["CUSTOMER_CARE"]).await;
        world.app("bank", "desk", &["NAME"], &["CUSTOMER_CARE"]).await;
        world.app("bank", "desk", &["NAME", "AREA"], &["CUSTOMER_CARE"]).await;
        rotate(&world, &bank, "the-second-secret-0123456789", 1).await;
        end_old(&world, &bank).await;
        end_old(&world, &bank).await;
        for status in [AppStatus::Suspended, AppStatus::Suspended, AppStatus::Active] {
            let transaction = world.deps.vault.begin().await.unwrap();
            assert!(apps::set_status(&transaction, &bank.client_id, status).await.unwrap());
            transaction.commit().await.unwrap();
        }
        for _ in 0..2 {
            let renamed = json!({ "brand": { "slug": "bank", "name": "The bank of tomorrow" }, "apps": [] });
            assert_eq!(world.import(&renamed.to_string()).await, Vec::<String>::new());
        }
        let desk = r#""clientId":"desk""#;
        let until = world.time(60 * MINUTE);
        let expected = [
            ("BRAND_REGISTERED", r#"{"name":"The bank","slug":"bank"}"#.to_owned()),
            ("APP_REGISTERED", format!(r#"{{{desk},"purposes":"CUSTOMER_CARE","scopes":"NAME"}}"#)),
            ("APP_UPDATED", format!(r#"{{{desk},"purposes":"CUSTOMER_CARE","scopes":"NAME AREA"}}"#)),
            ("APP_SECRET_ROTATED", format!(r#"{{{desk},"oldSecretUntil":"{until}"}}"#)),
            ("APP_OLD_SECRET_ENDED", format!("{{{desk}}}")),
            ("APP_SUSPENDED", format!("{{{desk}}}")),
            ("APP_RESUMED", format!("{{{desk}}}")),
            ("BRAND_RENAMED", r#"{"name":"The bank of tomorrow"}"#.to_owned()),
        ];
        assert_eq!(trail(&world).await, expected.map(|(act, details)| (act.to_owned(), details)), "what changes nothing is no act");
        let store = &world.deps.vault.store;
        let removed = audit_entry::Entity::delete_many().exec(store.writer()).await;
        assert!(removed.is_err_and(|error| error.to_string().contains("written once")));
    }
}

//! Noting that grants have run out: late, in batches, on any number of nodes, and always dated when it happened.

use std::sync::Arc;

use api::config::Config;
use api::deps::Deps;
use api::domain::consent;
use api::worker::{self, Workers};
use entity::{consent_event, customer};
use sea_orm::{EntityTrait, QuerySelect};
use serde_json::{Value, json};
use tests::world::{DAY, MINUTE};
use tests::{Backend, World, on_both_databases};

use super::{grant, history};
use tests::process::until;

/// Every event that notes an end by date.
async fn noted(deps: &Deps) -> Vec<consent_event::Model> {
    let events = consent_event::Entity::find().all(deps.vault.store.reader()).await.unwrap();
    events.into_iter().filter(|event| event.kind.as_str() == "EXPIRED").collect()
}

/// A world with workers of its own, which wake by the world's clock.
fn with_workers(world: &World) -> Deps {
    let config = Config { workers: true, ..(*world.deps.config).clone() };
    Deps { config: Arc::new(config), ..world.deps.clone() }
}

on_both_databases! {
    async fn an_end_by_date_is_dated_at_its_time_however_late_the_worker_is(world) {
        let bank = world.brand("bank").await;
        let ada = world.customer("Ada").await;
        ada.link_email("ada@example.org").await;
        let short = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": world.time(DAY) });
        let id = ada.act("giveConsent", short, "grant { id }").await.done("giveConsent")["grant"]["id"].clone();
        let id = id.as_str().expect("an id");
        let halted = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        ada.act("pauseConsent", json!({ "grantId": halted }), "").await.done("pauseConsent");
        let end = world.time(DAY);
        world.pass(DAY - 1);
        assert_eq!(world.expire().await, 0, "its last millisecond");
        world.pass(1);
        assert_eq!(bank.profile("ada@example.org", "CUSTOMER_CARE").await, Value::Null, "it is over with no worker");
        world.pass(40 * DAY);
        assert_eq!(world.expire().await, 1);
        let shown = grant(&ada, id).await;
        assert_eq!((&shown["state"], &shown["endedAt"]), (&json!("EXPIRED"), &json!(end)));
        assert_eq!(history(&shown, "kind"), ["GIVEN", "EXPIRED"]);
        assert_eq!((history(&shown, "occurredAt").pop(), history(&shown, "actor").pop()), (Some(json!(end)), Some(json!("CLOCK"))));
        assert_eq!(world.expire().await, 0, "once");
        world.pass(49 * DAY);
        assert_eq!(world.expire().await, 1, "a halted grant runs out too");
        assert_eq!(history(&grant(&ada, &halted).await, "kind"), ["GIVEN", "PAUSED", "EXPIRED"]);
    }

    async fn nothing_is_noted_twice_whoever_notes_it(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let first = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        let second = ada.give("bank", "ANALYTICS", &["NAME"]).await;
        world.pass(90 * DAY);
        ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
        assert_eq!(world.expire().await, 0, "giving again has noted both");
        for id in [first, second] {
            assert_eq!(history(&grant(&ada, &id).await, "kind"), ["GIVEN", "EXPIRED"]);
        }
    }

    async fn several_nodes_at_once_note_each_end_exactly_once(world) {
        world.brand("bank").await;
        let mut people = Vec::new();
        for number in 0..12 {
            let who = world.customer(&format!("Person{number}")).await;
            for purpose in ["CUSTOMER_CARE", "ANALYTICS"] {
                who.give("bank", purpose, &["NAME"]).await;
            }
            people.push(who);
        }
        world.pass(90 * DAY);
        let nodes: Vec<Deps> = (0..4).map(|_| world.deps.clone()).collect();
        let mut running = tokio::task::JoinSet::new();
        for node in nodes {
            running.spawn(async move { worker::expiry::run_once(&node).await.unwrap() });
        }
        let mut done: usize = running.join_all().await.into_iter().sum();
        // Whom one node was working on, the others have skipped; so a node that died meanwhile would have left them.
        done += world.expire().await;
        assert_eq!(done, 24);
        let events = noted(&world.deps).await;
        assert_eq!(events.len(), 24);
        let rows = customer::Entity::find().all(world.deps.vault.store.reader()).await.unwrap();
        assert!(rows.iter().all(|row| row.consent_revision == 4), "each event has a revision of its own");
    }

    async fn workers_wake_when_the_clock_moves_and_stop_when_they_are_told(world) {
        world.brand("bank").await;
        let ada = world.customer("Ada").await;
        let deps = with_workers(&world);
        let workers = Workers::start(&deps);
        let short = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": world.time(1) });
        ada.act("giveConsent", short.clone(), "").await.done("giveConsent");
        world.pass(MINUTE);
        until("the worker", async || (noted(&deps).await.len() == 1).then_some(())).await;
        workers.stop().await;
        let later = json!({ "brand": "bank", "purpose": "CUSTOMER_CARE", "scopes": ["NAME"], "expiresAt": world.time(1) });
        ada.act("giveConsent", later, "").await.done("giveConsent");
        world.pass(10 * MINUTE);
        assert_eq!(noted(&deps).await.len(), 1, "nobody works any more");

        let idle = Workers::start(&world.deps);
        world.pass(10 * MINUTE);
        idle.stop().await;
        assert_eq!(noted(&deps).await.len(), 1, "the settings leave the work to others");
        assert_eq!(world.expire().await, 1);
    }
}

/// On PostgreSQL: SQLite has one writer, and nobody holds one customer alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_somebody_else_is_working_on_is_skipped_and_holds_up_nobody() {
    let world = World::start(Backend::Postgres).await;
    world.brand("bank").await;
    let (ada, bob) = (world.customer("Ada").await, world.customer("Bob").await);
    let of_ada = ada.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    let of_bob = bob.give("bank", "CUSTOMER_CARE", &["NAME"]).await;
    world.pass(90 * DAY);
    let vault = &world.deps.vault;
    let held = vault.store.begin().await.unwrap();
    let oldest = customer::Entity::find().all(vault.store.reader()).await.unwrap().into_iter().min_by_key(|row| row.id);
    let oldest = oldest.expect("somebody").id;
    customer::Entity::find_by_id(oldest).lock_exclusive().one(&held).await.unwrap();
    assert_eq!(consent::note_due(&world.deps, oldest).await.unwrap(), 0, "nobody waits, and nothing fails");
    assert_eq!(world.expire().await, 1, "the other one is noted");
    held.rollback().await.unwrap();
    assert_eq!(world.expire().await, 1, "then the first one is");
    for (who, id) in [(&ada, of_ada), (&bob, of_bob)] {
        assert_eq!(history(&grant(who, &id).await, "kind"), ["GIVEN", "EXPIRED"]);
    }
}

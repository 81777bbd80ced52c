//! Webhooks with a receiver that fails at random: what happened is delivered, each thing at least once, signed so that the
//! standard's own library takes it. The server runs within the trial, by a clock that it moves: retries take days.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use entity::clock::Clock;
use entity::kinds::StaffRole::Admin;
use entity::kinds::WebhookDeliveryState;
use entity::webhook_delivery;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use tests::chance::Chance;
use tests::channel::Delivery;
use tests::receiver::{Answer, Received};
use tests::world::MINUTE;
use tests::{Backend, Receiver, StaffPerson, World};

use crate::clock::{Moment, wall};
use crate::report::Report;
use crate::site::{Database, Setting};

/// Messages on their way to the server at once.
const TOGETHER: usize = 4;
/// Whoever has not got it after this many days never does.
const DAYS: i64 = 4;

/// How much, and how well it is taken.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Messages that arrive, each of which is an event.
    #[arg(long, default_value_t = 10_000)]
    pub events: usize,
    /// Of a hundred deliveries so many are refused.
    #[arg(long, default_value_t = 20)]
    pub refused: usize,
    /// And so many break off.
    #[arg(long, default_value_t = 5)]
    pub broken: usize,
}

/// Runs it.
pub async fn run(database: Database, setting: &Setting, options: &Options) -> Report {
    let title = format!("hooks {}", database.as_str());
    if database == Database::Postgres && tests::database::find_postgres().is_none() {
        return Report::skipped(&title, "RAPPORT_TEST_POSTGRES_URL names no PostgreSQL");
    }
    let backend = if database == Database::Sqlite { Backend::Sqlite } else { Backend::Postgres };
    let world = World::start_at(backend, Clock::standing_at(wall(0))).await;
    let chance = Mutex::new(Chance::of(setting.seed, 9_000));
    let (refused, broken) = (options.refused, options.broken);
    let taken: Arc<Mutex<HashMap<String, u32>>> = Arc::default();
    let told = Arc::clone(&taken);
    let receiver = Receiver::answering(move |_, received: &Received| {
        let toss = chance.lock().expect("nobody panicked").below(100);
        if toss < refused {
            return Answer::Status(503, "");
        }
        if toss < refused + broken {
            return Answer::Silence;
        }
        *told.lock().expect("nobody panicked").entry(received.id().to_owned()).or_default() += 1;
        Answer::Status(204, "")
    })
    .await;
    let secret = listen(&world, &receiver.url).await;

    let began = Moment::now();
    for first in (0..options.events).step_by(TOGETHER) {
        let numbers = first..options.events.min(first + TOGETHER);
        let arriving = numbers.map(|number| arrive(&world, number));
        futures_util::future::join_all(arriving).await;
    }
    let (arrived, until) = (Moment::now().since(began), world.clock.now().plus_days(DAYS));
    let mut attempts = 0;
    while world.clock.now() < until && waiting(&world, WebhookDeliveryState::Waiting).await > 0 {
        let mut done = 1;
        while done > 0 {
            done = api::worker::webhooks::run_once(&world.deps).await.expect("the work is done");
            done += api::worker::webhooks::run_failing_once(&world.deps).await.expect("the work is done");
            attempts += done;
        }
        world.pass(MINUTE);
    }
    let mut violations = Vec::new();
    let delivered = waiting(&world, WebhookDeliveryState::Delivered).await;
    let taken = taken.lock().expect("nobody panicked").clone();
    let twice = taken.values().filter(|times| **times > 1).count();
    let expected = u64::try_from(options.events).unwrap_or_default();
    if delivered != expected || taken.len() != options.events {
        violations.push(format!("{delivered} of {expected} are delivered, {} were taken", taken.len()));
    }
    let received = receiver.received();
    let forged = received.iter().filter(|one| !one.is_signed_by(&secret)).count();
    let personal = received.iter().filter(|one| one.body.contains("somebody")).count();
    if forged + personal > 0 {
        violations.push(format!("{forged} are not signed as the standard says, {personal} say who has written"));
    }
    let line = format!(
        "{} events, each delivered ({twice} more than once) in {attempts} attempts, all signed; {:.1} s to arrive, {:.1} s in all, \
         {} hours by the clock",
        taken.len(),
        arrived.as_secs_f64(),
        Moment::now().since(began).as_secs_f64(),
        world.clock.now().millis_since(until.minus_days(DAYS)) / (60 * MINUTE),
    );
    world.stop().await;
    Report { title, line, violations, details: Vec::new() }
}

/// A brand whose app is told at this address; what by.
async fn listen(world: &World, url: &str) -> String {
    world.brand("bank").await;
    let accounts =
        json!({ "brand": { "slug": "bank", "name": "The Bank" }, "accounts": [{ "channel": "X", "handle": "@bank" }] });
    assert_eq!(world.import(&accounts.to_string()).await, [""; 0]);
    let admin = StaffPerson::join(world, "bank", Admin, "Petra").await;
    let apps = admin.ask("{ brand { apps { nodes { id clientId } } } }", json!({})).await;
    let apps = apps.data("/brand/apps/nodes").as_array().cloned().unwrap_or_default();
    let app = apps.iter().find(|one| one["clientId"] == "bank-app").expect("the app")["id"].clone();
    let told = admin.act("updateApp", json!({ "appId": app, "webhookUrl": url }), "webhookSecret").await;
    told.done("updateApp")["webhookSecret"].as_str().expect("a secret").to_owned()
}

async fn arrive(world: &World, number: usize) {
    let author = json!({ "id": (number % 50).to_string(), "handle": format!("somebody{}", number % 50) });
    let data = json!({ "id": number.to_string(), "author": author, "to": { "handle": "@bank" }, "text": "again" });
    let delivery =
        Delivery::signed(world, "X", &format!("msg_{number}"), &json!({ "type": "message.created", "data": data }));
    let reply = delivery.send(world).await;
    assert_eq!(reply.status, 202, "{}", reply.text);
}

async fn waiting(world: &World, state: WebhookDeliveryState) -> u64 {
    let of_state = webhook_delivery::Entity::find().filter(webhook_delivery::Column::State.eq(state));
    of_state.count(world.deps.vault.store.reader()).await.expect("the deliveries are counted")
}

//! Webhooks: what brands' apps are told, how it reaches them, and where it can never go.

mod delivering;
mod guarding;
mod managing;
mod telling;

use entity::kinds::StaffRole::Admin;
use serde_json::{Value, json};
use tests::customer::PASSWORD;
use tests::staff::sign_in;
use tests::{BrandApp, Receiver, StaffPerson, World};

/// What is shown of a delivery.
const DELIVERY: &str = "id appId event body state queuedAt nextAttemptAt attempts lastAttemptAt lastStatus lastFault";

/// An administrator of a brand whose app has a webhook.
struct Listening<'w> {
    world: &'w World,
    slug: String,
    email: String,
    app: BrandApp<'w>,
    /// The app's id.
    id: Value,
    /// What its deliveries are signed with.
    secret: String,
}

/// A brand that customers write to, with an app that is told there.
async fn listening<'w>(world: &'w World, slug: &str, url: &str) -> Listening<'w> {
    let app = crate::conversations::reached(world, slug).await;
    let admin = StaffPerson::join(world, slug, Admin, "Petra").await;
    let apps = admin.ask("{ brand { apps { nodes { id clientId } } } }", json!({})).await;
    let apps = apps.data("/brand/apps/nodes").as_array().unwrap().clone();
    let id = apps.iter().find(|one| one["clientId"] == app.client_id.as_str()).unwrap()["id"].clone();
    let input = json!({ "appId": id, "webhookUrl": url });
    let told = admin.act("updateApp", input, "app { webhookUrl } webhookSecret").await;
    let told = told.done("updateApp").clone();
    assert_eq!(told["app"]["webhookUrl"], url);
    let (slug, email) = (slug.to_owned(), admin.email.clone());
    Listening { world, slug, email, app, id, secret: told["webhookSecret"].as_str().expect("a secret").to_owned() }
}

impl<'w> Listening<'w> {
    /// The administrator, signed in just now: their tokens hold for five minutes, and deliveries take days.
    async fn admin(&self) -> StaffPerson<'w> {
        let reply = sign_in(self.world, None, &self.email, PASSWORD).await;
        StaffPerson::of(self.world, &self.slug, &self.email, reply.done("signInStaff"))
    }

    /// What a mutation of the administrator's gives.
    async fn act(&self, mutation: &str, input: Value, shown: &str) -> Value {
        self.admin().await.act(mutation, input, shown).await.done(mutation).clone()
    }

    /// What is wrong with it.
    async fn mistake(&self, mutation: &str, input: Value, shown: &str) -> (String, Value) {
        let reply = self.admin().await.act(mutation, input, shown).await;
        let error = reply.data(&format!("/{mutation}/userErrors/0"));
        (error["code"].as_str().unwrap().to_owned(), error["field"].clone())
    }

    /// Its deliveries, newest first.
    async fn deliveries(&self, only: &str) -> Vec<Value> {
        let query = format!("{{ brand {{ webhookDeliveries(first: 100{only}) {{ nodes {{ {DELIVERY} }} }} }} }}");
        let reply = self.admin().await.ask(&query, json!({})).await;
        reply.data("/brand/webhookDeliveries/nodes").as_array().unwrap().clone()
    }

    /// Its webhook.
    async fn webhook(&self) -> Value {
        let query = "{ brand { webhooks { nodes { appId clientId url failingSince disabledAt oldSecretUntil } } } }";
        let mut all =
            self.admin().await.ask(query, json!({})).await.data("/brand/webhooks/nodes").as_array().unwrap().clone();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// Has it tried, so many times; the deliveries' ids.
    async fn test(&self, times: usize) -> Vec<Value> {
        let (admin, mut ids) = (self.admin().await, Vec::new());
        for _ in 0..times {
            let tried = admin.act("testWebhook", json!({ "appId": self.id }), "delivery { id event state }").await;
            let tried = tried.done("testWebhook")["delivery"].clone();
            assert_eq!((&tried["event"], &tried["state"]), (&json!("WEBHOOK_TEST"), &json!("WAITING")));
            ids.push(tried["id"].clone());
        }
        ids
    }
}

/// Does what is due until nothing is.
async fn work_off(world: &World) {
    while world.work().await > 0 {}
}

/// What came, without what was tried.
fn news(receiver: &Receiver) -> Vec<Value> {
    receiver
        .received()
        .iter()
        .map(tests::receiver::Received::json)
        .filter(|news| news["type"] != "webhook.test")
        .collect()
}

//! What webhooks tell: ids and times, and nobody's words.

use std::collections::BTreeSet;

use serde_json::json;
use tests::Receiver;

use super::{HANDLE, Sweep};
use crate::conversations::arrive;

impl Sweep<'_> {
    /// The bank's app is told what happens.
    pub async fn listen(&self) -> Receiver {
        let receiver = Receiver::start().await;
        let apps = self.admin.ask("{ brand { apps { nodes { id clientId } } } }", json!({})).await;
        let apps = apps.data("/brand/apps/nodes").as_array().expect("a list").clone();
        let app = apps.iter().find(|app| app["clientId"] == "bank-app").expect("the app");
        let input = json!({ "appId": app["id"], "webhookUrl": receiver.url });
        self.admin.act("updateApp", input, "").await.done("updateApp");
        let (from, to) = (json!({ "handle": HANDLE }), json!({ "handle": "care@bank.example.org" }));
        let data = json!({ "id": "2", "author": from, "to": to, "text": "yarrowgate" });
        arrive(self.world, "EMAIL", &data).await;
        receiver
    }

    /// What it was told: nobody's words.
    pub async fn deliveries(&mut self, receiver: &Receiver) {
        while self.world.work().await > 0 {}
        let received = receiver.received();
        let kinds: BTreeSet<String> = receiver.kinds().into_iter().collect();
        assert!(kinds.contains("consent.withdrawn") && kinds.contains("message.received"), "{kinds:?}");
        for one in received {
            let text = format!("{:?} {}", one.headers, one.body);
            for (kind, word) in self.canaries.found(&text) {
                self.complaints.insert(format!("{word} ({kind}) is in a delivery: {text}"));
            }
        }
    }
}

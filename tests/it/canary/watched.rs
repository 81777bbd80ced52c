//! What streams tell: what somebody shares is told to those who may look it up, and to nobody else.

use serde_json::json;
use tests::app::WHOLE_PROFILE;
use tests::{Heard, Socket};

use super::{State, Sweep};

impl Sweep<'_> {
    /// Everybody watches what Ada shares, in the conversation that she has begun with the bank.
    pub async fn on_streams(&mut self, state: &State) {
        let id = self.ids.iter().find(|id| id.starts_with("conversation_")).expect("she has written").clone();
        let tokens = [
            ("the bank", self.bank.token().await, state.by_handle.clone()),
            ("the bank's agent", self.agent.token().to_owned(), state.by_handle.clone()),
            ("the bank's administrator", self.admin.token().to_owned(), Vec::new()),
            ("the shop", self.shop.token().await, Vec::new()),
            ("Bob", self.bob.token().await, Vec::new()),
        ];
        for (reader, token, allowed) in tokens {
            let mut socket = Socket::begin(&self.world.url, Some(&token)).await;
            let query = format!(
                "subscription($id: ID!) {{ sharedProfile(conversationId: $id, purpose: CUSTOMER_CARE) {{ {WHOLE_PROFILE} }} }}"
            );
            socket.subscribe("1", &query, json!({ "id": id })).await;
            let Heard::Message(message) = socket.hear().await else { panic!("{reader} hears something") };
            let found = self.canaries.found(&message.to_string());
            if reader == "the bank's agent" {
                assert_eq!(found.is_empty(), allowed.is_empty(), "{reader} while {}: {message}", state.name);
            }
            for (kind, word) in found.into_iter().filter(|(kind, _)| !allowed.contains(kind)) {
                self.complaints.insert(format!("{reader} was told {word} ({kind}) while {}", state.name));
            }
        }
    }
}

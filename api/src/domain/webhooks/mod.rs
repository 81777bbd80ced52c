//! Webhooks: telling brands' apps what happened (`send`), and what their administrators do about it (`admin`).

mod admin;
mod send;

pub use admin::{Filter, deliveries, enable_as, of_brand, replay_as, replay_failed_as, rotate_as, secret, test_as};
pub use send::{Health, deliver, forget, give_up};

use entity::kinds::WebhookDeliveryState;
use entity::{app, webhook};

/// An app's webhook.
pub struct Webhook {
    /// The app, which has an address.
    pub app: app::Model,
    /// How it is signed, and how its address does; none if nothing was ever noted.
    pub row: Option<webhook::Model>,
}

impl Webhook {
    /// What makes its secret.
    fn salt(&self) -> &[u8] {
        self.row.as_ref().map_or(&[], |row| &row.salt)
    }
}

/// A delivery that is tried.
const WAITING: WebhookDeliveryState = WebhookDeliveryState::Waiting;

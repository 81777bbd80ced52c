//! What is watched: by WebSocket (`transport_ws`) and by events over HTTP (`events`). Either carries what a [`watch::Watch`]
//! gives.

mod events;
mod message;
mod transport_ws;
mod watch;

pub use events::events;
pub use transport_ws::{is_upgrade, socket};

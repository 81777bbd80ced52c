//! What customers and brands say to each other: messages come in from channels, the brand's people see to them.

mod act;
mod queue;
mod receive;

pub(super) use act::release;
pub use act::{Change, change, note};
pub use queue::{QueueFilter, QueuePlace, find, place, queue};
pub use receive::{Event, Party, Verb, receive};

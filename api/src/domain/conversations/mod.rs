//! What customers and brands say to each other: messages come in from channels, the brand's people see to them.

mod act;
mod deliver;
mod draft;
mod hand_out;
mod macros;
mod presence;
mod queue;
mod receive;
mod send;

pub(super) use act::release;
pub use act::{Change, change, note};
pub use deliver::mail;
pub use draft::{Drafted, Worded, Wording, draft, template, worded};
pub use hand_out::{Claim, claim, give_up, report};
pub use macros::{create_macro, macro_versions, macros, retire_macro, update_macro, usable_macro};
pub use presence::{Presence, forget_presence, present, show_presence};
pub use queue::{QueueFilter, QueuePlace, find, place, queue};
pub use receive::{Event, Party, Verb, receive};
pub use send::{NewReply, Unsent, send, send_again};

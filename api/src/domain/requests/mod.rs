//! Consent requests: a brand asks somebody whom it knows only by a message, by a link that works for whoever opens it.
//!
//! A request opens nothing by itself: only the customer's answer makes a grant. Who opened the link, whether somebody
//! refused, and whether there is such a person at all stay unknown to the brand: until the customer gives, it sees PENDING
//! and then LAPSED, whatever happened. So nothing that the brand can read or call depends on the row's state but GIVEN.
//!
//! One thing is left: a link without a handle works for whoever has it, so a brand that opens its own link as a customer
//! finds out whether somebody did before, and spoils the link by it if nobody had. With a handle it finds out nothing.

mod answer;
mod create;
mod list;
mod open;

pub use answer::{Answer, answer, refuse};
pub use create::{Created, NewRequest, Unasked, WantedScope, create};
pub use list::{RequestCursor, Wordings, find_live_grants, load_wordings, of_brand, waiting};
pub use open::{Opened, open};

/// What the keyed hash of a link's secret is for.
const KIND: &str = "request";

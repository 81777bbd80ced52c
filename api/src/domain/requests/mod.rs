//! Consent requests: a brand asks somebody whom it knows only by a message, by a link that works for whoever has it.
//!
//! A request opens nothing by itself: only the customer's answer makes a grant. Who opened the link, whether somebody
//! refused, and whether there is such a person at all stay unknown to the brand: until a customer gives, it sees PENDING
//! and then LAPSED, whatever happened.
//!
//! So opening belongs to the customer, not to the request. Any number of them can open a link, and each has it waiting in
//! their own list; opening, refusing and letting it lapse touch no row but their own, so that to everybody else the link
//! is the same before and after: also to the brand, which has the link too and may open it as a customer of its own. The
//! first who gives has it; then the brand knows anyhow, and to all others it is over.

mod answer;
mod create;
mod list;
mod open;

pub(in crate::domain) use answer::chosen;
pub use answer::{Answer, answer, refuse};
pub use create::{Created, NewRequest, Unasked, WantedScope, create};
pub use list::{RequestCursor, WaitingRequest, Wordings, find_live_grants, load_wordings, of_brand, opened, waiting};
pub use open::{Opened, open};
pub(in crate::domain) use open::{resting, rests_until};

/// What the keyed hash of a link's secret is for.
pub(in crate::domain) const KIND: &str = "request";
/// What is said of a request that nobody has answered in time.
const LAPSED: &str = "this request has lapsed; the brand can ask you again";

//! Consent: giving, changing, halting and ending grants. The law itself is in `entity::consent`.
//!
//! Every service takes the customer's lock first, so that one customer's changes have one order, and raises the
//! consent revision once per event (`book`).

mod amend;
mod book;
mod end;
mod give;
mod read;
mod receipt;

pub use amend::{Amend, Amended, amend};
pub use end::{pause, resume, withdraw, withdraw_everything};
pub use give::{Give, give};
pub use read::{GrantCursor, events, find_grants, grants, state_at};

//! Consent: giving, changing, halting and ending grants. The law itself is in `entity::consent`.
//!
//! Every service takes the customer's lock first, so that one customer's changes have one order, and raises the
//! consent revision once per event (`book`).

mod acknowledge;
mod amend;
mod book;
mod end;
mod erase;
mod expiry;
mod give;
mod marketing;
mod on_request;
mod read;
mod receipt;
mod revoke;

pub use acknowledge::acknowledge;
pub use amend::{Amend, Amended, amend};
pub use end::{pause, pause_everything, resume, resume_everything, withdraw, withdraw_everything, withdraw_from_brand};
pub(in crate::domain) use erase::end_for_good;
pub use expiry::{load_due, note_due};
pub use give::{Give, give};
pub use marketing::{PrivacySignal, heed, marketing_blocked_since, set_direct_marketing};
pub use on_request::Answered;
pub(in crate::domain) use on_request::{Terms, give_on_request, refuse_request};
pub use read::{GrantCursor, events, find_grants, first_events, grants, of_brand, offers, state_at, versions};
pub use receipt::attest;
pub use revoke::{Held, Verdict, end_by_operator, revoke};

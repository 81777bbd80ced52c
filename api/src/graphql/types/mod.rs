//! The types of answers, one file per noun. `Profile` and its parts are in `entity`, beside the law.

pub mod app;
pub mod audit;
pub mod authorization;
pub mod brand;
pub mod consent_event;
pub mod consent_request;
pub mod context;
pub mod conversation;
pub mod customer;
pub mod device_session;
pub mod disclosure;
pub mod grant;
pub mod grant_change;
pub mod link;
pub mod log;
pub mod notice;
pub mod outgoing;
pub mod passkey;
pub mod pending_request;
pub mod receipt;
mod reply;
pub mod reply_macro;
pub mod session;
mod siblings;
pub mod staff;
pub mod user_error;
pub mod webhook;

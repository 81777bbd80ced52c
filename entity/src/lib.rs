//! What is stored, the law over it, and the only doors to it.
//!
//! - [`ids`], [`kinds`], [`values`]: typed ids, closed lists, checked texts.
//! - [`brand`] .. [`session`]: plain tables, one per file.
//! - [`access`]: witnesses that somebody was checked against a live row.
//! - [`consent`]: the law, pure: ledger -> decide -> decision.
//! - [`jwk`]: public keys that apps sign with.
//! - [`keyring`]: the data keys that personal values are sealed under, in a store of their own.
//! - [`log`]: the log of disclosures and consent events as a Merkle tree, pure: tiles, proofs, checkpoints, audit.
//! - [`one_time_code`]: the codes of authenticator apps, pure.
//! - [`proof`]: how long a proof of a handle holds.
//! - [`webauthn`]: what a passkey brings, checked by the standard's steps, pure.
//! - [`signing`]: what receipts and checkpoints are signed with.
//! - [`journal`]: every reduction of consent, kept apart from the database and replayed over a restored one.
//! - `protected`: the tables that hold personal data; private, no other crate can name them.
//! - [`vault`]: the doors to those tables: disclose to brands, show to the owner, write, find.
//!
//! A protected value leaves this crate in three shapes only: [`vault::Gated`], made by the law and recorded before it is
//! released, [`vault::Owned`], made for the customer it belongs to, and [`vault::Addressed`], made for the brand that it was
//! written to.

pub mod access;
pub mod clock;
pub mod consent;
pub mod entropy;
mod hexadecimal;
pub mod ids;
pub mod journal;
pub mod jwk;
pub mod keyring;
pub mod keys;
pub mod kinds;
mod listed;
pub mod log;
pub mod one_time_code;
pub mod proof;
mod protected;
mod rows;
pub mod scope;
pub mod signing;
pub mod store;
pub mod values;
pub mod vault;
pub mod webauthn;

pub mod app;
pub mod audit_entry;
pub mod brand;
pub mod brand_account;
pub mod consent_event;
pub mod consent_request;
pub mod conversation;
pub mod customer;
pub mod grant;
pub mod grant_version;
pub mod guess;
pub mod idempotency;
pub mod import_progress;
pub mod inbound_message;
pub mod job;
pub mod news;
pub mod notice;
pub mod passkey_challenge;
pub mod presence;
pub mod provider_attempt;
pub mod pushed_request;
pub mod refresh_token;
pub mod reply;
pub mod reply_macro;
pub mod reply_macro_version;
pub mod request_opening;
pub mod revoked_token;
pub mod scope_definition;
pub mod session;
pub mod setting;
pub mod staff_session;
pub mod token_family;
pub mod used_jwt;
pub mod webhook;
pub mod webhook_delivery;

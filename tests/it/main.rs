//! The black-box suite: over real HTTP, on SQLite and on PostgreSQL. One binary, one file per subject.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod accounts;
mod bombs;
mod claims;
mod concurrency;
mod consent;
mod explorer;
mod forge;
mod forgeries;
mod health;
mod http;
mod links;
mod main_job;
mod oauth;
mod sharing;
mod tokens;
mod wire;

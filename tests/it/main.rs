//! The black-box suite: over real HTTP, on SQLite and on PostgreSQL. One binary, one file per subject.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod accounts;
mod architecture;
mod bombs;
mod canary;
mod changes;
mod claims;
mod command_line;
mod concurrency;
mod consent;
mod consent_matrix;
mod conversations;
mod coverage;
mod demo;
mod erasure;
mod explorer;
mod export;
mod faults;
mod forge;
mod forgeries;
mod guessing;
mod health;
mod hot_path;
mod http;
mod import;
mod import_mistakes;
mod journal;
mod kill;
mod linking;
mod links;
mod live;
mod main_job;
mod oauth;
mod pages;
mod passkeys;
mod readme;
mod receipts;
mod requests;
mod restore;
mod rotation;
mod secrets;
mod sharing;
mod sign_in;
mod staff;
mod statements;
mod tampering;
mod token_keys;
mod tokens;
mod validated;
mod waiting;
mod webhooks;
mod wire;

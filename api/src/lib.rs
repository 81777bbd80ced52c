//! The server: one GraphQL API, its roles and its command line.
//!
//! A request travels one way: `http` (bytes, limits) -> `auth` (witness) -> `http::gateway` (viewer, request id) ->
//! `graphql` (resolver) -> `domain` (service) -> `entity::vault` (door) -> `entity::consent` (law) -> tables.

pub mod app;
pub mod auth;
pub mod background;
mod backup;
pub mod bootstrap;
pub mod cli;
pub mod config;
mod connectors;
pub mod demo;
pub mod deps;
pub mod domain;
pub mod failure;
pub mod graphql;
pub mod http;
pub mod import;
pub mod live;
pub mod mail;
pub mod outbound;
mod standard_webhooks;
pub mod telemetry;
pub mod web;
pub mod worker;

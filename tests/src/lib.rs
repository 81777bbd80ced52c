//! What the suite stands on: a world per test (a server on a database of its own), and people who act in it through the
//! public API only.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

pub mod app;
pub mod authenticator;
pub mod canary;
pub mod certified_provider;
pub mod chance;
pub mod channel;
pub mod cluster;
pub mod customer;
pub mod database;
pub mod log;
pub mod lying_provider;
pub mod post_office;
pub mod process;
pub mod receiver;
pub mod reply;
pub mod snapshot;
pub mod socket;
pub mod staff;
pub mod strange_client;
pub mod window;
pub mod world;

pub use app::BrandApp;
pub use authenticator::Authenticator;
pub use customer::Customer;
pub use database::Backend;
pub use receiver::Receiver;
pub use reply::Reply;
pub use socket::{Events, Heard, Socket};
pub use staff::StaffPerson;
pub use strange_client::StrangeClient;
pub use window::{Habits, Window};
pub use world::World;

/// Declares scenarios that run once on SQLite and once on PostgreSQL, each in a world of its own.
#[macro_export]
macro_rules! on_both_databases {
    ($($(#[$attribute:meta])* async fn $name:ident($world:ident) $body:block)*) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn scenario($world: $crate::World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                scenario($crate::World::start($crate::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                scenario($crate::World::start($crate::Backend::Postgres).await).await;
            }
        }
    )*};
}

//! `log`: for anyone.

use async_graphql::Object;

use crate::graphql::types::log::Log;

#[derive(Default)]
pub struct LogQuery;

#[Object]
impl LogQuery {
    /// The tamper-evident log of disclosures and consent events. For anyone.
    async fn log(&self) -> Log {
        Log
    }
}

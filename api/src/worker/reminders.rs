//! Reminds customers, once each time, of handles that have to be proven again soon.

use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::links;

/// Customers in a batch.
const BATCH: u64 = 200;

/// Enqueues the mails that are due; to how many customers.
///
/// # Errors
/// When nobody can be looked for, or the work on somebody failed.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    links::remind(deps, BATCH).await
}

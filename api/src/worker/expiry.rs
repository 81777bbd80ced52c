//! Appends the EXPIRED events of grants that have run out, dated when they did. Nothing depends on it but the history: a
//! grant permits nothing from its date on, whether or not this ever runs.

use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::consent;

/// Customers in a batch.
const BATCH: u64 = 200;

/// Notes what has run out, each customer in a transaction of their own, under their lock; how many grants. Whom somebody
/// else is working on is skipped, and whoever fails does not hold up the others.
///
/// # Errors
/// When nobody can be looked for, or everybody failed.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    let (mut noted, mut failed) = (0, None);
    for customer in consent::load_due(deps, BATCH).await? {
        match consent::note_due(deps, customer).await {
            Ok(grants) => noted += grants,
            Err(error) => {
                tracing::warn!(%error, "the end of a grant could not be noted");
                failed = Some(error);
            }
        }
    }
    match failed {
        Some(error) if noted == 0 => Err(error),
        _ => Ok(noted),
    }
}

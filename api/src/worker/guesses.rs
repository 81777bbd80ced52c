//! Sweeps the cells that count guesses: those that are empty say nothing any more.

use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::guesses;

/// Deletes a batch of them; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    guesses::sweep(deps).await
}

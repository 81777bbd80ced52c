//! Deletes codes, tokens and pushed requests that nobody can use any more.

use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::authorizations;

/// Deletes them; how many.
///
/// # Errors
/// When the database cannot be written.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    authorizations::tidy(deps).await
}

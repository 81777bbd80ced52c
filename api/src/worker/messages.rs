//! Forgets which messages of channels were taken in, once nobody delivers them again.

use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::links;

/// Deletes what is old enough; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    links::forget_messages(deps).await
}

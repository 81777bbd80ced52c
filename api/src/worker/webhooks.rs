//! Tells brands' apps what happened. Those whose address does not do well are seen to apart, so that they hold up nobody else.

use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::webhooks::{self, Health};

/// Delivers what is due to addresses that do well; how many attempts were made.
///
/// # Errors
/// When the database cannot be asked.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    webhooks::deliver(deps, Health::Well).await
}

/// The same for the others.
///
/// # Errors
/// When the database cannot be asked.
pub async fn run_failing_once(deps: &Deps) -> Result<usize, DbErr> {
    webhooks::deliver(deps, Health::Failing).await
}

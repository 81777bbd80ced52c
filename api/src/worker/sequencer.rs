//! Gives the records of reads and consent events their places in the log, and signs where it then stands.

use entity::vault::log;
use sea_orm::DbErr;

use crate::deps::Deps;

/// Places what waits; how many records. On any number of nodes: the one that gets the lock does it.
///
/// # Errors
/// When the database cannot be asked, or the stored tree does not fit together.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    log::sequence(&deps.vault).await
}

//! Sends the replies that go out by mail, and gives up on those that nobody takes or whose sender is silent.

use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::conversations;

/// Replies in a batch.
const BATCH: u64 = 50;

/// Does what is due; how many replies were seen to.
///
/// # Errors
/// When the outbox cannot be read or written.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    let over = conversations::give_up(deps, BATCH).await?;
    Ok(over + conversations::mail(deps, BATCH).await?)
}

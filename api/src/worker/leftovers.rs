//! Forgets what was only kept for a while: which messages of channels were taken in, attempts at providers that came to
//! nothing, challenges that no passkey has answered, and deliveries to webhooks, which it gives up on before.

use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::{accounts, links, providers, webhooks};

/// Deletes what is old enough; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    let challenges = accounts::forget_passkey_challenges(deps).await?;
    let deliveries = webhooks::give_up(deps).await? + webhooks::forget(deps).await?;
    Ok(links::forget_messages(deps).await? + providers::forget_attempts(deps).await? + challenges + deliveries)
}

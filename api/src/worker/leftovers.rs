//! Forgets what was only kept for a while: which messages of channels were taken in, who was looking at a conversation, attempts
//! at providers that came to nothing, challenges that no passkey has answered, news, and deliveries to webhooks, which it gives
//! up on before.

use entity::vault::news;
use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::{accounts, conversations, links, providers, webhooks};

/// Deletes what is old enough; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    let messages = links::forget_messages(deps).await? + conversations::forget_presence(deps).await?;
    let attempts = providers::forget_attempts(deps).await? + accounts::forget_passkey_challenges(deps).await?;
    let deliveries = webhooks::give_up(deps).await? + webhooks::forget(deps).await?;
    let news = usize::try_from(news::forget(&deps.vault).await?).unwrap_or(usize::MAX);
    Ok(messages + attempts + deliveries + news)
}

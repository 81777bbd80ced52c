//! Puts the next key for access tokens into the key file when the one in use has signed for long enough.

use sea_orm::DbErr;

use crate::config::keys::rotate::{self, Rotation};
use crate::deps::Deps;

/// Adds the next key if it is time; whether it was. A file that cannot be written is a warning: tokens go on as they are.
///
/// # Errors
/// Never; every job has this shape.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    let (days, now) = (deps.config.token_key_days, deps.vault.clock.now());
    let newest = deps.signer.keys().phases(now).last().map(|(_, from, _)| *from);
    if days == 0 || newest.is_none_or(|newest| now < newest.plus_days(days.into())) {
        return Ok(0);
    }
    let path = deps.config.key_file.clone();
    match tokio::task::spawn_blocking(move || rotate::add_token_key(&path, now)).await {
        Ok(Ok(Rotation::Added(from))) => {
            tracing::info!(%from, "the next token key is in the key file");
            Ok(1)
        }
        // Another node was first.
        Ok(Ok(Rotation::Waiting(_))) => Ok(0),
        Ok(Err(fault)) => {
            tracing::warn!(%fault, "the next token key could not be written; run: rapport token-keys rotate");
            Ok(0)
        }
        Err(error) => {
            tracing::error!(%error, "a job broke down");
            Ok(0)
        }
    }
}

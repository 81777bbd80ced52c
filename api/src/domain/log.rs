//! The log towards the outside: what anyone may know of it, and putting records in order.

use std::collections::HashMap;

use entity::signing::PublicKey;
use entity::vault::log::{self, Head, Inclusion};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::deps::Deps;

/// The newest checkpoint; none in a log that is empty yet.
///
/// # Errors
/// When the database cannot be asked.
pub async fn latest(deps: &Deps) -> Result<Option<Head>, DbErr> {
    log::latest(&deps.vault).await
}

/// Proofs of records under the newest checkpoint, in three statements however many they are. Those that still wait for
/// their places are not in the answer.
///
/// # Errors
/// When the database cannot be asked or the stored tree does not fit together.
pub async fn inclusions(deps: &Deps, records: &[Uuid]) -> Result<(Option<Head>, HashMap<Uuid, Inclusion>), DbErr> {
    let Some(head) = latest(deps).await? else { return Ok((None, HashMap::new())) };
    let proofs = log::inclusions(&deps.vault, &head, records).await?;
    Ok((Some(head), proofs))
}

/// The public keys that receipts and checkpoints are checked with, oldest first.
#[must_use]
pub fn keys(deps: &Deps) -> &[PublicKey] {
    deps.vault.signing.published()
}

//! What an app asks, pushed beforehand (RFC 9126): checked at once, stored for a minute and a half, and good for one use. The
//! customer's browser then carries a reference only, which nobody can change or guess.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::{app, pushed_request};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};
use serde_json::json;

use super::ask::{Declined, find_active, receive_from};
use crate::deps::Deps;

/// A pushed request can be used for so long.
pub const PUSHED_SECONDS: i64 = 90;

/// What stands before every reference (RFC 9126 section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// What the keyed hash of a reference is for.
const KIND: &str = "pushed request";
/// What an app may push; nothing else is stored, its secret least of all.
const PARAMETERS: [&str; 9] = [
    "response_type",
    "redirect_uri",
    "scope",
    "purpose",
    "state",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "response_mode",
];

/// Takes what an active app wants to ask. The reference to it.
///
/// # Errors
/// When it could not be asked as it stands: see [`Declined`].
pub async fn push<'p>(
    deps: &Deps,
    app: &app::Model,
    parameter: impl Fn(&str) -> Option<&'p str>,
) -> Result<String, Declined> {
    receive_from(deps, app, &parameter, |_| false)?;
    let pushed: BTreeMap<&str, &str> =
        PARAMETERS.into_iter().filter_map(|name| Some((name, parameter(name)?))).collect();
    let secret = URL_SAFE_NO_PAD.encode(deps.vault.entropy.bytes::<32>());
    let transaction = deps.vault.begin().await?;
    let row = pushed_request::ActiveModel {
        brand_id: Set(app.brand_id),
        hash: Set(transaction.keys().secret(KIND, secret.as_bytes())),
        app_id: Set(app.id),
        parameters: Set(json!(pushed)),
        expires_at: Set(transaction.now().plus_seconds(PUSHED_SECONDS)),
    };
    pushed_request::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    transaction.commit().await?;
    Ok(format!("{PREFIX}{secret}"))
}

/// Takes what this app has pushed, by its reference: nobody can take it again.
///
/// # Errors
/// When this very app has pushed nothing by that reference, when it was taken, or too long ago: all alike.
pub async fn take(deps: &Deps, client_id: &str, reference: &str) -> Result<BTreeMap<String, String>, Declined> {
    let found = match find_active(deps.vault.store.reader(), client_id).await? {
        Some(app) => claim(deps, &app, reference).await?,
        None => None,
    };
    found.ok_or(Declined::Shown(
        "what the app wanted to ask is not known here, was opened already, or is too old; begin again at the app",
    ))
}

async fn claim(deps: &Deps, app: &app::Model, reference: &str) -> Result<Option<BTreeMap<String, String>>, DbErr> {
    let Some(secret) = reference.strip_prefix(PREFIX) else { return Ok(None) };
    let transaction = deps.vault.begin().await?;
    let hash = transaction.keys().secret(KIND, secret.as_bytes());
    let row = pushed_request::Entity::find_by_id((app.brand_id, hash.clone())).one(transaction.connection()).await?;
    let Some(row) = row.filter(|row| row.app_id == app.id && transaction.now() < row.expires_at) else {
        return Ok(None);
    };
    // Of two who come at once both find the row; only one deletes it.
    let deleted = pushed_request::Entity::delete_many()
        .filter(pushed_request::Column::BrandId.eq(app.brand_id))
        .filter(pushed_request::Column::Hash.eq(hash))
        .exec(transaction.connection())
        .await?;
    transaction.commit().await?;
    Ok((deleted.rows_affected == 1).then(|| serde_json::from_value(row.parameters).unwrap_or_default()))
}

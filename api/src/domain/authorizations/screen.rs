//! What a customer is shown who was sent here: what is asked, and how it stands with what they share already.

use entity::access::Owner;
use entity::consent::DEFAULT_DAYS;
use entity::scope::{Pins, Scope};
use entity::values::Timestamp;
use entity::vault::current_version;
use entity::{grant, notice};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::ask::Ask;
use crate::deps::Deps;
use crate::domain::notices;
use crate::domain::requests::{self, Wordings};

/// How it stands with what an app asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Something is asked that the customer does not share with this brand for this purpose.
    Asks,
    /// The customer shares all of it: nothing is asked but whether to go back to the app.
    Shared,
    /// They refused this brand for this purpose less than 90 days ago.
    Rests(Timestamp),
}

/// Everything that the page shows.
pub struct Screen {
    /// What is asked.
    pub ask: Ask,
    /// How it stands.
    pub standing: Standing,
    /// What is shared already.
    pub held: Option<grant::Model>,
    /// How long it would be shared.
    pub until: Timestamp,
    /// How the scopes are worded.
    pub wordings: Wordings,
    /// The notice beside the decision, in every language.
    pub texts: Vec<notice::Model>,
}

/// What the customer is shown.
///
/// # Errors
/// When the database cannot be asked.
pub async fn look(deps: &Deps, owner: &Owner, ask: Ask) -> Result<Screen, DbErr> {
    let (reader, now) = (deps.vault.store.reader(), deps.vault.now().await?);
    let held = held(reader, owner, &ask, now).await?;
    let standing = standing(reader, owner, &ask, held.as_ref(), now).await?;
    let until = latest(held.as_ref(), now);
    let texts = shown_texts(reader).await?;
    Ok(Screen { ask, standing, held, until, wordings: requests::load_wordings(deps).await?, texts })
}

/// What the customer shares with the brand for the purpose now.
pub(super) async fn held(
    connection: &impl ConnectionTrait,
    owner: &Owner,
    ask: &Ask,
    now: Timestamp,
) -> Result<Option<grant::Model>, DbErr> {
    grant::Entity::find()
        .filter(grant::Column::CustomerId.eq(owner.customer()))
        .filter(grant::Column::BrandId.eq(ask.brand))
        .filter(grant::Column::Purpose.eq(ask.purpose))
        .filter(grant::Column::EndedAt.is_null())
        .filter(grant::Column::ValidFrom.lte(now))
        .filter(grant::Column::ExpiresAt.gt(now))
        .one(connection)
        .await
}

/// How it stands with what is asked.
pub(super) async fn standing(
    connection: &impl ConnectionTrait,
    owner: &Owner,
    ask: &Ask,
    held: Option<&grant::Model>,
    now: Timestamp,
) -> Result<Standing, DbErr> {
    if held.is_some_and(|held| ask.scopes.iter().all(|scope| is_shared(&held.pins, *scope))) {
        return Ok(Standing::Shared);
    }
    let rests = requests::rests_until(connection, owner, (ask.brand, ask.purpose), now).await?;
    Ok(rests.map_or(Standing::Asks, Standing::Rests))
}

/// Whether all that a scope opens today is shared.
#[must_use]
pub(super) fn is_shared(held: &Pins, scope: Scope) -> bool {
    held.version(scope).is_some_and(|version| version >= current_version(scope))
}

/// The end of what is given now. What is shared for longer already stays so.
pub(super) fn latest(held: Option<&grant::Model>, now: Timestamp) -> Timestamp {
    let asked = now.plus_days(DEFAULT_DAYS);
    held.map_or(asked, |held| asked.max(held.expires_at))
}

/// The newest standard notice in every language.
pub(super) async fn shown_texts(connection: &impl ConnectionTrait) -> Result<Vec<notice::Model>, DbErr> {
    let newest = notices::find_newest(connection, None, notice::STANDARD).await?;
    let newest = newest.ok_or_else(|| DbErr::RecordNotFound("the standard notice".into()))?;
    notices::load(connection, [(newest.id.as_str(), newest.version)]).await
}

//! Reading one's own grants and what happened to them.

use std::collections::{HashMap, HashSet};

use entity::access::{Caller, Owner};
use entity::ids::{BrandId, ConsentRequestId, GrantId};
use entity::kinds::GrantState;
use entity::values::Timestamp;
use entity::{consent_event, consent_request, grant, grant_version};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::deps::Deps;

/// Where a page of grants ended: they are listed newest first.
#[derive(Debug, Clone, Copy)]
pub struct GrantCursor {
    /// When the grant was given.
    pub created_at: Timestamp,
    /// Which grant.
    pub id: GrantId,
}

/// Where a grant stands now: its date counts even if nobody has written the expiry down yet.
#[must_use]
pub fn state_at(row: &grant::Model, now: Timestamp) -> GrantState {
    if row.state.is_open() && row.expires_at <= now { GrantState::Expired } else { row.state }
}

/// A grant to the app's brand for a purpose that the app is registered for, and where it stands now.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_brand(deps: &Deps, caller: &Caller, id: GrantId) -> Result<Option<(grant::Model, GrantState)>, DbErr> {
    let found = grant::Entity::find()
        .filter(grant::Column::BrandId.eq(caller.brand()))
        .filter(grant::Column::Id.eq(id))
        .one(deps.vault.store.reader())
        .await?;
    let Some(row) = found.filter(|row| caller.standing().purposes & row.purpose.bit() != 0) else { return Ok(None) };
    let state = state_at(&row, deps.vault.now().await?);
    Ok(Some((row, state)))
}

/// The customer's grants, newest first: up to `limit` after the cursor.
///
/// # Errors
/// When the database cannot be asked.
pub async fn grants(
    deps: &Deps,
    owner: &Owner,
    after: Option<GrantCursor>,
    limit: u64,
) -> Result<Vec<grant::Model>, DbErr> {
    let mut query = grant::Entity::find().filter(grant::Column::CustomerId.eq(owner.customer()));
    if let Some(after) = after {
        let same_time = grant::Column::CreatedAt.eq(after.created_at);
        query = query.filter(
            Condition::any()
                .add(grant::Column::CreatedAt.lt(after.created_at))
                .add(Condition::all().add(same_time).add(grant::Column::Id.lt(after.id))),
        );
    }
    query
        .order_by_desc(grant::Column::CreatedAt)
        .order_by_desc(grant::Column::Id)
        .limit(limit)
        .all(deps.vault.store.reader())
        .await
}

/// Those of these grants that are the customer's.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_grants(deps: &Deps, owner: &Owner, ids: Vec<GrantId>) -> Result<Vec<grant::Model>, DbErr> {
    grant::Entity::find()
        .filter(grant::Column::CustomerId.eq(owner.customer()))
        .filter(grant::Column::Id.is_in(ids))
        .all(deps.vault.store.reader())
        .await
}

/// What happened to each of several grants, oldest first: up to `limit` events of each, in one statement.
///
/// # Errors
/// When the database cannot be asked.
pub async fn first_events(
    deps: &Deps,
    owner: &Owner,
    grants: &[GrantId],
    limit: u64,
) -> Result<HashMap<GrantId, Vec<consent_event::Model>>, DbErr> {
    let mut events: HashMap<GrantId, Vec<consent_event::Model>> = HashMap::new();
    for event in consent_event::first_of_each(&deps.vault.store, owner, grants, limit).await? {
        if let Some(grant) = event.grant_id {
            events.entry(grant).or_default().push(event);
        }
    }
    Ok(events)
}

/// What happened to a grant, oldest first: up to `limit` events after a revision.
///
/// # Errors
/// When the database cannot be asked.
pub async fn events(
    deps: &Deps,
    owner: &Owner,
    grant: GrantId,
    after: i64,
    limit: u64,
) -> Result<Vec<consent_event::Model>, DbErr> {
    consent_event::Entity::find()
        .filter(consent_event::Column::CustomerId.eq(owner.customer()))
        .filter(consent_event::Column::GrantId.eq(grant))
        .filter(consent_event::Column::Revision.gt(after))
        .order_by_asc(consent_event::Column::Revision)
        .limit(limit)
        .all(deps.vault.store.reader())
        .await
}

/// What these brands offered in return for grants of the customer's: with the request that was answered last.
///
/// # Errors
/// When the database cannot be asked.
pub async fn offers(
    deps: &Deps,
    owner: &Owner,
    grants: &[GrantId],
    brands: &[BrandId],
) -> Result<HashMap<GrantId, String>, DbErr> {
    let reader = deps.vault.store.reader();
    let events = consent_event::Entity::find()
        .filter(consent_event::Column::CustomerId.eq(owner.customer()))
        .filter(consent_event::Column::GrantId.is_in(grants.iter().copied()))
        .filter(consent_event::Column::RequestId.is_not_null())
        .order_by_asc(consent_event::Column::Revision)
        .all(reader)
        .await?;
    let answered: HashMap<GrantId, ConsentRequestId> =
        events.into_iter().filter_map(|event| event.grant_id.zip(event.request_id)).collect();
    if answered.is_empty() {
        return Ok(HashMap::new());
    }
    let requests = consent_request::Entity::find()
        .filter(consent_request::Column::BrandId.is_in(brands.iter().copied()))
        .filter(consent_request::Column::Id.is_in(answered.values().copied()))
        .all(reader)
        .await?;
    let offers: HashMap<_, _> = requests.into_iter().map(|row| (row.id, row.offer)).collect();
    Ok(answered.into_iter().filter_map(|(grant, request)| Some((grant, offers.get(&request)?.clone()))).collect())
}

/// All versions of these grants of the customer's: what each let the brand read, and until when.
///
/// # Errors
/// When the database cannot be asked.
pub async fn versions(
    deps: &Deps,
    owner: &Owner,
    grants: &HashSet<GrantId>,
) -> Result<HashMap<(GrantId, i32), grant_version::Model>, DbErr> {
    let rows = grant_version::Entity::find()
        .filter(grant_version::Column::CustomerId.eq(owner.customer()))
        .filter(grant_version::Column::GrantId.is_in(grants.iter().copied()))
        .all(deps.vault.store.reader())
        .await?;
    Ok(rows.into_iter().map(|row| ((row.grant_id, row.version), row)).collect())
}

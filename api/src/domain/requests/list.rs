//! Reading requests: those that a customer has opened, and those that a brand has made.

use std::collections::HashMap;

use entity::access::{Caller, Owner};
use entity::ids::{BrandId, ConsentRequestId};
use entity::kinds::{Purpose, RequestState};
use entity::scope::{Pins, Scope};
use entity::values::Timestamp;
use entity::vault::DEFINITIONS;
use entity::{consent_request, grant, request_opening, scope_definition};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::deps::Deps;

/// Where a page of requests ended: they are listed newest first.
#[derive(Debug, Clone, Copy)]
pub struct RequestCursor {
    /// When it was asked.
    pub created_at: Timestamp,
    /// Which request.
    pub id: ConsentRequestId,
}

/// A request that waits for the answer of a customer.
pub struct WaitingRequest {
    /// What is asked.
    pub request: consent_request::Model,
    /// When they opened it.
    pub opened_at: Timestamp,
}

/// The requests that wait for the customer's answer now, newest first: up to `limit` after the cursor.
///
/// # Errors
/// When the database cannot be asked.
pub async fn waiting(
    deps: &Deps,
    owner: &Owner,
    now: Timestamp,
    after: Option<RequestCursor>,
    limit: u64,
) -> Result<Vec<WaitingRequest>, DbErr> {
    let waiting = request_opening::Entity::find()
        .find_also_related(consent_request::Entity)
        .filter(request_opening::Column::CustomerId.eq(owner.customer()))
        .filter(request_opening::Column::State.eq(RequestState::Requested))
        .filter(consent_request::Column::GivenAt.is_null())
        .filter(consent_request::Column::LapsesAt.gt(now));
    let rows = newest_first(waiting, after).limit(limit).all(deps.vault.store.reader()).await?;
    let one = |(opening, request): (request_opening::Model, Option<_>)| {
        Some(WaitingRequest { request: request?, opened_at: opening.opened_at })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// Everything that the customer has ever opened, in the order of the requests' ids: up to `limit` after one. What was
/// asked is lost where a copy of the database was brought back that is older.
///
/// # Errors
/// When the database cannot be asked.
pub async fn opened(
    deps: &Deps,
    owner: &Owner,
    after: Option<ConsentRequestId>,
    limit: u64,
) -> Result<Vec<(request_opening::Model, Option<consent_request::Model>)>, DbErr> {
    let mut query = request_opening::Entity::find()
        .find_also_related(consent_request::Entity)
        .filter(request_opening::Column::CustomerId.eq(owner.customer()));
    if let Some(after) = after {
        query = query.filter(request_opening::Column::RequestId.gt(after));
    }
    query.order_by_asc(request_opening::Column::RequestId).limit(limit).all(deps.vault.store.reader()).await
}

/// The requests of the caller's brand, newest first: up to `limit` after the cursor.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_brand(
    deps: &Deps,
    caller: &Caller,
    after: Option<RequestCursor>,
    limit: u64,
) -> Result<Vec<consent_request::Model>, DbErr> {
    let own = consent_request::Entity::find().filter(consent_request::Column::BrandId.eq(caller.brand()));
    newest_first(own, after).limit(limit).all(deps.vault.store.reader()).await
}

fn newest_first<Q: QueryFilter + QueryOrder>(mut query: Q, after: Option<RequestCursor>) -> Q {
    if let Some(after) = after {
        let same_time = consent_request::Column::CreatedAt.eq(after.created_at);
        query = query.filter(
            Condition::any()
                .add(consent_request::Column::CreatedAt.lt(after.created_at))
                .add(Condition::all().add(same_time).add(consent_request::Column::Id.lt(after.id))),
        );
    }
    query.order_by_desc(consent_request::Column::CreatedAt).order_by_desc(consent_request::Column::Id)
}

/// What the customer shares with whom for what, by the grants that are live now.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_live_grants(
    deps: &Deps,
    owner: &Owner,
    now: Timestamp,
) -> Result<HashMap<(BrandId, Purpose), Pins>, DbErr> {
    let rows = grant::Entity::find()
        .filter(grant::Column::CustomerId.eq(owner.customer()))
        .filter(grant::Column::EndedAt.is_null())
        .filter(grant::Column::ExpiresAt.gt(now))
        .all(deps.vault.store.reader())
        .await?;
    Ok(rows.into_iter().map(|row| ((row.brand_id, row.purpose), row.pins)).collect())
}

/// How scopes were worded at each of their versions.
#[derive(Default)]
pub struct Wordings(HashMap<(Scope, u16), (String, Vec<String>)>);

impl Wordings {
    /// Label and permissions of a scope at a version.
    #[must_use]
    pub fn of(&self, scope: Scope, version: u16) -> (String, Vec<String>) {
        let published = self.0.get(&(scope, version)).cloned();
        published.unwrap_or_else(|| {
            let current = DEFINITIONS.iter().find(|definition| definition.scope == scope);
            let lines = current.into_iter().flat_map(|definition| definition.permissions);
            let lines = lines.filter(|line| line.since <= version).map(|line| line.text.to_owned()).collect();
            (current.map_or(scope.as_str(), |definition| definition.label).to_owned(), lines)
        })
    }
}

/// Every wording that was ever published: a few dozen rows at most.
///
/// # Errors
/// When the database cannot be asked.
pub async fn load_wordings(deps: &Deps) -> Result<Wordings, DbErr> {
    let rows = scope_definition::Entity::find().all(deps.vault.store.reader()).await?;
    let wording = |row: scope_definition::Model| {
        let lines = row.permissions.as_array()?.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect();
        Some(((row.scope, u16::try_from(row.version).ok()?), (row.label, lines)))
    };
    Ok(Wordings(rows.into_iter().filter_map(wording).collect()))
}

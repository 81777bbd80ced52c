//! Carries out endings that a database does not know, under the lock of whoever they concern.

use std::collections::HashSet;

use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};

use super::{Attest, refusal};
use crate::consent::next_state;
use crate::ids::{AppId, BrandId, ConsentEventId, CustomerId};
use crate::journal::{ConsentEnding, EndingKind, Remaining};
use crate::kinds::{AppStatus, CustomerStatus};
use crate::scope::Pins;
use crate::vault::erase;
use crate::vault::transaction::Transaction;
use crate::{app, consent_event, customer, grant, grant_version};

/// What an ending took something away from: a grant as it is now, or all that the customer shares.
struct Taken(Option<grant::Model>);

/// Carries out a customer's endings in their order; how many took something away. Nothing for somebody who is not here.
pub(super) async fn to_customer(
    transaction: &Transaction,
    customer: CustomerId,
    endings: &[ConsentEnding],
    attest: Attest,
) -> Result<u64, DbErr> {
    let connection = transaction.connection();
    let locked = customer::Entity::find_by_id(customer).lock_exclusive().one(connection).await?;
    let Some(mut row) = locked else { return Ok(0) };
    // Another node may have been faster, or the change itself was still on its way into the database.
    let known = known(transaction, customer, endings).await?;
    let keys = transaction.keyring.load(&[customer]).await?;
    let mut count = 0;
    for ending in endings.iter().filter(|ending| !known.contains(&ending.event)) {
        let revision = ending.revision.max(row.consent_revision);
        row.consent_revision = match take_away(transaction, &mut row, ending).await? {
            Some(Taken(grant)) => {
                // A revision that another event has taken is not given twice.
                let revision = revision.max(row.consent_revision + 1);
                let event = append(transaction, ending, revision, grant.as_ref()).await?;
                // Who is erased has no key that a receipt could be sealed under, and nowhere to get it.
                if !keys.is_empty() && row.status != CustomerStatus::Erased {
                    attest(transaction, &event, grant.as_ref()).await?;
                }
                count += 1;
                revision
            }
            None => revision,
        };
    }
    let change = customer::ActiveModel {
        consent_revision: Set(row.consent_revision),
        marketing_blocked_at: Set(row.marketing_blocked_at),
        ..Default::default()
    };
    customer::Entity::update_many().set(change).filter(customer::Column::Id.eq(customer)).exec(connection).await?;
    Ok(count)
}

/// Suspends an app whose row does not know of the suspension, or of a later change of its status.
pub(super) async fn to_app(
    transaction: &Transaction,
    (brand, app): (BrandId, AppId),
    revision: i32,
) -> Result<u64, DbErr> {
    let change =
        app::ActiveModel { status: Set(AppStatus::Suspended), status_revision: Set(revision), ..Default::default() };
    let changed = app::Entity::update_many()
        .set(change)
        .filter(app::Column::BrandId.eq(brand))
        .filter(app::Column::Id.eq(app))
        .filter(app::Column::StatusRevision.lt(revision))
        .exec(transaction.connection())
        .await?;
    Ok(changed.rows_affected)
}

async fn known(
    transaction: &Transaction,
    customer: CustomerId,
    endings: &[ConsentEnding],
) -> Result<HashSet<ConsentEventId>, DbErr> {
    let rows: Vec<ConsentEventId> = consent_event::Entity::find()
        .select_only()
        .column(consent_event::Column::Id)
        .filter(consent_event::Column::CustomerId.eq(customer))
        .filter(consent_event::Column::Id.is_in(endings.iter().map(|ending| ending.event)))
        .into_tuple()
        .all(transaction.connection())
        .await?;
    Ok(rows.into_iter().collect())
}

/// Takes away what the ending took; `None` if there was nothing to take.
async fn take_away(
    transaction: &Transaction,
    row: &mut customer::Model,
    ending: &ConsentEnding,
) -> Result<Option<Taken>, DbErr> {
    match ending.kind {
        EndingKind::MarketingBlocked => {
            let blocks = row.marketing_blocked_at.is_none();
            row.marketing_blocked_at = row.marketing_blocked_at.or(Some(ending.at));
            Ok(blocks.then_some(Taken(None)))
        }
        EndingKind::Erased if row.status == CustomerStatus::Erased => Ok(None),
        EndingKind::Erased => {
            erase::again(transaction, row.id, ending.at).await?;
            row.status = CustomerStatus::Erased;
            Ok(Some(Taken(None)))
        }
        // Nobody asks somebody who is gone.
        EndingKind::Refused if row.status == CustomerStatus::Erased => Ok(None),
        EndingKind::Refused => Ok(refusal::again(transaction, ending).await?.then_some(Taken(None))),
        EndingKind::Narrowed
        | EndingKind::Paused
        | EndingKind::Withdrawn
        | EndingKind::Revoked
        | EndingKind::Invalidated => {
            let Some(id) = ending.grant else { return Ok(None) };
            let grant = grant::Entity::find_by_id((row.id, id)).one(transaction.connection()).await?;
            let Some(grant) = grant.filter(|grant| grant.ended_at.is_none()) else { return Ok(None) };
            match ending.kind {
                EndingKind::Narrowed => narrow(transaction, grant, ending).await,
                _ => shift(transaction, grant, ending).await,
            }
        }
    }
}

/// Halts or ends a grant.
async fn shift(transaction: &Transaction, row: grant::Model, ending: &ConsentEnding) -> Result<Option<Taken>, DbErr> {
    let Some(state) = next_state(row.state, ending.kind.event()) else { return Ok(None) };
    let mut change = row.into_active_model();
    change.state = Set(state);
    if !state.is_open() {
        change.ended_at = Set(Some(ending.at));
    }
    Ok(Some(Taken(Some(change.update(transaction.connection()).await?))))
}

/// Leaves of a grant what both it and the ending allow: what was widened since the copy was made is gone with it.
async fn narrow(transaction: &Transaction, row: grant::Model, ending: &ConsentEnding) -> Result<Option<Taken>, DbErr> {
    let nothing = Remaining { version: 0, pins: Pins::default(), until: ending.at };
    let remaining = ending.remaining.as_ref().unwrap_or(&nothing);
    let pins = common(&row.pins, &remaining.pins);
    let until = row.expires_at.min(remaining.until);
    if pins == row.pins && until == row.expires_at {
        return Ok(None);
    }
    let current = grant_version::Entity::find_by_id((row.customer_id, row.id, row.version));
    let current = current.one(transaction.connection()).await?;
    let current = current.ok_or_else(|| DbErr::RecordNotFound("the grant's version".into()))?;
    let number = remaining.version.max(row.version + 1);
    let mut version = current.into_active_model().reset_all();
    version.version = Set(number);
    version.pins = Set(pins.clone());
    version.expires_at = Set(until);
    version.created_at = Set(ending.at);
    grant_version::Entity::insert(version).exec_without_returning(transaction.connection()).await?;
    let withdrawn = row.withdrawn_scopes.with(row.scopes.without(pins.scopes()));
    let mut change = row.into_active_model();
    change.version = Set(number);
    change.scopes = Set(pins.scopes());
    change.pins = Set(pins);
    change.withdrawn_scopes = Set(withdrawn);
    change.expires_at = Set(until);
    Ok(Some(Taken(Some(change.update(transaction.connection()).await?))))
}

/// The scopes of both, each at the earlier version.
fn common(one: &Pins, other: &Pins) -> Pins {
    let both = |(scope, version): (&crate::scope::Scope, &u16)| Some((*scope, other.version(*scope)?.min(*version)));
    Pins(one.0.iter().filter_map(both).collect())
}

/// Writes down what happened then, as it happened: by whom and when.
async fn append(
    transaction: &Transaction,
    ending: &ConsentEnding,
    revision: i64,
    grant: Option<&grant::Model>,
) -> Result<consent_event::Model, DbErr> {
    let event = consent_event::Model {
        customer_id: ending.customer,
        revision,
        id: ending.event,
        grant_id: ending.grant,
        request_id: ending.request.map(|request| request.id),
        version: grant.map_or(0, |row| row.version),
        kind: ending.kind.event(),
        actor: ending.actor,
        reason: None,
        occurred_at: ending.at,
        idempotency: None,
        deletion_wanted: ending.deletion_wanted,
    };
    let inserted = event.clone().into_active_model().reset_all();
    consent_event::Entity::insert(inserted).exec_without_returning(transaction.connection()).await?;
    Ok(event)
}

//! Opening a link: from then on the request waits in the customer's list. Nobody else can tell that it was opened, and
//! they can open it too.

use entity::access::Owner;
use entity::consent::request::{REST_DAYS, state_at, status_at};
use entity::ids::{BrandId, ConsentRequestId};
use entity::kinds::{Purpose, RequestState, RequestStatus};
use entity::values::Timestamp;
use entity::vault::{Transaction, holder};
use entity::{consent_request, request_opening};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Set};

use super::{KIND, LAPSED, WaitingRequest};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// What opening a link amounts to.
pub enum Opened {
    /// The request waits for the customer's answer.
    Waits(Box<WaitingRequest>),
    /// This one of the same brand and purpose waits for them already; the link stays unopened.
    AnotherWaits(ConsentRequestId, Mistake),
    /// They refused one of the same brand and purpose; the link stays unopened, and can be opened from then on.
    Rests(Timestamp, Mistake),
}

/// Opens a link by its secret. The request is only read, and never locked: what is asked and written is the customer's own.
///
/// # Errors
/// When there is no such link; when it is meant for a handle that the customer has not proven; when it has lapsed, somebody
/// has given, or they have answered it.
pub async fn open(deps: &Deps, owner: &Owner, token: &str) -> Result<Opened, Refusal> {
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let unknown = || Mistake::new(MistakeCode::NotFound, "token", "there is no such request");
    let request = consent_request::Entity::find()
        .filter(consent_request::Column::TokenHash.eq(transaction.keys().secret(KIND, token.as_bytes())))
        .one(transaction.connection())
        .await?
        .ok_or_else(unknown)?;
    let own = request_opening::Entity::find_by_id((owner.customer(), request.id)).one(transaction.connection()).await?;
    // Asked first: to whoever does not hold the handle the link looks the same ever after, even once it is given.
    if let Some(handle) = request.intended.as_ref().filter(|_| own.is_none())
        && !holder::holds(&transaction, owner, deps.vault.proofs, handle).await?
    {
        let message = "this request is meant for somebody else's profile; if it is yours, link it first";
        return Err(Mistake::new(MistakeCode::NotLinked, "token", message).into());
    }
    let status = status_at(request.given_at, request.lapses_at, transaction.now());
    let state = own.as_ref().map(|own| state_at(own.state, status));
    match (state, status) {
        (Some(RequestState::Given | RequestState::Refused), _) => return Err(over("you have answered this request")),
        (_, RequestStatus::Given) => return Err(over("this request is over; the brand can ask you again")),
        (Some(RequestState::Lapsed), _) | (_, RequestStatus::Lapsed) => {
            return Err(over(LAPSED));
        }
        (None | Some(RequestState::Requested), RequestStatus::Pending) => {}
    }
    let opened_at = match own {
        Some(own) => own.opened_at,
        None => {
            if let Some(obstacle) = obstacle(&transaction, owner, &request).await? {
                return Ok(obstacle);
            }
            note(&transaction, owner, &request).await?;
            let now = transaction.now();
            transaction.commit().await?;
            now
        }
    };
    Ok(Opened::Waits(Box::new(WaitingRequest { request, opened_at })))
}

/// What the customer has of this brand and purpose already.
async fn obstacle(
    transaction: &Transaction,
    owner: &Owner,
    request: &consent_request::Model,
) -> Result<Option<Opened>, DbErr> {
    let now = transaction.now();
    let others = request_opening::Entity::find()
        .find_also_related(consent_request::Entity)
        .filter(request_opening::Column::CustomerId.eq(owner.customer()))
        .filter(request_opening::Column::BrandId.eq(request.brand_id))
        .filter(request_opening::Column::Purpose.eq(request.purpose))
        .filter(request_opening::Column::State.eq(RequestState::Requested))
        .all(transaction.connection())
        .await?;
    let waits = |(opening, other): &&(request_opening::Model, Option<consent_request::Model>)| {
        let status = other.as_ref().map(|other| status_at(other.given_at, other.lapses_at, now));
        status.is_some_and(|status| state_at(opening.state, status) == RequestState::Requested)
    };
    if let Some((waiting, _)) = others.iter().find(waits) {
        let id = waiting.request_id;
        let message = format!("{id} of this brand, for the same purpose, waits for your answer already");
        return Ok(Some(Opened::AnotherWaits(id, Mistake::new(MistakeCode::AlreadyPending, "token", message))));
    }
    let rests = rests_until(transaction.connection(), owner, (request.brand_id, request.purpose), now).await?;
    Ok(rests.map(|until| Opened::Rests(until, resting("token", until))))
}

/// Until when a brand rests after the customer has refused it; none if it may ask.
pub(in crate::domain) async fn rests_until(
    connection: &impl ConnectionTrait,
    owner: &Owner,
    (brand, purpose): (BrandId, Purpose),
    now: Timestamp,
) -> Result<Option<Timestamp>, DbErr> {
    let refused = request_opening::Entity::find()
        .filter(request_opening::Column::CustomerId.eq(owner.customer()))
        .filter(request_opening::Column::BrandId.eq(brand))
        .filter(request_opening::Column::Purpose.eq(purpose))
        .filter(request_opening::Column::State.eq(RequestState::Refused))
        .filter(request_opening::Column::AnsweredAt.is_not_null())
        .order_by_desc(request_opening::Column::AnsweredAt)
        .one(connection)
        .await?;
    let until = refused.and_then(|opening| opening.answered_at).map(|at| at.plus_days(REST_DAYS));
    Ok(until.filter(|until| now < *until))
}

/// The brand may not ask.
pub(in crate::domain) fn resting(field: &str, until: Timestamp) -> Mistake {
    let message = format!("you refused this brand for the same purpose; it may not ask you before {until}");
    Mistake::new(MistakeCode::Resting, field, message)
}

/// Notes that the customer has opened it. Nothing of this brand and purpose waits any more, or there was an obstacle.
async fn note(transaction: &Transaction, owner: &Owner, request: &consent_request::Model) -> Result<(), DbErr> {
    // What has lapsed unanswered is written down now, so that this one can be the one that waits.
    let lapsed = request_opening::ActiveModel { state: Set(RequestState::Lapsed), ..Default::default() };
    request_opening::Entity::update_many()
        .set(lapsed)
        .filter(request_opening::Column::CustomerId.eq(owner.customer()))
        .filter(request_opening::Column::BrandId.eq(request.brand_id))
        .filter(request_opening::Column::Purpose.eq(request.purpose))
        .filter(request_opening::Column::State.eq(RequestState::Requested))
        .exec(transaction.connection())
        .await?;
    let opening = request_opening::Model {
        customer_id: owner.customer(),
        request_id: request.id,
        brand_id: request.brand_id,
        purpose: request.purpose,
        state: RequestState::Requested,
        opened_at: transaction.now(),
        answered_at: None,
    };
    let row = opening.into_active_model();
    request_opening::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

fn over(message: &str) -> Refusal {
    Mistake::new(MistakeCode::Expired, "token", message).into()
}

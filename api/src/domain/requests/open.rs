//! Opening the link: it binds the request to the customer who opens it.

use entity::access::Owner;
use entity::consent::request::{REST_DAYS, state_at};
use entity::consent_request;
use entity::ids::ConsentRequestId;
use entity::kinds::RequestState;
use entity::values::Timestamp;
use entity::vault::{Transaction, holder};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

use super::KIND;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// What opening a link amounts to.
pub enum Opened {
    /// The request is the customer's to answer.
    Bound(Box<consent_request::Model>),
    /// This one of the same brand and purpose waits for them already; the link stays unopened.
    Waiting(ConsentRequestId, Mistake),
    /// They refused one of the same brand and purpose; the link stays unopened, and can be opened from then on.
    Resting(Timestamp, Mistake),
}

/// Opens a link by its secret.
///
/// # Errors
/// When there is no such link or somebody else has opened it, which look alike; when it is meant for a handle that the
/// customer has not proven; when it has lapsed or they have answered it.
pub async fn open(deps: &Deps, owner: &Owner, token: &str) -> Result<Opened, Refusal> {
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let now = transaction.now();
    let row = consent_request::Entity::find()
        .filter(consent_request::Column::TokenHash.eq(transaction.keys().secret(KIND, token.as_bytes())))
        .lock_exclusive()
        .one(transaction.connection())
        .await?
        .ok_or_else(unknown)?;
    let is_own = row.customer_id == Some(owner.customer());
    // Asked before anything that somebody's opening it would change: to everybody else the link looks the same before
    // and after, and the brand, which has the link too, is one of them.
    if let Some(handle) = row.intended.as_ref().filter(|_| !is_own)
        && !holder::holds(&transaction, owner, handle).await?
    {
        let message = "this request is meant for somebody else's profile; if it is yours, link it first";
        return Err(Mistake::new(MistakeCode::NotLinked, "token", message).into());
    }
    if is_own {
        return match state_at(row.state, row.lapses_at, now) {
            RequestState::Requested => Ok(Opened::Bound(Box::new(row))),
            RequestState::Lapsed => Err(lapsed().into()),
            RequestState::Given | RequestState::Refused => Err(over("you have answered this request").into()),
        };
    }
    // The date and what stands in this customer's own way come before whether somebody has opened it.
    if row.lapses_at <= now {
        return Err(lapsed().into());
    }
    if let Some(obstacle) = obstacle(&transaction, owner, &row).await? {
        return Ok(obstacle);
    }
    if row.customer_id.is_some() {
        return Err(unknown().into());
    }
    let row = bind(&transaction, owner, row).await?;
    transaction.commit().await?;
    Ok(Opened::Bound(Box::new(row)))
}

/// What the customer has of this brand and purpose already. Lapsed ones that nobody wrote down are on the way.
async fn obstacle(
    transaction: &Transaction,
    owner: &Owner,
    row: &consent_request::Model,
) -> Result<Option<Opened>, DbErr> {
    let now = transaction.now();
    let others = consent_request::Entity::find()
        .filter(consent_request::Column::CustomerId.eq(owner.customer()))
        .filter(consent_request::Column::BrandId.eq(row.brand_id))
        .filter(consent_request::Column::Purpose.eq(row.purpose))
        .filter(consent_request::Column::State.is_in([RequestState::Requested, RequestState::Refused]))
        .all(transaction.connection())
        .await?;
    let waiting = others.iter().find(|other| state_at(other.state, other.lapses_at, now) == RequestState::Requested);
    if let Some(waiting) = waiting {
        let message = format!("{} of this brand, for the same purpose, waits for your answer already", waiting.id);
        return Ok(Some(Opened::Waiting(waiting.id, Mistake::new(MistakeCode::AlreadyPending, "token", message))));
    }
    let refused = others.iter().filter(|other| other.state == RequestState::Refused);
    let rests_until = refused.filter_map(|other| other.answered_at).max().map(|at| at.plus_days(REST_DAYS));
    Ok(rests_until.filter(|until| now < *until).map(|until| {
        let message = format!("you refused this brand for the same purpose; it may not ask you before {until}");
        Opened::Resting(until, Mistake::new(MistakeCode::Resting, "token", message))
    }))
}

async fn bind(
    transaction: &Transaction,
    owner: &Owner,
    row: consent_request::Model,
) -> Result<consent_request::Model, DbErr> {
    let now = transaction.now();
    // What has lapsed waits no longer; now it is written down, so that this one can be the one that does.
    let lapsed = consent_request::ActiveModel { state: Set(RequestState::Lapsed), ..Default::default() };
    consent_request::Entity::update_many()
        .set(lapsed)
        .filter(consent_request::Column::CustomerId.eq(owner.customer()))
        .filter(consent_request::Column::BrandId.eq(row.brand_id))
        .filter(consent_request::Column::Purpose.eq(row.purpose))
        .filter(consent_request::Column::State.eq(RequestState::Requested))
        .filter(consent_request::Column::LapsesAt.lte(now))
        .exec(transaction.connection())
        .await?;
    let row = consent_request::Model { customer_id: Some(owner.customer()), opened_at: Some(now), ..row };
    let opened = consent_request::ActiveModel {
        customer_id: Set(row.customer_id),
        opened_at: Set(row.opened_at),
        ..Default::default()
    };
    consent_request::Entity::update_many()
        .set(opened)
        .filter(consent_request::Column::BrandId.eq(row.brand_id))
        .filter(consent_request::Column::Id.eq(row.id))
        .exec(transaction.connection())
        .await?;
    Ok(row)
}

fn unknown() -> Mistake {
    Mistake::new(MistakeCode::NotFound, "token", "there is no such request, or somebody else has opened it")
}

fn lapsed() -> Mistake {
    over("this request has lapsed; the brand can ask you again")
}

fn over(message: &str) -> Mistake {
    Mistake::new(MistakeCode::Expired, "token", message)
}

//! Answering: all or part is given, or the request is refused. Either is one call, and leaves one event.

use entity::access::Owner;
use entity::consent::AnswerFault;
use entity::consent::request::state_at;
use entity::consent_request;
use entity::ids::ConsentRequestId;
use entity::kinds::RequestState;
use entity::notice::{self, Shown};
use entity::scope::{Pins, Scope, ScopeSet};
use entity::values::{Locale, Timestamp, Unchecked};
use entity::vault::{Transaction, write};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::deps::Deps;
use crate::domain::consent::{Answered, Terms, give_on_request, refuse_request};
use crate::domain::notices;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// What the customer gives.
pub struct Answer {
    /// To which request.
    pub request: String,
    /// What may be read: all that is required, and what else they choose of what was asked for.
    pub scopes: Vec<Scope>,
    /// Until when; none: as long as was asked for.
    pub expires_at: Option<Unchecked<Timestamp>>,
    /// In which language the notice was shown; none: the one that is shown when none is named.
    pub locale: Option<Unchecked<Locale>>,
    /// The confirmation of a widening, from the first call.
    pub confirmation: Option<String>,
}

/// Gives all or part of what was asked for.
///
/// # Errors
/// When the request is not the customer's or waits no longer, a required scope is missing, a scope was not asked for, the
/// end is out of range, or the confirmation does not fit.
pub async fn answer(deps: &Deps, owner: &Owner, input: Answer) -> Result<Answered, Refusal> {
    let mut mistakes = Mistakes::default();
    let until = input.expires_at.as_ref().and_then(|until| mistakes.check("expiresAt", until));
    let locale = input.locale.as_ref().and_then(|locale| mistakes.check("locale", locale));
    mistakes.done()?;
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let row = find_waiting(&transaction, owner, &input.request).await?;
    let pins = chosen(&row, input.scopes.into_iter().collect())?;
    let texts = notices::load(transaction.connection(), [(row.notice_id.as_str(), row.notice_version)]).await?;
    let shown = notice::best(&texts, locale.as_ref()).map(Shown::from);
    let shown = shown.ok_or_else(|| DbErr::RecordNotFound("the notice of a request".into()))?;
    let terms = Terms {
        request: row.id,
        brand: row.brand_id,
        purpose: row.purpose,
        asked: row.scopes.scopes(),
        pins,
        until,
        latest: transaction.now().plus_days(row.duration_days.into()),
        shown,
        confirmation: input.confirmation,
    };
    let answered = give_on_request(&transaction, owner, &locked, terms).await?;
    if let Answered::Given(grant, _) = &answered {
        let profile = write::pairwise(&transaction, owner, row.brand_id).await?;
        let given = consent_request::ActiveModel {
            state: Set(RequestState::Given),
            answered_at: Set(Some(transaction.now())),
            grant_id: Set(Some(grant.id)),
            profile_id: Set(Some(profile)),
            ..Default::default()
        };
        update(&transaction, &row, given).await?;
        transaction.commit().await?;
    }
    Ok(answered)
}

/// Refuses a request. The brand is not told, and cannot ask the same again for 90 days.
///
/// # Errors
/// When the request is not the customer's or waits no longer.
pub async fn refuse(deps: &Deps, owner: &Owner, request: &str) -> Result<ConsentRequestId, Refusal> {
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let row = find_waiting(&transaction, owner, request).await?;
    refuse_request(&transaction, owner, &locked, row.id).await?;
    let refused = consent_request::ActiveModel {
        state: Set(RequestState::Refused),
        answered_at: Set(Some(transaction.now())),
        ..Default::default()
    };
    update(&transaction, &row, refused).await?;
    transaction.commit().await?;
    Ok(row.id)
}

/// The request of that id, if the customer has opened it and it still waits.
async fn find_waiting(
    transaction: &Transaction,
    owner: &Owner,
    request: &str,
) -> Result<consent_request::Model, Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "requestId", "you have opened no such request");
    let id: ConsentRequestId = request.parse().map_err(|_| unknown())?;
    let row = consent_request::Entity::find()
        .filter(consent_request::Column::CustomerId.eq(owner.customer()))
        .filter(consent_request::Column::Id.eq(id))
        .one(transaction.connection())
        .await?
        .ok_or_else(unknown)?;
    let mistake = match state_at(row.state, row.lapses_at, transaction.now()) {
        RequestState::Requested => return Ok(row),
        RequestState::Lapsed => (MistakeCode::Expired, "this request has lapsed; the brand can ask you again"),
        RequestState::Given => (MistakeCode::WrongState, "you have answered this request; change the grant instead"),
        RequestState::Refused => (MistakeCode::WrongState, "you have refused this request"),
    };
    Err(Mistake::new(mistake.0, "requestId", mistake.1).into())
}

/// All required scopes and nothing that was not asked for, or the mistake that names them.
fn chosen(row: &consent_request::Model, scopes: ScopeSet) -> Result<Pins, Mistake> {
    row.scopes.answered(scopes).map_err(|fault| {
        let message = match fault {
            AnswerFault::Nothing => "name at least one scope, or refuse the request".to_owned(),
            AnswerFault::NotAsked(beyond) => format!("not asked for: {}", names(beyond)),
            AnswerFault::Missing(missing) => {
                format!("required, so give them too or refuse the request: {}", names(missing))
            }
        };
        Mistake::new(MistakeCode::Invalid, "scopes", message)
    })
}

fn names(scopes: ScopeSet) -> String {
    scopes.iter().map(Scope::as_str).collect::<Vec<_>>().join(", ")
}

async fn update(
    transaction: &Transaction,
    row: &consent_request::Model,
    change: consent_request::ActiveModel,
) -> Result<(), DbErr> {
    consent_request::Entity::update_many()
        .set(change)
        .filter(consent_request::Column::BrandId.eq(row.brand_id))
        .filter(consent_request::Column::Id.eq(row.id))
        .exec(transaction.connection())
        .await?;
    Ok(())
}

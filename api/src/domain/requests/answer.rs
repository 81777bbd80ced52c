//! Answering: all or part is given, or the request is refused. Either is one call, and leaves one event.

use entity::access::Owner;
use entity::consent::AnswerFault;
use entity::consent::request::{state_at, status_at};
use entity::consent_request::AskedScopes;
use entity::ids::ConsentRequestId;
use entity::journal::AnsweredRequest;
use entity::kinds::{RequestState, RequestStatus};
use entity::notice::{self, Shown};
use entity::scope::{Pins, Scope, ScopeSet};
use entity::values::{Locale, Timestamp, Unchecked};
use entity::vault::{Transaction, write};
use entity::{consent_request, request_opening};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, QuerySelect, Select, Set};

use super::LAPSED;
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
/// When the customer has not opened the request or it waits no longer, somebody else having been faster for instance; when
/// a required scope is missing, a scope was not asked for, the end is out of range, or the confirmation does not fit.
pub async fn answer(deps: &Deps, owner: &Owner, input: Answer) -> Result<Answered, Refusal> {
    let mut mistakes = Mistakes::default();
    let until = input.expires_at.as_ref().and_then(|until| mistakes.check("expiresAt", until));
    let locale = input.locale.as_ref().and_then(|locale| mistakes.check("locale", locale));
    mistakes.done()?;
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let opening = find_opening(&transaction, owner, &input.request).await?;
    // Locked: of those who answer one request at once, the first has it, and the others find it given.
    let row = asked(&opening).lock_exclusive().one(transaction.connection()).await?;
    let row = still_waiting(&opening, row, transaction.now())?;
    let pins = chosen(&row.scopes, input.scopes.into_iter().collect())?;
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
            given_at: Set(Some(transaction.now())),
            grant_id: Set(Some(grant.id)),
            profile_id: Set(Some(profile)),
            ..row.into_active_model()
        };
        given.update(transaction.connection()).await?;
        close(&transaction, opening, RequestState::Given).await?;
        transaction.commit().await?;
    }
    Ok(answered)
}

/// Refuses a request, for this customer only. The brand is not told, and cannot ask them the same again for 90 days; others
/// who have the link find it as it was.
///
/// # Errors
/// When the customer has not opened the request or it waits no longer.
pub async fn refuse(deps: &Deps, owner: &Owner, request: &str) -> Result<ConsentRequestId, Refusal> {
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let opening = find_opening(&transaction, owner, request).await?;
    let row = asked(&opening).one(transaction.connection()).await?;
    let row = still_waiting(&opening, row, transaction.now())?;
    let refused = AnsweredRequest { id: row.id, brand: row.brand_id, purpose: row.purpose };
    refuse_request(&transaction, owner, &locked, refused).await?;
    close(&transaction, opening, RequestState::Refused).await?;
    transaction.commit().await?;
    Ok(row.id)
}

/// The customer's opening of the request of that id.
async fn find_opening(
    transaction: &Transaction,
    owner: &Owner,
    request: &str,
) -> Result<request_opening::Model, Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "requestId", "you have opened no such request");
    let id: ConsentRequestId = request.parse().map_err(|_| unknown())?;
    let found = request_opening::Entity::find_by_id((owner.customer(), id)).one(transaction.connection()).await?;
    Ok(found.ok_or_else(unknown)?)
}

/// What was asked.
fn asked(opening: &request_opening::Model) -> Select<consent_request::Entity> {
    consent_request::Entity::find_by_id((opening.brand_id, opening.request_id))
}

/// What was asked, if it still waits for this customer's answer.
fn still_waiting(
    opening: &request_opening::Model,
    request: Option<consent_request::Model>,
    now: Timestamp,
) -> Result<consent_request::Model, Mistake> {
    let status = request.as_ref().map_or(RequestStatus::Lapsed, |row| status_at(row.given_at, row.lapses_at, now));
    let (code, message) = match (state_at(opening.state, status), status, request) {
        (RequestState::Requested, _, Some(row)) => return Ok(row),
        (RequestState::Given, ..) => {
            (MistakeCode::WrongState, "you have answered this request; change the grant instead")
        }
        (RequestState::Refused, ..) => (MistakeCode::WrongState, "you have refused this request"),
        (_, RequestStatus::Given, _) => {
            (MistakeCode::Expired, "somebody else has answered this request; the brand can ask you again")
        }
        _ => (MistakeCode::Expired, LAPSED),
    };
    Err(Mistake::new(code, "requestId", message))
}

/// Notes the customer's answer.
async fn close(transaction: &Transaction, opening: request_opening::Model, state: RequestState) -> Result<(), DbErr> {
    let answered = request_opening::ActiveModel {
        state: Set(state),
        answered_at: Set(Some(transaction.now())),
        ..opening.into_active_model()
    };
    answered.update(transaction.connection()).await?;
    Ok(())
}

/// All required scopes and nothing that was not asked for, or the mistake that names them.
pub(in crate::domain) fn chosen(asked: &AskedScopes, scopes: ScopeSet) -> Result<Pins, Mistake> {
    asked.answered(scopes).map_err(|fault| {
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

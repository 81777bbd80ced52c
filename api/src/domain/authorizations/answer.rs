//! The customer's answer, and the way back to the app with it: a code, or `access_denied`.

use entity::access::Owner;
use entity::consent::Difference;
use entity::journal::AnsweredRequest;
use entity::kinds::RequestState;
use entity::notice::{self, Shown};
use entity::scope::{Pins, Scope, ScopeSet};
use entity::values::{Locale, RedirectUri, Timestamp, Unchecked};
use entity::vault::{Transaction, write};
use entity::{consent_request, grant, request_opening};
use sea_orm::{DbErr, EntityTrait, IntoActiveModel};

use super::ask::{Ask, find_active};
use super::screen::{self, Standing};
use super::{family, ticket};
use crate::deps::Deps;
use crate::domain::consent::{Answered, Terms, give_on_request, refuse_request};
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal, requests};

/// What the customer gives.
pub struct Authorize {
    /// What was asked, as it was sealed.
    pub request: String,
    /// What may be read of it. What is shared already stays so, chosen or not.
    pub scopes: Vec<Scope>,
    /// Until when; none: as long as was asked for.
    pub expires_at: Option<Unchecked<Timestamp>>,
    /// In which language the notice was shown.
    pub locale: Option<Unchecked<Locale>>,
    /// The confirmation of a widening, from the first call.
    pub confirmation: Option<String>,
}

/// What became of it.
pub enum Authorized {
    /// Back to the app, with a code for what is shared now.
    Back(String, Box<grant::Model>),
    /// It would allow more than the live grant: show the difference, and call again with the confirmation.
    Confirm(Box<grant::Model>, Difference, String),
}

/// Gives all or part of what an app asks, or nothing more where all of it is shared already.
///
/// # Errors
/// When it was asked too long ago, is answered already, or the brand has to rest; when nothing is chosen, or something that
/// was not asked for; when the end is out of range, or the confirmation does not fit.
pub async fn authorize(deps: &Deps, owner: &Owner, input: Authorize) -> Result<Authorized, Refusal> {
    let mut mistakes = Mistakes::default();
    let until = input.expires_at.as_ref().and_then(|until| mistakes.check("expiresAt", until));
    let locale = input.locale.as_ref().and_then(|locale| mistakes.check("locale", locale));
    mistakes.done()?;
    let ask = ticket::open(deps, &input.request)?;
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    check_still_open(&transaction, owner, &ask).await?;
    let (connection, now) = (transaction.connection(), transaction.now());
    let held = screen::held(connection, owner, &ask, now).await?;
    let pins = match screen::standing(connection, owner, &ask, held.as_ref(), now).await? {
        Standing::Rests(until) => return Err(requests::resting("request", until).into()),
        Standing::Shared => None,
        Standing::Asks => Some(pinned(&ask, held.as_ref(), input.scopes.into_iter().collect())?),
    };
    let row = match (pins, held) {
        (None, Some(held)) => Box::new(held),
        (pins, held) => {
            let texts = screen::shown_texts(connection).await?;
            let notice = texts.first().map(|text| (text.id.clone(), text.version)).unwrap_or_default();
            let shown = notice::best(&texts, locale.as_ref()).map(Shown::from);
            let terms = Terms {
                request: ask.id,
                brand: ask.brand,
                purpose: ask.purpose,
                asked: ask.asked().scopes(),
                pins: pins.unwrap_or_default(),
                until,
                latest: screen::latest(held.as_ref(), now),
                shown: shown.ok_or_else(|| DbErr::RecordNotFound("the standard notice".into()))?,
                confirmation: input.confirmation,
            };
            match give_on_request(&transaction, owner, &locked, terms).await? {
                Answered::Confirm(row, difference, token) => return Ok(Authorized::Confirm(row, difference, token)),
                Answered::Given(row, _) => {
                    note(&transaction, owner, &ask, notice, Some(&row)).await?;
                    row
                }
            }
        }
    };
    let code = family::begin(&transaction, owner, &ask, &row).await?;
    transaction.commit().await?;
    let state = ask.state.as_deref();
    Ok(Authorized::Back(back(deps, &ask.redirect_uri, &[("code", Some(&code)), ("state", state)]), row))
}

/// Refuses. The brand cannot ask the customer for the same purpose again for 90 days, unless all of it is shared already:
/// then the customer only does not go on, and what they share stays as it is. The address to go back to.
///
/// # Errors
/// When it was asked too long ago, or is answered already.
pub async fn refuse(deps: &Deps, owner: &Owner, request: &str) -> Result<String, Refusal> {
    let ask = ticket::open(deps, request)?;
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    check_still_open(&transaction, owner, &ask).await?;
    let (connection, now) = (transaction.connection(), transaction.now());
    let held = screen::held(connection, owner, &ask, now).await?;
    if screen::standing(connection, owner, &ask, held.as_ref(), now).await? == Standing::Asks {
        let texts = screen::shown_texts(connection).await?;
        let notice = texts.first().map(|text| (text.id.clone(), text.version)).unwrap_or_default();
        let refused = AnsweredRequest { id: ask.id, brand: ask.brand, purpose: ask.purpose };
        refuse_request(&transaction, owner, &locked, refused).await?;
        note(&transaction, owner, &ask, notice, None).await?;
        transaction.commit().await?;
    }
    let description = Some("the customer did not agree");
    let (error, state) = (Some("access_denied"), ask.state.as_deref());
    Ok(back(deps, &ask.redirect_uri, &[("error", error), ("error_description", description), ("state", state)]))
}

/// Nobody is asked by an app that was suspended meanwhile or has another address now, and nothing is answered twice.
async fn check_still_open(transaction: &Transaction, owner: &Owner, ask: &Ask) -> Result<(), Refusal> {
    let connection = transaction.connection();
    let app = find_active(connection, &ask.client_id).await?;
    let may_ask = app.is_some_and(|app| {
        app.redirect_uris.find(ask.redirect_uri.as_str()).is_some()
            && ask.asked().scopes().without(app.scopes).is_empty()
            && app.purposes & ask.purpose.bit() != 0
    });
    if !may_ask {
        let message = "the app that sent you here can no longer ask this; nothing was changed";
        return Err(Mistake::new(MistakeCode::Expired, "request", message).into());
    }
    if request_opening::Entity::find_by_id((owner.customer(), ask.id)).one(connection).await?.is_some() {
        let message = "you have answered this already; begin again at the app if you want to change it";
        return Err(Mistake::new(MistakeCode::WrongState, "request", message).into());
    }
    Ok(())
}

/// What is shared afterwards of what is asked: what the customer chose as it is today, and what was shared as it was.
fn pinned(ask: &Ask, held: Option<&grant::Model>, scopes: ScopeSet) -> Result<Pins, Mistake> {
    if scopes.is_empty() {
        // The page shows it to people, who know no scopes.
        return Err(Mistake::new(MistakeCode::Invalid, "scopes", "choose what you want to share, or refuse"));
    }
    let mut pins = requests::chosen(&ask.asked(), scopes)?;
    let left = ask.scopes.iter().copied().filter(|scope| !scopes.contains(*scope));
    pins.0.extend(left.filter_map(|scope| Some((scope, held?.pins.version(scope)?))));
    Ok(pins)
}

/// Writes down the request with the customer's answer, as it would stand there if it had come by a link.
async fn note(
    transaction: &Transaction,
    owner: &Owner,
    ask: &Ask,
    (notice_id, notice_version): (String, i32),
    given: Option<&grant::Model>,
) -> Result<(), DbErr> {
    let (connection, now) = (transaction.connection(), transaction.now());
    let profile_id = match given {
        Some(_) => Some(write::pairwise(transaction, owner, ask.brand).await?),
        None => None,
    };
    let request = consent_request::Model {
        brand_id: ask.brand,
        id: ask.id,
        app_id: ask.app,
        // No link leads to it.
        token_hash: transaction.keys().secret(requests::KIND, &transaction.entropy().bytes::<32>()),
        intended: Some(Vec::new()),
        purpose: ask.purpose,
        scopes: ask.asked(),
        duration_days: i32::try_from(entity::consent::DEFAULT_DAYS).unwrap_or(i32::MAX),
        offer: ask.purpose.label().to_owned(),
        return_to: Some(ask.redirect_uri.as_str().to_owned()),
        notice_id,
        notice_version,
        created_at: now,
        lapses_at: now,
        given_at: given.map(|_| now),
        grant_id: given.map(|row| row.id),
        profile_id,
    };
    consent_request::Entity::insert(request.into_active_model()).exec_without_returning(connection).await?;
    let opening = request_opening::Model {
        customer_id: owner.customer(),
        request_id: ask.id,
        brand_id: ask.brand,
        purpose: ask.purpose,
        state: if given.is_some() { RequestState::Given } else { RequestState::Refused },
        opened_at: now,
        answered_at: Some(now),
    };
    request_opening::Entity::insert(opening.into_active_model()).exec_without_returning(connection).await?;
    Ok(())
}

/// The address to go back to with these parameters, and with who sends them (RFC 9207).
#[must_use]
pub fn back(deps: &Deps, to: &RedirectUri, parameters: &[(&str, Option<&str>)]) -> String {
    let issuer = [("iss", Some(deps.config.public_url.as_str()))];
    let given = parameters.iter().chain(&issuer).filter_map(|(name, value)| Some((*name, (*value)?)));
    let query = serde_urlencoded::to_string(given.collect::<Vec<_>>()).unwrap_or_default();
    let join = if to.as_str().contains('?') { '&' } else { '?' };
    format!("{to}{join}{query}")
}

//! What the answer to a brand's request does to the customer's grants: a new grant, or a change of the live one of that
//! brand and purpose, which widens only by a second, explicit act. The request itself is `domain::requests`' affair.

use entity::access::Owner;
use entity::consent::{Difference, request};
use entity::ids::{BrandId, ConsentRequestId};
use entity::journal::AnsweredRequest;
use entity::keys::Keys;
use entity::kinds::{GrantState, Purpose};
use entity::notice::Shown;
use entity::scope::{Pins, ScopeSet};
use entity::values::Timestamp;
use entity::vault::Transaction;
use entity::{customer, grant};
use sea_orm::DbErr;

use super::amend::{ChangeToConfirm, kind, next_version};
use super::book::Book;
use super::give::{begin, period};
use crate::domain::{Mistake, MistakeCode, Refusal, accounts};

/// What the customer agrees to.
pub(in crate::domain) struct Terms {
    /// The request that is answered.
    pub request: ConsentRequestId,
    /// Who may read.
    pub brand: BrandId,
    /// For what.
    pub purpose: Purpose,
    /// All scopes that were asked for: of them, the grant keeps only what was answered.
    pub asked: ScopeSet,
    /// What was answered.
    pub pins: Pins,
    /// Until when; none: as long as was asked.
    pub until: Option<Timestamp>,
    /// The latest end that was asked for.
    pub latest: Timestamp,
    /// The notice beside the decision.
    pub shown: Shown,
    /// From the first call of a widening.
    pub confirmation: Option<String>,
}

/// What became of it.
pub enum Answered {
    /// Given: the grant, and how it differs if it was there already.
    Given(Box<grant::Model>, Option<Difference>),
    /// It would allow more than the live grant: show the difference, and call again with the confirmation.
    Confirm(Box<grant::Model>, Difference, String),
}

/// Gives what was answered. Commit only if it was given.
///
/// # Errors
/// When the end is out of range, the live grant is halted and would be widened, or the confirmation does not fit.
pub(in crate::domain) async fn give_on_request(
    transaction: &Transaction,
    owner: &Owner,
    locked: &customer::Model,
    terms: Terms,
) -> Result<Answered, Refusal> {
    let mut book = Book::open(transaction, owner, locked);
    book.refuse_if_blocked(terms.purpose, "requestId")?;
    let request = AnsweredRequest { id: terms.request, brand: terms.brand, purpose: terms.purpose };
    book.answering = Some((request, terms.shown.clone()));
    let open = book.open_grants().await?;
    let live = open.into_iter().find(|grant| grant.brand_id == terms.brand && grant.purpose == terms.purpose);
    let answered = match live {
        Some(row) => change(&mut book, owner, row, &terms).await?,
        None => {
            let until = checked_end(&terms, terms.until.unwrap_or(terms.latest))?;
            let period = period("expiresAt", transaction.now(), Some(until))?;
            accounts::require_fresh_proof_for(terms.pins.scopes(), owner, transaction.now())?;
            let row = begin(&mut book, owner, (terms.brand, terms.purpose), terms.pins, period).await?;
            Answered::Given(Box::new(row), None)
        }
    };
    book.close().await?;
    Ok(answered)
}

/// Notes that the customer refused.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::domain) async fn refuse_request(
    transaction: &Transaction,
    owner: &Owner,
    locked: &customer::Model,
    request: AnsweredRequest,
) -> Result<(), DbErr> {
    let mut book = Book::open(transaction, owner, locked);
    book.append_refusal(request).await?;
    book.close().await
}

/// Changes the live grant. A grant has one end, so the answer's becomes the end of all of it.
async fn change(book: &mut Book<'_>, owner: &Owner, row: grant::Model, terms: &Terms) -> Result<Answered, Refusal> {
    let now = book.transaction.now();
    let pins = request::merged(&row.pins, terms.asked, &terms.pins);
    let confirmation = Confirmation { keys: book.transaction.keys(), row: &row, pins: &pins, request: terms.request };
    let shown_end = terms.confirmation.as_deref().and_then(|given| confirmation.end_shown(now, given));
    let until = checked_end(terms, terms.until.or(shown_end).unwrap_or(terms.latest))?;
    period("expiresAt", now, Some(until))?;
    let difference = Difference::between((&row.pins, row.expires_at), (&pins, until));
    if difference.widens() {
        if row.state != GrantState::Active {
            let message = "you have paused what you share with this brand for this purpose; resume it first";
            return Err(Mistake::new(MistakeCode::WrongState, "requestId", message).into());
        }
        accounts::require_fresh_proof_for(difference.grows_by(pins.scopes()), owner, now)?;
        if terms.confirmation.is_none() {
            let token = confirmation.of(now, until);
            return Ok(Answered::Confirm(Box::new(row), difference, token));
        }
        if shown_end != Some(until) {
            let message = "this confirmation is over or belongs to another answer; leave it out to see the difference";
            return Err(Mistake::new(MistakeCode::Expired, "confirmationToken", message).into());
        }
    }
    let row = book.amend(next_version(row, pins, until), kind(&difference)).await?;
    Ok(Answered::Given(Box::new(row), Some(difference)))
}

fn checked_end(terms: &Terms, until: Timestamp) -> Result<Timestamp, Mistake> {
    if until <= terms.latest {
        return Ok(until);
    }
    let message = format!("this was asked for until {} at most", terms.latest);
    Err(Mistake::new(MistakeCode::OutOfRange, "expiresAt", message))
}

/// Confirms a widening by an answer. The end that was shown is part of the token, `MILLISECONDS.TOKEN`: the second call
/// means that end, however much later it comes.
struct Confirmation<'c> {
    keys: &'c Keys,
    row: &'c grant::Model,
    pins: &'c Pins,
    request: ConsentRequestId,
}

impl Confirmation<'_> {
    fn of(&self, now: Timestamp, until: Timestamp) -> String {
        format!("{}.{}", until.as_millis(), self.change(until).confirmation(self.keys, now))
    }

    /// The end in a token, if it is one for this very change.
    fn end_shown(&self, now: Timestamp, given: &str) -> Option<Timestamp> {
        let (until, token) = given.split_once('.')?;
        let until = Timestamp::from_millis(until.parse().ok()?);
        self.change(until).is_confirmed_by(self.keys, now, token).then_some(until)
    }

    const fn change(&self, until: Timestamp) -> ChangeToConfirm<'_> {
        ChangeToConfirm { row: self.row, pins: self.pins, until, request: Some(self.request) }
    }
}

//! Changing a grant. Narrowing takes effect at once; widening first returns the difference with a confirmation, and is
//! done only when the same change comes again with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::Owner;
use entity::consent::{Difference, MAXIMUM_DAYS};
use entity::grant;
use entity::ids::ConsentRequestId;
use entity::keys::Keys;
use entity::kinds::{ConsentEventKind, GrantState};
use entity::scope::{Pins, Scope};
use entity::values::{Timestamp, Unchecked};
use sea_orm::{IntoActiveModel, Set};

use super::book::Book;
use super::give::{period, pins};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal, accounts};

/// A confirmation holds for this long.
const MINUTES: i64 = 10;

/// What the grant should be.
pub struct Amend {
    /// Which grant.
    pub grant: String,
    /// All scopes that it should hold; none: as they are.
    pub scopes: Option<Vec<Scope>>,
    /// Its end; none: as it is.
    pub expires_at: Option<Unchecked<Timestamp>>,
    /// The confirmation of a widening, from the first call.
    pub confirmation: Option<String>,
}

/// What became of it.
pub enum Amended {
    /// Done.
    Changed(Box<grant::Model>, Difference),
    /// It would allow more: show the difference, and call again with the confirmation.
    Confirm(Box<grant::Model>, Difference, String),
}

/// Changes a grant.
///
/// # Errors
/// When the grant is unknown or over, nothing would be left, the end is out of range, or the confirmation does not fit.
pub async fn amend(deps: &Deps, owner: &Owner, input: Amend) -> Result<Amended, Refusal> {
    let mut mistakes = Mistakes::default();
    let new_pins = input.scopes.as_ref().map(|scopes| pins(&mut mistakes, scopes));
    let until = input.expires_at.as_ref().and_then(|until| mistakes.check("expiresAt", until));
    mistakes.done()?;

    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let now = transaction.now();
    let mut book = Book::open(&transaction, owner, &locked);
    let row = book.find(&input.grant).await?;
    if !row.state.is_open() {
        return Err(over().into());
    }
    let new_pins = new_pins.map_or_else(|| row.pins.clone(), |wanted| keep_pinned(&row.pins, wanted));
    let until = match until {
        Some(until) => checked_end(&row, now, until)?,
        None => row.expires_at,
    };
    let difference = Difference::between((&row.pins, row.expires_at), (&new_pins, until));
    if difference.is_none() {
        return Ok(Amended::Changed(Box::new(row), difference));
    }
    let widens = difference.widens();
    if widens && row.state != GrantState::Active {
        return Err(Mistake::new(MistakeCode::WrongState, "grantId", "resume the grant before you widen it").into());
    }
    if widens {
        accounts::require_fresh_proof_for(difference.grows_by(new_pins.scopes()), owner, now)?;
        book.refuse_if_blocked(row.purpose, "grantId")?;
        let change = ChangeToConfirm { row: &row, pins: &new_pins, until, request: None };
        match &input.confirmation {
            None => {
                let confirmation = change.confirmation(transaction.keys(), now);
                return Ok(Amended::Confirm(Box::new(row), difference, confirmation));
            }
            Some(given) if change.is_confirmed_by(transaction.keys(), now, given) => {}
            Some(_) => {
                let message =
                    "this confirmation is over or belongs to another change; leave it out to see the difference";
                return Err(Mistake::new(MistakeCode::Expired, "confirmationToken", message).into());
            }
        }
    }
    let row = book.amend(next_version(row, new_pins, until), kind(&difference)).await?;
    book.close().await?;
    transaction.commit().await?;
    Ok(Amended::Changed(Box::new(row), difference))
}

/// The grant as its next version says it.
pub(super) fn next_version(row: grant::Model, pins: Pins, until: Timestamp) -> grant::ActiveModel {
    let withdrawn = row.withdrawn_scopes.with(row.scopes).without(pins.scopes());
    let version = row.version + 1;
    let mut change = row.into_active_model();
    change.version = Set(version);
    change.scopes = Set(pins.scopes());
    change.pins = Set(pins);
    change.withdrawn_scopes = Set(withdrawn);
    change.expires_at = Set(until);
    change
}

/// What a change amounts to. The same for as long as before is given again: by an answer, under another notice.
pub(super) fn kind(difference: &Difference) -> ConsentEventKind {
    match difference {
        difference if difference.renews() => ConsentEventKind::Renewed,
        difference if difference.widens() => ConsentEventKind::Widened,
        difference if difference.is_none() => ConsentEventKind::Given,
        _ => ConsentEventKind::Narrowed,
    }
}

/// A scope that stays keeps the version that was agreed to.
fn keep_pinned(old: &Pins, wanted: Pins) -> Pins {
    Pins(wanted.0.into_iter().map(|(scope, version)| (scope, old.version(scope).unwrap_or(version))).collect())
}

/// A new end lies in the future and within 365 days: of now for a longer grant, of its start for a shorter one.
fn checked_end(row: &grant::Model, now: Timestamp, until: Timestamp) -> Result<Timestamp, Mistake> {
    if until <= row.expires_at && until > now && until <= row.valid_from.plus_days(MAXIMUM_DAYS) {
        return Ok(until);
    }
    period("expiresAt", now, Some(until)).map(|period| period.until)
}

fn over() -> Mistake {
    Mistake::new(MistakeCode::WrongState, "grantId", "this grant is over; give consent anew instead")
}

/// Exactly one change of exactly one version of one grant.
pub(super) struct ChangeToConfirm<'c> {
    pub row: &'c grant::Model,
    pub pins: &'c Pins,
    pub until: Timestamp,
    /// The request that it answers, if any.
    pub request: Option<ConsentRequestId>,
}

impl ChangeToConfirm<'_> {
    /// A keyed hash over the change and the time until which it can be confirmed. It stores nothing, and the version
    /// in it makes it good for one use.
    pub fn confirmation(&self, keys: &Keys, now: Timestamp) -> String {
        let until = now.plus_minutes(MINUTES).as_millis().to_be_bytes();
        URL_SAFE_NO_PAD.encode([until.as_slice(), &keys.secret("confirmation", &self.message(until))].concat())
    }

    pub fn is_confirmed_by(&self, keys: &Keys, now: Timestamp, given: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(given) else { return false };
        let Some((until, digest)) = bytes.split_first_chunk::<8>() else { return false };
        keys.is_secret("confirmation", &self.message(*until), digest) && now.as_millis() < i64::from_be_bytes(*until)
    }

    fn message(&self, until: [u8; 8]) -> Vec<u8> {
        let pins = self.pins.0.iter().flat_map(|(scope, version)| [*scope as u16, *version]).flat_map(u16::to_be_bytes);
        [self.row.customer_id.0.as_bytes().as_slice(), self.row.id.0.as_bytes(), &self.row.version.to_be_bytes()]
            .concat()
            .into_iter()
            .chain(self.until.as_millis().to_be_bytes())
            .chain(until)
            .chain(self.request.map_or([0; 16], |request| *request.0.as_bytes()))
            .chain(pins)
            .collect()
    }
}

//! Giving consent: one brand, one purpose, some scopes, an end.

use entity::access::Owner;
use entity::consent::Period;
use entity::grant;
use entity::ids::{BrandId, GrantId};
use entity::kinds::{ConsentActor, ConsentEventKind, GrantState, Purpose};
use entity::scope::{Pins, Scope, ScopeSet};
use entity::values::{Timestamp, Unchecked};
use entity::vault::{current_version, write};
use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel};

use super::book::Book;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};
use crate::domain::{accounts, brands};

/// What the customer grants.
pub struct Give {
    /// The brand's slug.
    pub brand: String,
    /// For what.
    pub purpose: Purpose,
    /// What may be read.
    pub scopes: Vec<Scope>,
    /// Until when; by default in 90 days.
    pub expires_at: Option<Unchecked<Timestamp>>,
}

/// Gives consent from now on.
///
/// # Errors
/// When the brand is unknown, there is no scope, the end is out of range, or a live grant is there already.
pub async fn give(deps: &Deps, owner: &Owner, input: Give) -> Result<grant::Model, Refusal> {
    let mut mistakes = Mistakes::default();
    let pins = pins(&mut mistakes, &input.scopes);
    let until = input.expires_at.as_ref().and_then(|until| mistakes.check("expiresAt", until));
    let brand = brands::find(deps.vault.store.reader(), &input.brand).await?;
    if brand.is_none() {
        mistakes.push(Mistake::new(MistakeCode::NotFound, "brand", "no brand has this slug"));
    }
    mistakes.done()?;
    let Some(brand) = brand else { return Err(Refusal::Mistakes(Vec::new())) };

    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let now = transaction.now();
    let period = period("expiresAt", now, until)?;
    accounts::require_fresh_proof_for(pins.scopes(), owner, now)?;
    let mut book = Book::open(&transaction, owner, &locked);
    book.refuse_if_blocked(input.purpose, "purpose")?;
    let open = book.open_grants().await?;
    if open.iter().any(|grant| grant.brand_id == brand.id && grant.purpose == input.purpose) {
        let message = "you share with this brand for this purpose already; change that grant with amendConsent";
        return Err(Mistake::new(MistakeCode::AlreadyGranted, "purpose", message).into());
    }
    let row = begin(&mut book, owner, (brand.id, input.purpose), pins, period).await?;
    book.close().await?;
    transaction.commit().await?;
    Ok(row)
}

/// Begins a grant of this brand and purpose; there is no open one. It is written when the book is closed.
pub(super) async fn begin(
    book: &mut Book<'_>,
    owner: &Owner,
    (brand, purpose): (BrandId, Purpose),
    pins: Pins,
    period: Period,
) -> Result<grant::Model, DbErr> {
    let transaction = book.transaction;
    write::pairwise(transaction, owner, brand).await?;
    let row = grant::Model {
        customer_id: owner.customer(),
        id: GrantId(transaction.entropy().id()),
        brand_id: brand,
        purpose,
        state: GrantState::Active,
        version: 1,
        scopes: pins.scopes(),
        pins,
        withdrawn_scopes: ScopeSet::EMPTY,
        valid_from: period.from,
        expires_at: period.until,
        created_at: transaction.now(),
        ended_at: None,
        acknowledged_at: None,
        deleted_at: None,
    };
    let inserted = row.clone().into_active_model().reset_all();
    grant::Entity::insert(inserted).exec_without_returning(transaction.connection()).await?;
    book.pin_version(&row).await?;
    book.append(&row, ConsentEventKind::Given, ConsentActor::Customer, transaction.now()).await?;
    Ok(row)
}

/// Every scope at its current version: what is agreed to is what the scope opens today.
pub(super) fn pins(mistakes: &mut Mistakes, scopes: &[Scope]) -> Pins {
    if scopes.is_empty() {
        mistakes.push(Mistake::new(MistakeCode::Invalid, "scopes", "name at least one scope"));
    }
    Pins(scopes.iter().map(|scope| (*scope, current_version(*scope))).collect())
}

/// A period from now on, or the mistake at the field of its end.
pub(super) fn period(field: &str, now: Timestamp, until: Option<Timestamp>) -> Result<Period, Mistake> {
    Period::starting(now, until).map_err(|fault| Mistake::new(MistakeCode::OutOfRange, field, fault.to_string()))
}

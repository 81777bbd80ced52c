//! Ending a grant by somebody who is not the customer: the brand gives up what it holds, or the operator ends it. A
//! customer withdraws, everybody else revokes; neither can do the other's.

use entity::access::{Caller, Operator};
use entity::grant;
use entity::ids::{BrandId, CustomerId, GrantId, ProfileId};
use entity::kinds::{ConsentActor, ConsentEventKind, Purpose};
use entity::vault::find::customer_known_as;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::book::Book;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// Letters of a reason.
const LONGEST_REASON: usize = 500;

/// How a brand names a grant that it holds.
#[derive(Debug, Clone)]
pub enum Held {
    /// By its id.
    Grant(String),
    /// By the brand's own id of the customer, and the purpose: at most one is open.
    Profile(String, Purpose),
}

/// What an operator says of a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It ends.
    Revoked,
    /// It was never valid, as when the notice was wrong.
    Invalid,
}

/// Gives up a grant of the caller's brand. When this returns, no later request gets a value by it. The grant of another
/// brand, one that is over, one for a purpose that the app may not declare, and none at all are refused alike.
///
/// # Errors
/// When there is no such grant.
pub async fn revoke(deps: &Deps, caller: &Caller, held: &Held) -> Result<grant::Model, Refusal> {
    let Some((customer, which)) = locate(deps, caller, held).await? else { return Err(not_held().into()) };
    let (transaction, locked) = deps.vault.begin_about(customer).await?;
    let mut book = Book::about(&transaction, &locked);
    let row = grant::Entity::find().filter(which).filter(open_of(caller.brand())).one(transaction.connection()).await?;
    let row = book.note_expiry(row.ok_or_else(not_held)?).await?;
    if !row.state.is_open() || !caller.standing().may_declare(row.purpose) {
        return Err(not_held().into());
    }
    let row = book.end(row, ConsentEventKind::Revoked, ConsentActor::Brand, transaction.now()).await?;
    book.close().await?;
    transaction.commit().await?;
    Ok(row)
}

/// Whose grant it may be, and which of theirs.
async fn locate(deps: &Deps, caller: &Caller, held: &Held) -> Result<Option<(CustomerId, Condition)>, Refusal> {
    let found = match held {
        Held::Grant(id) => {
            let Ok(id) = id.parse::<GrantId>() else { return Ok(None) };
            let this = grant::Column::Id.eq(id);
            let query = grant::Entity::find().filter(this.clone()).filter(open_of(caller.brand()));
            query.one(deps.vault.store.reader()).await?.map(|row| (row.customer_id, this))
        }
        Held::Profile(profile, purpose) => {
            let Ok(profile) = profile.parse::<ProfileId>() else { return Ok(None) };
            let customer = customer_known_as(&deps.vault, caller, profile).await?;
            customer.map(|customer| (customer, grant::Column::Purpose.eq(*purpose)))
        }
    };
    Ok(found
        .map(|(customer, which)| (customer, Condition::all().add(grant::Column::CustomerId.eq(customer)).add(which))))
}

fn open_of(brand: BrandId) -> Condition {
    Condition::all().add(grant::Column::BrandId.eq(brand)).add(grant::Column::EndedAt.is_null())
}

fn not_held() -> Mistake {
    let message = "your brand holds no such open grant for a purpose that this app is registered for";
    Mistake::new(MistakeCode::NotFound, "", message)
}

/// Ends a grant for the operator, who says why; the customer sees the reason, so it names nobody.
///
/// # Errors
/// When there is no such grant, it is over already, or the reason is too long.
pub async fn end_by_operator(
    deps: &Deps,
    _operator: Operator,
    id: &str,
    verdict: Verdict,
    reason: Option<&str>,
) -> Result<grant::Model, Refusal> {
    let reason = reason.map(checked_reason).transpose()?;
    let unknown = || Mistake::new(MistakeCode::NotFound, "grantId", format!("there is no grant {id}"));
    let parsed: GrantId = id.parse().map_err(|_| unknown())?;
    let query = grant::Entity::find().filter(grant::Column::Id.eq(parsed));
    let found = query.one(deps.vault.store.reader()).await?.ok_or_else(unknown)?;
    let (transaction, locked) = deps.vault.begin_about(found.customer_id).await?;
    let mut book = Book::about(&transaction, &locked);
    book.reason = reason;
    let row = book.find(id).await?;
    if !row.state.is_open() {
        let message = format!("the grant is {} already", row.state.as_str());
        return Err(Mistake::new(MistakeCode::WrongState, "grantId", message).into());
    }
    let kind = match verdict {
        Verdict::Revoked => ConsentEventKind::Revoked,
        Verdict::Invalid => ConsentEventKind::Invalidated,
    };
    let row = book.end(row, kind, ConsentActor::Operator, transaction.now()).await?;
    book.close().await?;
    transaction.commit().await?;
    Ok(row)
}

fn checked_reason(text: &str) -> Result<String, Mistake> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(Mistake::new(MistakeCode::Invalid, "reason", "give a reason in one line of words"));
    }
    if text.chars().count() > LONGEST_REASON {
        return Err(Mistake::new(MistakeCode::TooLong, "reason", "the reason may have 500 letters"));
    }
    Ok(text.to_owned())
}

//! Halting, continuing and ending grants: at once, alone, without a reason, in no more steps than giving took.

use entity::access::Owner;
use entity::consent::next_state;
use entity::ids::BrandId;
use entity::kinds::{ConsentActor, ConsentEventKind};
use entity::vault::Transaction;
use entity::{consent_event, grant, idempotency};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use super::book::Book;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal, brands};

/// Halts a grant until it is resumed; it still ends on its date.
///
/// # Errors
/// When the grant is unknown or not active.
pub async fn pause(deps: &Deps, owner: &Owner, grant: &str) -> Result<grant::Model, Refusal> {
    shift(deps, owner, grant, ConsentEventKind::Paused).await
}

/// Continues a halted grant as it was.
///
/// # Errors
/// When the grant is unknown or not paused.
pub async fn resume(deps: &Deps, owner: &Owner, grant: &str) -> Result<grant::Model, Refusal> {
    shift(deps, owner, grant, ConsentEventKind::Resumed).await
}

async fn shift(deps: &Deps, owner: &Owner, grant: &str, kind: ConsentEventKind) -> Result<grant::Model, Refusal> {
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let mut book = Book::open(&transaction, owner, &locked);
    let row = book.find(grant).await?;
    let state = next_state(row.state, kind).ok_or_else(|| wrong_state(&row))?;
    if kind == ConsentEventKind::Resumed {
        book.refuse_if_blocked(row.purpose, "grantId")?;
    }
    let row = book.shift(row, state, kind).await?;
    book.close().await?;
    transaction.commit().await?;
    Ok(row)
}

/// Ends a grant for good. When this returns, no later request gets a value by it. The brand is told if the customer wants
/// what it holds to be deleted.
///
/// # Errors
/// When the grant is unknown or over already.
pub async fn withdraw(deps: &Deps, owner: &Owner, grant: &str, deletion_wanted: bool) -> Result<grant::Model, Refusal> {
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let now = transaction.now();
    let mut book = Book::open(&transaction, owner, &locked);
    let row = book.find(grant).await?;
    if !row.state.is_open() {
        return Err(wrong_state(&row).into());
    }
    book.deletion_wanted = deletion_wanted;
    let row = book.end(row, ConsentEventKind::Withdrawn, ConsentActor::Customer, now).await?;
    book.close().await?;
    transaction.commit().await?;
    Ok(row)
}

/// Ends every open grant, and gives those that this call ended. A call repeated with its key ends nothing that was
/// given since; it gives what the first one ended.
///
/// # Errors
/// When the database cannot be asked.
pub async fn withdraw_everything(
    deps: &Deps,
    owner: &Owner,
    idempotency_key: Option<&str>,
) -> Result<Vec<grant::Model>, Refusal> {
    on_all(deps, owner, Act::on_every_brand(ConsentEventKind::Withdrawn), idempotency_key).await
}

/// Ends every open grant of one brand, and gives those that this call ended: none if it holds none. The brand is told if the
/// customer wants what it holds to be deleted. A repeated call as above.
///
/// # Errors
/// When no brand has this slug.
pub async fn withdraw_from_brand(
    deps: &Deps,
    owner: &Owner,
    slug: &str,
    deletion_wanted: bool,
    idempotency_key: Option<&str>,
) -> Result<Vec<grant::Model>, Refusal> {
    let brand = brands::find(deps.vault.store.reader(), slug).await?;
    let brand = brand.ok_or_else(|| Mistake::new(MistakeCode::NotFound, "brand", "no brand has this slug"))?;
    let act = Act { kind: ConsentEventKind::Withdrawn, brand: Some(brand.id), deletion_wanted };
    on_all(deps, owner, act, idempotency_key).await
}

/// Halts every active grant (GDPR article 18), and gives those that this call halted. A repeated call as above.
///
/// # Errors
/// When the database cannot be asked.
pub async fn pause_everything(
    deps: &Deps,
    owner: &Owner,
    idempotency_key: Option<&str>,
) -> Result<Vec<grant::Model>, Refusal> {
    on_all(deps, owner, Act::on_every_brand(ConsentEventKind::Paused), idempotency_key).await
}

/// Continues every halted grant, however it was halted, and gives those that this call continued; grants for a purpose
/// that the customer blocks stay halted. A repeated call as above.
///
/// # Errors
/// When the database cannot be asked.
pub async fn resume_everything(
    deps: &Deps,
    owner: &Owner,
    idempotency_key: Option<&str>,
) -> Result<Vec<grant::Model>, Refusal> {
    on_all(deps, owner, Act::on_every_brand(ConsentEventKind::Resumed), idempotency_key).await
}

/// What is done to several grants at once.
#[derive(Clone, Copy)]
struct Act {
    kind: ConsentEventKind,
    /// Only to those of this brand.
    brand: Option<BrandId>,
    deletion_wanted: bool,
}

impl Act {
    const fn on_every_brand(kind: ConsentEventKind) -> Self {
        Self { kind, brand: None, deletion_wanted: false }
    }

    /// A key is for one act: whoever pauses with it and then withdraws with it means both.
    fn with_key(self, key: &str) -> String {
        match self.brand {
            None => format!("{} {key}", self.kind.as_str()),
            Some(brand) => format!("{}_OF {brand} {key}", self.kind.as_str()),
        }
    }
}

/// One act on every grant to which it can happen, in one transaction.
async fn on_all(
    deps: &Deps,
    owner: &Owner,
    act: Act,
    idempotency_key: Option<&str>,
) -> Result<Vec<grant::Model>, Refusal> {
    let kind = act.kind;
    let (transaction, locked) = deps.vault.begin_for(owner).await?;
    let now = transaction.now();
    let mut book = Book::open(&transaction, owner, &locked);
    if let Some(key) = idempotency_key {
        let key = transaction.keys().secret("idempotency", act.with_key(key).as_bytes());
        if !first_with(&transaction, owner, &key).await? {
            return Ok(changed_with(&transaction, owner, key).await?);
        }
        book.idempotency = Some(key);
    }
    let mut changed = Vec::new();
    book.deletion_wanted = act.deletion_wanted;
    let concerned = |row: &grant::Model| act.brand.is_none_or(|brand| row.brand_id == brand);
    for row in book.open_grants().await?.into_iter().filter(concerned) {
        let Some(state) = next_state(row.state, kind) else { continue };
        if kind == ConsentEventKind::Resumed && book.is_blocked(row.purpose) {
            continue;
        }
        changed.push(match kind {
            ConsentEventKind::Withdrawn => book.end(row, kind, ConsentActor::Customer, now).await?,
            _ => book.shift(row, state, kind).await?,
        });
    }
    book.close().await?;
    transaction.commit().await?;
    Ok(changed)
}

/// Notes the key; `false` if it was noted before, whatever the call with it had to do.
async fn first_with(transaction: &Transaction, owner: &Owner, key: &[u8]) -> Result<bool, DbErr> {
    let row = idempotency::ActiveModel {
        customer_id: Set(owner.customer()),
        key: Set(key.to_vec()),
        used_at: Set(transaction.now()),
    };
    let known = [idempotency::Column::CustomerId, idempotency::Column::Key];
    let inserted = idempotency::Entity::insert(row)
        .on_conflict(OnConflict::columns(known).do_nothing().to_owned())
        .exec_without_returning(transaction.connection())
        .await?;
    Ok(inserted > 0)
}

/// What the call with this key has changed, as it is now.
async fn changed_with(transaction: &Transaction, owner: &Owner, key: Vec<u8>) -> Result<Vec<grant::Model>, DbErr> {
    let events = consent_event::Entity::find()
        .filter(consent_event::Column::CustomerId.eq(owner.customer()))
        .filter(consent_event::Column::Idempotency.eq(key))
        .all(transaction.connection())
        .await?;
    grant::Entity::find()
        .filter(grant::Column::CustomerId.eq(owner.customer()))
        .filter(grant::Column::Id.is_in(events.into_iter().filter_map(|event| event.grant_id)))
        .all(transaction.connection())
        .await
}

fn wrong_state(row: &grant::Model) -> Mistake {
    let message = format!("this cannot be done while the grant is {}", row.state.as_str());
    Mistake::new(MistakeCode::WrongState, "grantId", message)
}

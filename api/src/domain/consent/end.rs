//! Halting, continuing and ending grants: at once, alone, without a reason, in no more steps than giving took.

use entity::access::Owner;
use entity::consent::next_state;
use entity::kinds::{ConsentActor, ConsentEventKind};
use entity::{consent_event, grant};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::book::Book;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

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
    let transaction = deps.vault.begin().await?;
    let mut book = Book::open(&transaction, owner).await?;
    let row = book.find(grant).await?;
    let state = next_state(row.state, kind).ok_or_else(|| wrong_state(&row))?;
    let mut change = row.into_active_model();
    change.state = Set(state);
    let row = book.change(change, kind).await?;
    book.close().await?;
    transaction.commit().await?;
    Ok(row)
}

/// Ends a grant for good. When this returns, no later request gets a value by it.
///
/// # Errors
/// When the grant is unknown or over already.
pub async fn withdraw(deps: &Deps, owner: &Owner, grant: &str) -> Result<grant::Model, Refusal> {
    let transaction = deps.vault.begin().await?;
    let now = transaction.now();
    let mut book = Book::open(&transaction, owner).await?;
    let row = book.find(grant).await?;
    if !row.state.is_open() {
        return Err(wrong_state(&row).into());
    }
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
    let transaction = deps.vault.begin().await?;
    let now = transaction.now();
    let mut book = Book::open(&transaction, owner).await?;
    book.idempotency = idempotency_key.map(|key| transaction.keys().secret("idempotency", key.as_bytes()));
    if let Some(key) = &book.idempotency {
        let earlier = consent_event::Entity::find()
            .filter(consent_event::Column::CustomerId.eq(owner.customer()))
            .filter(consent_event::Column::Idempotency.eq(key.clone()))
            .all(transaction.connection())
            .await?;
        if !earlier.is_empty() {
            let ids = earlier.into_iter().map(|event| event.grant_id);
            let ended =
                Condition::all().add(grant::Column::CustomerId.eq(owner.customer())).add(grant::Column::Id.is_in(ids));
            return Ok(grant::Entity::find().filter(ended).all(transaction.connection()).await?);
        }
    }
    let mut ended = Vec::new();
    for row in book.open_grants().await? {
        ended.push(book.end(row, ConsentEventKind::Withdrawn, ConsentActor::Customer, now).await?);
    }
    book.close().await?;
    transaction.commit().await?;
    Ok(ended)
}

fn wrong_state(row: &grant::Model) -> Mistake {
    let message = format!("this cannot be done while the grant is {}", row.state.as_str());
    Mistake::new(MistakeCode::WrongState, "grantId", message)
}

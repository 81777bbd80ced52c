//! What the brand's people do with a conversation. Each change says which version it was made on, if the caller has seen one:
//! whoever acts on an older one is told that a colleague was faster, and nothing is changed.

use entity::access::Care;
use entity::conversation;
use entity::ids::{BrandId, ConversationId, StaffId};
use entity::kinds::{ConversationStatus, NewsKind, StaffRole, StaffStatus};
use entity::values::{Malformed, Prose};
use entity::vault::conversation::{self as door, Locked};
use entity::vault::news::News;
use entity::vault::{Transaction, staff};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, Set};

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// The longest note.
const MOST_NOTED: usize = 2_000;

/// What becomes of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody looks after it from now on, or nobody; why may be said.
    Assign(Option<String>, Option<String>),
    /// It is done.
    Resolve,
    /// It is not done yet.
    Reopen,
}

/// Changes a conversation that was seen in a version.
///
/// # Errors
/// When there is no such conversation or person, it has changed since, or the change makes no sense as it stands.
pub async fn change(
    deps: &Deps,
    care: &Care,
    id: &str,
    seen: Option<i32>,
    change: &Change,
) -> Result<conversation::Model, Refusal> {
    let transaction = deps.vault.begin().await?;
    if matches!(change, Change::Assign(..)) {
        // Before the conversation's lock, as whoever removes somebody takes the two.
        staff::lock_brand(&transaction, care.brand()).await?;
    }
    let mut locked = lock(&transaction, care, id, seen).await?;
    if let Change::Assign(_, Some(reason)) = change {
        note_down(&transaction, care, &mut locked, ("reason", reason)).await?;
    }
    let Locked { mut row, .. } = locked;
    let is_resolved = row.status == ConversationStatus::Resolved;
    match change {
        Change::Assign(to, _) => row.assignee_id = assignee(&transaction, care, to.as_deref()).await?,
        Change::Resolve if is_resolved => return Ok(row),
        Change::Resolve => {
            row.status = ConversationStatus::Resolved;
            row.resolved_at = Some(transaction.now());
            row.waiting_since = None;
        }
        Change::Reopen if is_resolved => {
            let row = door::reopen(&transaction, row).await?;
            transaction.commit().await?;
            return Ok(row);
        }
        Change::Reopen => return Ok(row),
    }
    row.version = row.version.saturating_add(1);
    transaction.tell(News::of_conversation(NewsKind::ConversationChanged, (row.brand_id, row.id), None));
    let changed = row.clone().into_active_model().reset_all();
    conversation::Entity::update(changed).exec(transaction.connection()).await?;
    transaction.commit().await?;
    Ok(row)
}

/// Writes a note among the brand's people.
///
/// # Errors
/// When there is no such conversation, nothing is written, or whoever wrote to the brand was erased.
pub async fn note(deps: &Deps, care: &Care, id: &str, text: &str) -> Result<conversation::Model, Refusal> {
    let transaction = deps.vault.begin().await?;
    let mut locked = lock(&transaction, care, id, None).await?;
    note_down(&transaction, care, &mut locked, ("text", text)).await?;
    transaction.commit().await?;
    Ok(locked.row)
}

async fn note_down(
    transaction: &Transaction,
    care: &Care,
    locked: &mut Locked,
    (field, text): (&str, &str),
) -> Result<(), Refusal> {
    let malformed = |malformed: Malformed| Mistake::new(MistakeCode::Invalid, field, malformed.to_string());
    let text: Prose<MOST_NOTED> = text.parse().map_err(malformed)?;
    if door::note(transaction, care, locked, text.as_str()).await? {
        return Ok(());
    }
    let message = "whoever wrote this has erased everything: nothing is noted about them any more";
    Err(Mistake::new(MistakeCode::WrongState, "conversationId", message).into())
}

pub(super) async fn lock(
    transaction: &Transaction,
    care: &Care,
    id: &str,
    seen: Option<i32>,
) -> Result<Locked, Refusal> {
    let id: ConversationId = id.parse().map_err(|_| unknown())?;
    let locked = door::lock(transaction, care, id).await?.ok_or_else(unknown)?;
    is_as_seen(&locked.row, seen)?;
    Ok(locked)
}

pub(super) fn unknown() -> Mistake {
    Mistake::new(MistakeCode::NotFound, "conversationId", "your brand has no such conversation")
}

/// Whether nothing has happened to it since the caller has seen it.
pub(super) fn is_as_seen(row: &conversation::Model, seen: Option<i32>) -> Result<(), Mistake> {
    let now = row.version;
    match seen {
        Some(seen) if seen != now => {
            let message = format!("something was written or changed since version {seen}, it is {now} now: look again");
            Err(Mistake::new(MistakeCode::WrongState, "version", message))
        }
        _ => Ok(()),
    }
}

/// An agent or executive of the brand; whoever looks after apps and people reads no messages.
async fn assignee(transaction: &Transaction, care: &Care, id: Option<&str>) -> Result<Option<StaffId>, Refusal> {
    let Some(id) = id else { return Ok(None) };
    let unknown = || Mistake::new(MistakeCode::NotFound, "staffId", "nobody of that id answers for your brand");
    let id: StaffId = id.parse().map_err(|_| unknown())?;
    let seat = staff::find(transaction, care.brand(), id).await?;
    let answers = |seat: &staff::Seat| seat.status == StaffStatus::Active && seat.role != StaffRole::Admin;
    Ok(Some(seat.filter(answers).ok_or_else(unknown)?.id))
}

/// Takes somebody who answers no longer off the conversations that they looked after. Under the brand's lock.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::domain) async fn release(transaction: &Transaction, brand: BrandId, who: StaffId) -> Result<(), DbErr> {
    let free = conversation::ActiveModel { assignee_id: Set(None), ..Default::default() };
    let freed = conversation::Entity::update_many()
        .set(free)
        .filter(conversation::Column::BrandId.eq(brand))
        .filter(conversation::Column::AssigneeId.eq(who))
        .exec_with_returning(transaction.connection())
        .await?;
    for row in freed {
        transaction.tell(News::of_conversation(NewsKind::ConversationChanged, (brand, row.id), None));
    }
    Ok(())
}

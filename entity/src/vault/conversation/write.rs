//! What the brand's people do: a conversation under lock, and notes in it.

use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};

use crate::access::Care;
use crate::conversation;
use crate::ids::{BrandId, ConversationId, MessageId};
use crate::kinds::{ConversationStatus, MessageKind, MessageVisibility, NewsKind};
use crate::protected::{correspondent, message, sealed};
use crate::vault::Transaction;
use crate::vault::news::News;

use super::settle::{Reason, settle};
use super::{Said, said_place};

/// A conversation that nobody else changes meanwhile, nor its correspondent.
pub struct Locked {
    /// The row.
    pub row: conversation::Model,
    with: Option<correspondent::Model>,
}

impl Locked {
    /// Whether whoever wrote to the brand has erased everything.
    fn is_gone(&self) -> bool {
        self.with.as_ref().is_none_or(|with| with.payload.0.is_empty())
    }

    /// Whoever wrote to the brand, while what is sent to their account reaches them.
    pub(super) fn reachable(&self) -> Option<&correspondent::Model> {
        self.with.as_ref().filter(|with| with.lookup.is_some() && !self.is_gone())
    }
}

/// A conversation of the brand, locked, its correspondent before it as wherever both are. `None` if it has none of that id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock(transaction: &Transaction, care: &Care, id: ConversationId) -> Result<Option<Locked>, DbErr> {
    lock_of(transaction, care.brand(), id).await
}

/// The same for whoever sends for the brand.
pub(super) async fn lock_of(
    transaction: &Transaction,
    brand: BrandId,
    id: ConversationId,
) -> Result<Option<Locked>, DbErr> {
    let connection = transaction.connection();
    let find = || conversation::Entity::find_by_id((brand, id));
    let Some(row) = find().one(connection).await? else { return Ok(None) };
    let with = correspondent::Entity::find_by_id((brand, row.correspondent_id));
    let with = with.lock_exclusive().one(connection).await?;
    let row = find().lock_exclusive().one(connection).await?;
    Ok(row.map(|row| Locked { row, with }))
}

/// Writes a note among the brand's people. It is sealed as all that is said about somebody, and goes with them. `false` if
/// they were erased: nothing is noted about them any more. The row is as it is then.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note(transaction: &Transaction, care: &Care, locked: &mut Locked, text: &str) -> Result<bool, DbErr> {
    if locked.is_gone() {
        return Ok(false);
    }
    let row = &mut locked.row;
    let now = transaction.now();
    let id = MessageId(transaction.entropy().id_at(now));
    let Some(key) = transaction.keyring.find(row.correspondent_id).await? else { return Ok(false) };
    let said = Said { text: text.to_owned(), ..Said::default() };
    let sealed = sealed::seal(said_place(row.correspondent_id, id), &key, transaction.entropy(), &said)?;
    let note = message::Model {
        brand_id: row.brand_id,
        id,
        conversation_id: row.id,
        correspondent_id: row.correspondent_id,
        kind: MessageKind::Note,
        visibility: MessageVisibility::Private,
        external: None,
        staff_id: care.staff(),
        occurred_at: now,
        received_at: now,
        edited_at: None,
        deleted_at: None,
        key_id: sealed.key_id,
        payload: sealed.payload,
    };
    let note = note.into_active_model().reset_all();
    message::Entity::insert(note).exec_without_returning(transaction.connection()).await?;
    // It changes nothing of what was said, but whoever acts on what they saw before it is told.
    row.version = row.version.saturating_add(1);
    transaction.tell(News::of_conversation(NewsKind::ConversationChanged, (row.brand_id, row.id), None));
    let seen = conversation::ActiveModel { version: Set(row.version), ..Default::default() };
    conversation::Entity::update_many()
        .set(seen)
        .filter(conversation::Column::BrandId.eq(row.brand_id))
        .filter(conversation::Column::Id.eq(row.id))
        .exec(transaction.connection())
        .await?;
    Ok(true)
}

/// Opens a resolved conversation again: whoever had no answer has waited for it all the time. The row as it is then.
///
/// # Errors
/// When the database cannot be asked.
pub async fn reopen(transaction: &Transaction, mut row: conversation::Model) -> Result<conversation::Model, DbErr> {
    row.status = ConversationStatus::Open;
    row.resolved_at = None;
    row.episode = row.episode.saturating_add(1);
    settle(transaction, row, Reason::Changed).await
}

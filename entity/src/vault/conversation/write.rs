//! What the brand's people do: a conversation under lock, and notes in it.

use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, QuerySelect};

use crate::access::Care;
use crate::conversation;
use crate::ids::{ConversationId, MessageId};
use crate::kinds::{MessageKind, MessageVisibility};
use crate::protected::{correspondent, message, sealed};
use crate::vault::Transaction;

use super::settle::{Reason, settle};
use super::{Said, said_place};

/// A conversation that nobody else changes meanwhile, nor its correspondent.
pub struct Locked {
    /// The row.
    pub row: conversation::Model,
    is_gone: bool,
}

/// A conversation of the brand, locked, its correspondent before it as wherever both are. `None` if it has none of that id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock(transaction: &Transaction, care: &Care, id: ConversationId) -> Result<Option<Locked>, DbErr> {
    let connection = transaction.connection();
    let find = || conversation::Entity::find_by_id((care.brand(), id));
    let Some(row) = find().one(connection).await? else { return Ok(None) };
    let with = correspondent::Entity::find_by_id((care.brand(), row.correspondent_id));
    let with = with.lock_exclusive().one(connection).await?;
    let is_gone = with.is_none_or(|with| with.erased_with.is_some());
    let row = find().lock_exclusive().one(connection).await?;
    Ok(row.map(|row| Locked { row, is_gone }))
}

/// Writes a note among the brand's people. It is sealed as all that is said about somebody, and goes with them. `false` if
/// they were erased: nothing is noted about them any more.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note(transaction: &Transaction, care: &Care, locked: &Locked, text: &str) -> Result<bool, DbErr> {
    let Locked { row, is_gone } = locked;
    if *is_gone {
        return Ok(false);
    }
    let now = transaction.now();
    let id = MessageId(transaction.entropy().id_at(now));
    let key = transaction.keyring.key(row.correspondent_id).await?;
    let said = Said { text: text.to_owned(), url: None };
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
    settle(transaction, row.clone(), Reason::Changed).await?;
    Ok(true)
}

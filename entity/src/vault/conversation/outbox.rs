//! Replies that are written here: queued under the law, and sent only while it permits them.
//!
//! A reply is written as a template, and that is what the brand keeps of it. Its values are filled in once, when it is queued,
//! by a disclosure like any other ([`crate::vault::draft`]); the text as it goes out is for the channel, and for the customer's
//! own copy. So nothing of a grant stays in what the brand can read, and a withdrawal has nothing to take back there. Whatever
//! still waits names the grant and the scopes that it rests on, and is looked at again by the law when its turn comes.
//!
//! Who sends takes a reply for a while and says what came of it. Whoever says nothing leaves it UNCERTAIN: it may have gone
//! out, so nobody sends it again by itself.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use crate::access::Care;
use crate::brand_account;
use crate::ids::{ConversationId, MacroId, MessageId};
use crate::keyring::DataKey;
use crate::keys::Keys;
use crate::kinds::{DeliveryState, MessageKind, MessageVisibility};
use crate::protected::{message, sealed};
use crate::reply;
use crate::vault::Transaction;
use crate::vault::draft::Draft;

use super::read::whole;
use super::settle::{Reason, settle};
use super::write::Locked;
use super::{Said, said_place, sender};

/// What the keyed hash of a caller's key for a reply is for.
const IDEMPOTENCY: &str = "key of a reply";
/// And of what was to be sent.
const CONTENT: &str = "content of a reply";

/// A reply to be queued.
pub struct Written<'o> {
    /// As it was written, with its places.
    pub template: &'o str,
    /// Who may read it where it goes.
    pub visibility: MessageVisibility,
    /// The macro that it is, and in which version; none of a text of its own.
    pub by: Option<(MacroId, i32)>,
    /// The caller's key for it, if there is one.
    pub idempotency: Option<&'o str>,
}

/// What became of it.
pub enum Queued {
    /// It waits for its turn.
    Done(MessageId),
    /// Whoever wrote was erased, or their account is somebody else's by now.
    Gone,
    /// The brand has no account on the channel to write from.
    Accountless,
}

/// The reply that was queued under the caller's key before; `Err`, if it was another one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_queued(
    connection: &impl ConnectionTrait,
    keys: &Keys,
    care: &Care,
    conversation: ConversationId,
    written: &Written<'_>,
) -> Result<Option<Result<MessageId, Another>>, DbErr> {
    let Some(key) = written.idempotency else { return Ok(None) };
    let found = reply::Entity::find()
        .filter(reply::Column::BrandId.eq(care.brand()))
        .filter(reply::Column::Idempotency.eq(idempotency(keys, care, key)))
        .one(connection)
        .await?;
    let same = content(keys, conversation, written);
    Ok(found.map(|row| if row.content == same { Ok(row.id) } else { Err(Another) }))
}

/// The key was used for another reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Another;

/// Queues a reply in a locked conversation, which it answers.
///
/// # Errors
/// When the database cannot be asked.
pub async fn queue(
    transaction: &Transaction,
    care: &Care,
    locked: &mut Locked,
    written: &Written<'_>,
    draft: &Draft,
) -> Result<Queued, DbErr> {
    let Some(with) = locked.reachable() else { return Ok(Queued::Gone) };
    let (channel, with) = (with.channel, with.id);
    let Some(key) = transaction.keyring.find(with).await? else { return Ok(Queued::Gone) };
    let answered = answered(transaction, locked, &key).await?;
    let accounts = brand_account::Entity::find()
        .filter(brand_account::Column::BrandId.eq(care.brand()))
        .filter(brand_account::Column::Channel.eq(channel))
        .order_by_asc(brand_account::Column::Normalised)
        .all(transaction.connection())
        .await?;
    let mut accounts: Vec<String> = accounts.into_iter().map(|account| account.handle).collect();
    // From where they wrote to, if that is still the brand's.
    let place = accounts.iter().position(|handle| answered.account.as_ref() == Some(handle)).unwrap_or_default();
    if accounts.is_empty() {
        return Ok(Queued::Accountless);
    }
    let text = draft.text.peek().cloned().unwrap_or_default();
    let said = Said {
        text: written.template.to_owned(),
        sent: (text != written.template).then_some(text),
        subject: answered.subject,
        answers: answered.id,
        account: Some(accounts.swap_remove(place)),
        ..Said::default()
    };
    let now = transaction.now();
    let id = MessageId(transaction.entropy().id_at(now));
    let sealed = sealed::seal(said_place(with, id), &key, transaction.entropy(), &said)?;
    let row = message::Model {
        brand_id: care.brand(),
        id,
        conversation_id: locked.row.id,
        correspondent_id: with,
        kind: MessageKind::Outbound,
        visibility: written.visibility,
        external: None,
        staff_id: care.staff(),
        occurred_at: now,
        received_at: now,
        edited_at: None,
        deleted_at: None,
        key_id: sealed.key_id,
        payload: sealed.payload,
    };
    let row = row.into_active_model().reset_all();
    message::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
    let (grant_id, scopes) = draft.rests_on;
    let keys = transaction.keys();
    let reply = reply::Model {
        brand_id: care.brand(),
        id,
        app_id: care.app(),
        channel,
        state: DeliveryState::Queued,
        grant_id,
        scopes,
        macro_id: written.by.map(|(id, _)| id),
        macro_version: written.by.map(|(_, version)| version),
        idempotency: written.idempotency.map(|key| idempotency(keys, care, key)),
        content: content(keys, locked.row.id, written),
        queued_at: now,
        run_at: Some(now),
        attempts: 0,
    };
    let inserted = reply.clone().into_active_model().reset_all();
    reply::Entity::insert(inserted).exec_without_returning(transaction.connection()).await?;
    sender::tell(transaction, locked.row.id, &reply, (reply.state, reply.run_at)).await?;
    locked.row = settle(transaction, locked.row.clone(), Reason::Answered).await?;
    Ok(Queued::Done(id))
}

/// The newest that the customer has written in a conversation; nothing at all where there is none.
async fn answered(transaction: &Transaction, locked: &Locked, key: &DataKey) -> Result<Said, DbErr> {
    let newest = message::Entity::find()
        .filter(message::Column::BrandId.eq(locked.row.brand_id))
        .filter(message::Column::ConversationId.eq(locked.row.id))
        .filter(message::Column::Kind.eq(MessageKind::Inbound))
        .filter(message::Column::DeletedAt.is_null())
        .order_by_desc(message::Column::OccurredAt)
        .order_by_desc(message::Column::Id)
        .limit(1)
        .one(transaction.connection())
        .await?;
    match newest {
        Some(row) if !row.payload.0.is_empty() => {
            let said = sealed::open(said_place(row.correspondent_id, row.id), key, row.key_id, &row.payload);
            Ok(whole(said).unwrap_or_default())
        }
        _ => Ok(Said::default()),
    }
}

/// Each app has keys of its own.
fn idempotency(keys: &Keys, care: &Care, key: &str) -> Vec<u8> {
    keys.secret(IDEMPOTENCY, &[care.app().0.as_bytes().as_slice(), key.as_bytes()].concat())
}

fn content(keys: &Keys, conversation: ConversationId, written: &Written<'_>) -> Vec<u8> {
    let visibility = written.visibility.as_str().as_bytes();
    let whole = [conversation.0.as_bytes().as_slice(), visibility, b" ", written.template.as_bytes()].concat();
    keys.secret(CONTENT, &whole)
}

//! A reply that was written here, and what the channel tells of the same message: known by the channel's id of it, whichever
//! comes first, or by its words where nobody has said the id.
//!
//! Locks are taken as wherever a message comes in: its place among what came, the message, its correspondent, the conversation.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::ids::{BrandId, MessageId};
use crate::keyring::DataKey;
use crate::kinds::{DeliveryState, MessageKind};
use crate::protected::sealed::{self, Payload};
use crate::protected::{correspondent, message};
use crate::vault::Transaction;
use crate::{inbound_message, reply};

use super::read::whole;
use super::receive::external;
use super::{Delivered, Said, said_place};

/// Replies that are looked through for the words of a message.
const MOST_LOOKED_AT: u64 = 5;

/// What the channel has told of an id before whoever sent the message names it.
pub(super) struct Told {
    external: Vec<u8>,
    is_new: bool,
    message: Option<message::Model>,
}

/// What is known of an id, under lock, before any other lock is taken. `None`: there is no such reply.
pub(super) async fn look(
    transaction: &Transaction,
    place: (BrandId, MessageId),
    named: &str,
) -> Result<Option<Told>, DbErr> {
    let connection = transaction.connection();
    let Some(row) = reply::Entity::find_by_id(place).one(connection).await? else { return Ok(None) };
    let named = Delivered { brand: row.brand_id, channel: row.channel, id: named.to_owned(), delivery: None };
    let external = external(transaction, &named);
    let now = transaction.now();
    let is_new = inbound_message::Entity::note(connection, row.channel, external.clone(), now).await?;
    let message = message::Entity::find()
        .filter(message::Column::BrandId.eq(row.brand_id))
        .filter(message::Column::External.eq(external.clone()))
        .lock_exclusive()
        .one(connection)
        .await?;
    Ok(Some(Told { external, is_new, message }))
}

/// Gives a held reply its name. What the channel has told of it goes, and what had become of that is the reply's: it may have
/// been taken back. Whether anything of the conversation has changed. A name that is another message's is not taken.
pub(super) async fn name(transaction: &Transaction, own: &message::Model, told: Told) -> Result<bool, DbErr> {
    let Told { external, is_new, message: other } = told;
    let mut deleted_at = own.deleted_at;
    let mut has_changed = false;
    match other {
        Some(other) if other.id == own.id => return Ok(false),
        Some(other) if is_echo(transaction, own, &other).await? => {
            deleted_at = deleted_at.or(other.deleted_at);
            let connection = transaction.connection();
            message::Entity::delete_by_id((other.brand_id, other.id)).exec(connection).await?;
            has_changed = true;
        }
        Some(_) => {
            tracing::warn!("a reply was reported under the id of another message, and is not known by it");
            return Ok(false);
        }
        // Taken back before anybody named it.
        None if !is_new && own.external.is_none() => {
            deleted_at = deleted_at.or(Some(transaction.now()));
            has_changed = true;
        }
        None => {}
    }
    let mut change = message::ActiveModel { external: Set(Some(external)), ..Default::default() };
    if deleted_at.is_some() {
        change.deleted_at = Set(deleted_at);
        change.payload = Set(Payload(Vec::new()));
    }
    update(transaction, own, change).await?;
    Ok(has_changed)
}

/// Whether a message is what the channel told of this reply, and nobody else's words.
async fn is_echo(transaction: &Transaction, own: &message::Model, other: &message::Model) -> Result<bool, DbErr> {
    let fits = other.kind == MessageKind::Outbound
        && other.conversation_id == own.conversation_id
        && other.correspondent_id == own.correspondent_id;
    if !fits {
        return Ok(false);
    }
    let replied = reply::Entity::find_by_id((other.brand_id, other.id)).one(transaction.connection()).await?;
    Ok(replied.is_none())
}

/// Whether the brand's own message that a channel tells of is a reply that somebody has taken to send it and has not named yet:
/// then it is known by this id, and has gone out. Under its correspondent's lock.
pub(super) async fn is_own(
    transaction: &Transaction,
    (with, key): (&correspondent::Model, &DataKey),
    (text, external): (&str, &[u8]),
) -> Result<bool, DbErr> {
    let connection = transaction.connection();
    let candidates = message::Entity::find()
        .filter(message::Column::BrandId.eq(with.brand_id))
        .filter(message::Column::CorrespondentId.eq(with.id))
        .filter(message::Column::Kind.eq(MessageKind::Outbound))
        .filter(message::Column::External.is_null())
        .order_by_desc(message::Column::Id)
        .limit(MOST_LOOKED_AT)
        .all(connection)
        .await?;
    let says_so = |row: &message::Model| {
        let said: Option<Said> =
            whole(sealed::open(said_place(row.correspondent_id, row.id), key, row.key_id, &row.payload));
        said.is_some_and(|said| said.into_words_for_customer().text == text)
    };
    for row in candidates.iter().filter(|row| !row.payload.0.is_empty() && says_so(row)) {
        let gone_out = reply::ActiveModel { state: Set(DeliveryState::Sent), run_at: Set(None), ..Default::default() };
        let possible = [DeliveryState::Sending, DeliveryState::Uncertain, DeliveryState::Queued, DeliveryState::Sent];
        let updated = reply::Entity::update_many()
            .set(gone_out)
            .filter(reply::Column::BrandId.eq(row.brand_id))
            .filter(reply::Column::Id.eq(row.id))
            .filter(reply::Column::Attempts.gt(0))
            .filter(reply::Column::State.is_in(possible))
            .exec(connection)
            .await?;
        if updated.rows_affected > 0 {
            let change = message::ActiveModel { external: Set(Some(external.to_vec())), ..Default::default() };
            update(transaction, row, change).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

async fn update(transaction: &Transaction, row: &message::Model, change: message::ActiveModel) -> Result<(), DbErr> {
    let whose = message::Column::BrandId.eq(row.brand_id).and(message::Column::Id.eq(row.id));
    message::Entity::update_many().set(change).filter(whose).exec(transaction.connection()).await.map(drop)
}

//! Messages as channels deliver them: at least once, in any order, changed or taken back later.
//!
//! Whichever act on a message comes first takes its place among those that came ([`inbound_message`]); the place is unique, so
//! two nodes that get the same delivery at the same moment do it one after the other, and the second finds it done. What was
//! taken back before it came is therefore never shown, if it comes within the week that such places are remembered.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use crate::ids::{BrandId, ConversationId, CorrespondentId, MessageId};
use crate::keyring::DataKey;
use crate::kinds::{ConversationStatus, MessageKind, NewsKind, WebhookEvent};
use crate::protected::sealed::{self, Payload};
use crate::protected::{correspondent, message};
use crate::values::Timestamp;
use crate::vault::news::News;
use crate::vault::{Transaction, webhooks};
use crate::{conversation, inbound_message};

use super::forget::part;
use super::naming::is_own;
use super::settle::{Reason, settle};
use super::{Delivered, Passed, REOPENED_DAYS, Said, Who, said_place, who_place};

/// What the keyed hash of a channel's id of a message is for.
const KIND: &str = "message";
/// And of its id of a delivery, of which a message has several.
const DELIVERY: &str = "delivery of a message";

/// Takes in a message between somebody and a brand, new or changed. Doing it again does nothing.
///
/// # Errors
/// When the database cannot be asked, or two met who write to a brand for the first time: then nothing was changed.
pub async fn receive(transaction: &Transaction, at: &Delivered, passed: &Passed, is_edit: bool) -> Result<(), DbErr> {
    let external = external(transaction, at);
    if !note_delivery(transaction, at).await? {
        return Ok(());
    }
    let is_first = note(transaction, at, &external).await?;
    match find(transaction, at, &external).await? {
        Some(row) if is_edit => edit(transaction, at, row, passed).await,
        // A change has overtaken it: the text is newer, the rest is as it was written.
        Some(row) if row.edited_at.is_some() && passed.occurred_at < row.occurred_at => {
            date_back(transaction, row, passed).await
        }
        None if is_first => add(transaction, at, passed, (is_edit, external)).await,
        // Known already; or taken back before it came.
        Some(_) | None => Ok(()),
    }
}

/// Takes in that the author of a message has taken it back, whether it has come or not.
///
/// # Errors
/// When the database cannot be asked.
pub async fn take_back(transaction: &Transaction, at: &Delivered, when: Timestamp) -> Result<(), DbErr> {
    let external = external(transaction, at);
    note(transaction, at, &external).await?;
    let Some(row) = find(transaction, at, &external).await? else { return Ok(()) };
    if row.deleted_at.is_some() {
        return Ok(());
    }
    let change = message::ActiveModel {
        deleted_at: Set(Some(when.min(transaction.now()))),
        payload: Set(Payload(Vec::new())),
        ..Default::default()
    };
    update(transaction, &row, change).await?;
    tell(transaction, at, &row, WebhookEvent::MessageDeleted).await
}

async fn find(transaction: &Transaction, at: &Delivered, external: &[u8]) -> Result<Option<message::Model>, DbErr> {
    message::Entity::find()
        .filter(message::Column::BrandId.eq(at.brand))
        .filter(message::Column::External.eq(external.to_vec()))
        .lock_exclusive()
        .one(transaction.connection())
        .await
}

/// What is kept of the channel's id of a message.
pub(super) fn external(transaction: &Transaction, at: &Delivered) -> Vec<u8> {
    let named = [at.brand.0.as_bytes().as_slice(), at.channel.as_str().as_bytes(), b" ", at.id.as_bytes()].concat();
    transaction.keys().secret(KIND, &named)
}

/// Whether this very delivery has not come before.
async fn note_delivery(transaction: &Transaction, at: &Delivered) -> Result<bool, DbErr> {
    let Some(delivery) = &at.delivery else { return Ok(true) };
    let hash = transaction.keys().secret(DELIVERY, delivery.as_bytes());
    inbound_message::Entity::note(transaction.connection(), at.channel, hash, transaction.now()).await
}

/// Whether nothing about this message has come before.
async fn note(transaction: &Transaction, at: &Delivered, external: &[u8]) -> Result<bool, DbErr> {
    inbound_message::Entity::note(transaction.connection(), at.channel, external.to_vec(), transaction.now()).await
}

async fn add(
    transaction: &Transaction,
    at: &Delivered,
    passed: &Passed,
    (is_edit, external): (bool, Vec<u8>),
) -> Result<(), DbErr> {
    let (brand, now) = (at.brand, transaction.now());
    let (with, key) = meet(transaction, brand, passed).await?;
    if passed.kind == MessageKind::Outbound && is_own(transaction, (&with, &key), (&passed.text, &external)).await? {
        return Ok(());
    }
    let id = MessageId(transaction.entropy().id_at(now));
    // A clock that is ahead elsewhere makes nobody wait longer here.
    let occurred_at = passed.occurred_at.min(now);
    let open = running(transaction, &with).await?;
    let conversation = match open {
        Some(row) => row,
        None => begin(transaction, &with, (id, occurred_at)).await?,
    };
    let said = Said {
        text: passed.text.clone(),
        url: passed.url.clone(),
        subject: passed.subject.clone(),
        id: Some(at.id.clone()),
        account: Some(passed.brand_account.clone()),
        ..Said::default()
    };
    let sealed = sealed::seal(said_place(with.id, id), &key, transaction.entropy(), &said)?;
    let row = message::Model {
        brand_id: brand,
        id,
        conversation_id: conversation.id,
        correspondent_id: with.id,
        kind: passed.kind,
        visibility: passed.visibility,
        external: Some(external),
        staff_id: None,
        occurred_at,
        received_at: now,
        edited_at: is_edit.then_some(occurred_at),
        deleted_at: None,
        key_id: sealed.key_id,
        payload: sealed.payload,
    };
    let inserted = row.clone().into_active_model().reset_all();
    message::Entity::insert(inserted).exec_without_returning(transaction.connection()).await?;
    let reason = if passed.kind == MessageKind::Inbound { Reason::Written } else { Reason::Answered };
    settle(transaction, conversation, reason).await?;
    tell(transaction, at, &row, WebhookEvent::MessageReceived).await
}

/// Tells the brand's apps of what a customer did.
async fn tell(
    transaction: &Transaction,
    at: &Delivered,
    row: &message::Model,
    event: WebhookEvent,
) -> Result<(), DbErr> {
    if row.kind != MessageKind::Inbound {
        return Ok(());
    }
    let kind =
        if event == WebhookEvent::MessageReceived { NewsKind::MessageReceived } else { NewsKind::MessageChanged };
    transaction.tell(News::of_conversation(kind, (row.brand_id, row.conversation_id), Some(row.id)));
    let which = (row.brand_id, row.conversation_id, row.id);
    webhooks::tell_of_message(transaction, which, at.channel, event).await
}

/// The correspondent, locked, by the name that they have now; somebody who writes for the first time gets a key of their own.
async fn meet(
    transaction: &Transaction,
    brand: BrandId,
    passed: &Passed,
) -> Result<(correspondent::Model, DataKey), DbErr> {
    let connection = transaction.connection();
    let lookup = transaction.keys().account(passed.handle.channel(), &passed.account);
    let who = Who {
        handle: passed.handle.as_written().to_owned(),
        account: passed.account.as_str().to_owned(),
        name: passed.name.clone(),
    };
    let known = correspondent::Entity::find()
        .filter(correspondent::Column::BrandId.eq(brand))
        .filter(correspondent::Column::Lookup.eq(lookup.clone()))
        .lock_exclusive()
        .one(connection)
        .await?;
    if let Some(row) = known {
        let Some(key) = transaction.keyring.find(row.id).await? else {
            // Erased, and brought back by a copy of the database: whoever writes now is somebody new.
            part(transaction.connection(), &lookup).await?;
            return begin_with(transaction, brand, passed, (lookup, who)).await;
        };
        let before: Who = sealed::open(who_place(row.id), &key, row.key_id, &row.payload)?;
        // An answer that the brand wrote elsewhere may not say what the channel calls them.
        let who = Who { name: who.name.or_else(|| before.name.clone()), ..who };
        if (&who.handle, &who.name) != (&before.handle, &before.name) {
            let sealed = sealed::seal(who_place(row.id), &key, transaction.entropy(), &who)?;
            let renamed = correspondent::ActiveModel {
                key_id: Set(sealed.key_id),
                payload: Set(sealed.payload),
                ..Default::default()
            };
            correspondent::Entity::update_many()
                .set(renamed)
                .filter(correspondent::Column::BrandId.eq(brand))
                .filter(correspondent::Column::Id.eq(row.id))
                .exec(connection)
                .await?;
        }
        return Ok((row, key));
    }
    begin_with(transaction, brand, passed, (lookup, who)).await
}

/// Somebody who writes for the first time, with a key of their own.
async fn begin_with(
    transaction: &Transaction,
    brand: BrandId,
    passed: &Passed,
    (lookup, who): (Vec<u8>, Who),
) -> Result<(correspondent::Model, DataKey), DbErr> {
    let id = CorrespondentId(transaction.entropy().id());
    let key = transaction.keyring.create_one(id).await?;
    let sealed = sealed::seal(who_place(id), &key, transaction.entropy(), &who)?;
    let row = correspondent::Model {
        brand_id: brand,
        id,
        channel: passed.handle.channel(),
        lookup: Some(lookup),
        key_id: sealed.key_id,
        payload: sealed.payload,
        created_at: transaction.now(),
        erased_with: None,
    };
    correspondent::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(transaction.connection())
        .await?;
    Ok((row, key))
}

/// The conversation that goes on, locked: the newest that this correspondent has begun.
async fn running(transaction: &Transaction, with: &correspondent::Model) -> Result<Option<conversation::Model>, DbErr> {
    let lately = transaction.now().minus_days(REOPENED_DAYS);
    let still_open = Condition::any()
        .add(conversation::Column::Status.ne(ConversationStatus::Resolved))
        .add(conversation::Column::ResolvedAt.gt(lately));
    conversation::Entity::find()
        .filter(conversation::Column::BrandId.eq(with.brand_id))
        .filter(conversation::Column::CorrespondentId.eq(with.id))
        .filter(still_open)
        .order_by_desc(conversation::Column::LastMessageAt)
        .order_by_desc(conversation::Column::Id)
        .limit(1)
        .lock_exclusive()
        .one(transaction.connection())
        .await
}

async fn begin(
    transaction: &Transaction,
    with: &correspondent::Model,
    (first, at): (MessageId, Timestamp),
) -> Result<conversation::Model, DbErr> {
    let row = conversation::Model {
        brand_id: with.brand_id,
        id: ConversationId(transaction.entropy().id()),
        correspondent_id: with.id,
        status: ConversationStatus::Open,
        assignee_id: None,
        version: 0,
        episode: 1,
        opened_at: at,
        waiting_since: None,
        last_message_at: at,
        last_message_id: first,
        resolved_at: None,
    };
    let inserted = row.clone().into_active_model().reset_all();
    conversation::Entity::insert(inserted).exec_without_returning(transaction.connection()).await?;
    Ok(row)
}

/// When and for whom a message was written, of which only a change had come.
async fn date_back(transaction: &Transaction, row: message::Model, passed: &Passed) -> Result<(), DbErr> {
    if row.payload.0.is_empty() {
        return Ok(());
    }
    let change = message::ActiveModel {
        occurred_at: Set(passed.occurred_at.min(row.occurred_at)),
        visibility: Set(passed.visibility),
        ..Default::default()
    };
    update(transaction, &row, change).await
}

/// A change that is older than the one before it changes nothing.
async fn edit(transaction: &Transaction, at: &Delivered, row: message::Model, passed: &Passed) -> Result<(), DbErr> {
    let changed = passed.occurred_at.min(transaction.now());
    // Nothing is left to change of what was taken back, or whose author was erased.
    if row.payload.0.is_empty() || row.edited_at.is_some_and(|before| changed < before) {
        return Ok(());
    }
    let Some(key) = transaction.keyring.find(row.correspondent_id).await? else { return Ok(()) };
    let before: Said = sealed::open(said_place(row.correspondent_id, row.id), &key, row.key_id, &row.payload)?;
    let (url, subject) = (passed.url.clone().or(before.url), passed.subject.clone().or(before.subject));
    // Of a reply that was filled in here, the channel has the words that went out.
    let (text, sent) = match before.sent {
        Some(_) => (before.text, Some(passed.text.clone())),
        None => (passed.text.clone(), None),
    };
    let said = Said { text, url, subject, sent, ..before };
    let sealed = sealed::seal(said_place(row.correspondent_id, row.id), &key, transaction.entropy(), &said)?;
    let change = message::ActiveModel {
        edited_at: Set(Some(changed)),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        ..Default::default()
    };
    update(transaction, &row, change).await?;
    tell(transaction, at, &row, WebhookEvent::MessageEdited).await
}

async fn update(transaction: &Transaction, row: &message::Model, change: message::ActiveModel) -> Result<(), DbErr> {
    let connection = transaction.connection();
    message::Entity::update_many()
        .set(change)
        .filter(message::Column::BrandId.eq(row.brand_id))
        .filter(message::Column::Id.eq(row.id))
        .exec(connection)
        .await?;
    let conversation =
        conversation::Entity::find_by_id((row.brand_id, row.conversation_id)).lock_exclusive().one(connection).await?;
    match conversation {
        Some(conversation) => settle(transaction, conversation, Reason::Changed).await.map(drop),
        None => Ok(()),
    }
}

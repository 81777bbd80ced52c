//! What was said, to whoever answers for the brand.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::access::Care;
use crate::ids::{BrandId, ConversationId, CorrespondentId, MacroId, MessageId, StaffId};
use crate::keyring::DataKey;
use crate::kinds::{DeliveryState, MessageKind, MessageVisibility};
use crate::protected::{correspondent, message, sealed};
use crate::reply;
use crate::values::{Channel, TimePlace, Timestamp};
use crate::vault::disclose::Locator;
use crate::vault::{Addressed, Vault};

use super::{Said, Who, Words, said_place, who_place};

/// Who writes to a brand, as the channel names them.
#[derive(Clone)]
pub struct Correspondent {
    /// Who it is.
    pub id: CorrespondentId,
    /// Where they write.
    pub channel: Channel,
    /// Their handle, and what the channel calls them beside; none once they are erased.
    pub names: Option<Addressed<(String, Option<String>)>>,
    account: Option<String>,
}

impl Correspondent {
    /// How the customer behind them is looked up: by the account, which stays when a handle goes to somebody else. `None`
    /// once they are erased, or the account is somebody else's.
    #[must_use]
    pub fn locator(&self) -> Option<Locator> {
        let account = self.account.as_ref()?.parse().ok()?;
        Some(Locator::Account(self.channel, account))
    }
}

/// A message of a conversation.
#[derive(Clone)]
pub struct Message {
    /// The message.
    pub id: MessageId,
    /// What it belongs to.
    pub conversation: ConversationId,
    /// What it is.
    pub kind: MessageKind,
    /// Who can read it where it was written.
    pub visibility: MessageVisibility,
    /// The text, and where it can be seen; none once its author has taken it back or was erased.
    pub said: Option<Addressed<Words>>,
    /// How far it has come, if it was written here to be sent.
    pub delivery: Option<DeliveryState>,
    /// The macro that it was written by, and in which version.
    pub by: Option<(MacroId, i32)>,
    /// Which of the brand's people wrote it here.
    pub staff: Option<StaffId>,
    /// When it was written, as the channel says.
    pub occurred_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
    /// When its author changed it last.
    pub edited_at: Option<Timestamp>,
    /// When its author took it back.
    pub deleted_at: Option<Timestamp>,
}

impl Message {
    /// Where it stands in its conversation.
    #[must_use]
    pub const fn place(&self) -> MessagePlace {
        TimePlace { at: self.occurred_at, id: self.id }
    }
}

/// Where a message stands in its conversation.
pub type MessagePlace = TimePlace<MessageId>;

/// These correspondents of the brand.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn correspondents(
    vault: &Vault,
    care: &Care,
    ids: &[CorrespondentId],
) -> Result<HashMap<CorrespondentId, Correspondent>, DbErr> {
    let rows = correspondent::Entity::find()
        .filter(correspondent::Column::BrandId.eq(care.brand()))
        .filter(correspondent::Column::Id.is_in(ids.iter().copied()))
        .all(vault.store.reader())
        .await?;
    let known: Vec<CorrespondentId> = rows.iter().map(|row| row.id).collect();
    let keys = vault.keyring.load(&known).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in rows {
        let key = keys.get(&row.id).filter(|_| !row.payload.0.is_empty());
        let who: Option<Who> =
            key.and_then(|key| whole(sealed::open(who_place(row.id), key, row.key_id, &row.payload)));
        let account = who.as_ref().filter(|_| row.lookup.is_some()).map(|who| who.account.clone());
        let names = who.map(|who| Addressed::to_brand((who.handle, who.name)));
        found.insert(row.id, Correspondent { id: row.id, channel: row.channel, names, account });
    }
    Ok(found)
}

/// The messages of a conversation, newest first: up to `limit` before a place.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn messages(
    vault: &Vault,
    care: &Care,
    conversation: ConversationId,
    before: Option<MessagePlace>,
    limit: u64,
) -> Result<Vec<Message>, DbErr> {
    let mut query = message::Entity::find()
        .filter(message::Column::BrandId.eq(care.brand()))
        .filter(message::Column::ConversationId.eq(conversation));
    if let Some(TimePlace { at, id }) = before {
        let same = message::Column::OccurredAt.eq(at).and(message::Column::Id.lt(id));
        query = query.filter(Condition::any().add(message::Column::OccurredAt.lt(at)).add(same));
    }
    let rows = query
        .order_by_desc(message::Column::OccurredAt)
        .order_by_desc(message::Column::Id)
        .limit(limit)
        .all(vault.store.reader())
        .await?;
    show(vault, rows).await
}

/// These messages of the brand.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn messages_of(vault: &Vault, care: &Care, ids: &[MessageId]) -> Result<HashMap<MessageId, Message>, DbErr> {
    let rows = message::Entity::find()
        .filter(message::Column::BrandId.eq(care.brand()))
        .filter(message::Column::Id.is_in(ids.iter().copied()))
        .all(vault.store.reader())
        .await?;
    Ok(show(vault, rows).await?.into_iter().map(|message| (message.id, message)).collect())
}

async fn show(vault: &Vault, rows: Vec<message::Model>) -> Result<Vec<Message>, DbErr> {
    let mut with: Vec<CorrespondentId> = rows.iter().map(|row| row.correspondent_id).collect();
    with.sort_unstable();
    with.dedup();
    let keys = vault.keyring.load(&with).await?;
    let sent = sent(vault, &rows).await?;
    let one = |row: message::Model| Message {
        id: row.id,
        conversation: row.conversation_id,
        kind: row.kind,
        visibility: row.visibility,
        said: said(&keys, &row).map(Said::into_words_for_brand).map(Addressed::to_brand),
        delivery: sent.get(&row.id).map(|sent| sent.state),
        by: sent.get(&row.id).and_then(|sent| sent.by),
        staff: row.staff_id,
        occurred_at: row.occurred_at,
        received_at: row.received_at,
        edited_at: row.edited_at,
        deleted_at: row.deleted_at,
    };
    Ok(rows.into_iter().map(one).collect())
}

/// How far a reply has come, and the macro that it was written by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub state: DeliveryState,
    pub by: Option<(MacroId, i32)>,
}

/// How far those of them have come that were written here. What a channel has brought has no such state.
pub(super) async fn sent(vault: &Vault, rows: &[message::Model]) -> Result<HashMap<MessageId, Sent>, DbErr> {
    let ours = rows.iter().filter(|row| row.kind == MessageKind::Outbound);
    let (brands, ids): (Vec<BrandId>, Vec<MessageId>) = ours.map(|row| (row.brand_id, row.id)).unzip();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(MessageId, DeliveryState, Option<MacroId>, Option<i32>)> = reply::Entity::find()
        .select_only()
        .columns([reply::Column::Id, reply::Column::State, reply::Column::MacroId, reply::Column::MacroVersion])
        .filter(reply::Column::BrandId.is_in(brands))
        .filter(reply::Column::Id.is_in(ids))
        .into_tuple()
        .all(vault.store.reader())
        .await?;
    Ok(found.into_iter().map(|(id, state, by, version)| (id, Sent { state, by: by.zip(version) })).collect())
}

/// What a message says; `None` if nothing is left of it.
pub(super) fn said(keys: &HashMap<CorrespondentId, DataKey>, row: &message::Model) -> Option<Said> {
    let key = keys.get(&row.correspondent_id).filter(|_| !row.payload.0.is_empty())?;
    whole(sealed::open(said_place(row.correspondent_id, row.id), key, row.key_id, &row.payload))
}

/// What was damaged is shown as if nothing were left of it: it hides no other.
pub(super) fn whole<T>(opened: Result<T, DbErr>) -> Option<T> {
    opened.inspect_err(|error| tracing::error!(%error, "what was said in a conversation was damaged")).ok()
}

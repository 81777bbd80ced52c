//! What belongs to a customer of all this: their copy of it, and its end with them.
//!
//! Theirs is what was said from the accounts that are proven to be theirs now; from an address or a number, which may have been
//! somebody else's, since it is, and as long as the proof holds. An erasure takes all of it along, because it is under one key.
//! Notes among a brand's people are the brand's to show; they end with the rest.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::access::Owner;
use crate::conversation;
use crate::ids::{BrandId, ConversationId, CorrespondentId, CustomerId, MessageId};
use crate::keyring::Keyring;
use crate::kinds::{DeliveryState, MessageKind, MessageVisibility, NewsKind};
use crate::protected::sealed::Payload;
use crate::protected::{correspondent, directory, link, message};
use crate::values::Timestamp;
use crate::vault::news::News;
use crate::vault::{Owned, Transaction, Vault};

use super::read::{said, sent};
use super::{Said, Words};

/// A message between the customer and a brand.
pub struct Exchanged {
    /// The message.
    pub id: MessageId,
    /// The brand.
    pub brand: BrandId,
    /// What it belongs to.
    pub conversation: ConversationId,
    /// Which way it went.
    pub kind: MessageKind,
    /// Who can read it where it was written.
    pub visibility: MessageVisibility,
    /// The text, and where it can be seen; none once it was taken back.
    pub said: Option<Owned<Words>>,
    /// How far it has come, if the brand has written it here.
    pub delivery: Option<DeliveryState>,
    /// When it was written.
    pub occurred_at: Timestamp,
    /// When it was changed last.
    pub edited_at: Option<Timestamp>,
    /// When it was taken back.
    pub deleted_at: Option<Timestamp>,
}

/// What the customer and brands have said to each other, in the order in which it came: up to `limit` after one.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn exchanged(
    vault: &Vault,
    owner: &Owner,
    after: Option<MessageId>,
    limit: u64,
) -> Result<Vec<Exchanged>, DbErr> {
    let reader = vault.store.reader();
    let own = of_customer(reader, owner.customer()).await?;
    let theirs = theirs(vault, owner, &own).await?;
    let own = own.ids();
    let mut query = message::Entity::find()
        .filter(message::Column::CorrespondentId.is_in(own.iter().copied()))
        .filter(theirs)
        .filter(message::Column::Kind.ne(MessageKind::Note));
    if let Some(after) = after {
        query = query.filter(message::Column::Id.gt(after));
    }
    let rows = query.order_by_asc(message::Column::Id).limit(limit).all(reader).await?;
    let keys = vault.keyring.load(&own).await?;
    let sent = sent(vault, &rows).await?;
    let one = |row: message::Model| Exchanged {
        id: row.id,
        brand: row.brand_id,
        conversation: row.conversation_id,
        kind: row.kind,
        visibility: row.visibility,
        delivery: sent.get(&row.id).map(|sent| sent.state),
        said: said(&keys, &row).map(Said::into_words_for_customer).map(Owned::of_owner),
        occurred_at: row.occurred_at,
        edited_at: row.edited_at,
        deleted_at: row.deleted_at,
    };
    Ok(rows.into_iter().map(one).collect())
}

/// Which of the messages of the customer's accounts are their own.
async fn theirs(vault: &Vault, owner: &Owner, own: &Own) -> Result<Condition, DbErr> {
    let links = link::Entity::find()
        .filter(link::Column::CustomerId.eq(owner.customer()))
        .filter(link::Column::Id.is_in(own.accounts.iter().filter_map(|account| account.link_id)))
        .all(vault.store.reader())
        .await?;
    let since = |lookup: &[u8]| {
        let account = own.accounts.iter().find(|account| account.lookup == lookup)?;
        let link = links.iter().find(|link| Some(link.id) == account.link_id)?;
        Some((link.linked_at.unwrap_or(link.verified_at), vault.proofs.due_at(link.verified_at)))
    };
    // Nothing at all, rather than everything, where nothing is added.
    let mut theirs = Condition::any().add(message::Column::CorrespondentId.is_null());
    for with in &own.correspondents {
        let of = message::Column::CorrespondentId.eq(with.id);
        theirs = match with.lookup.as_deref().and_then(since) {
            Some(_) if !with.channel.is_address() => theirs.add(of),
            Some((since, until)) => {
                let received = message::Column::ReceivedAt;
                theirs.add(of.and(received.gte(since)).and(received.lt(until)))
            }
            None => theirs,
        };
    }
    Ok(theirs)
}

/// Takes the customer out of every conversation: nobody finds them by their accounts, and nothing of what was said is left.
/// Before the directory forgets the accounts.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::vault) async fn forget(transaction: &Transaction, customer: CustomerId) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let own = of_customer(connection, customer).await?.ids();
    if own.is_empty() {
        return Ok(());
    }
    let gone = correspondent::ActiveModel {
        lookup: Set(None),
        payload: Set(Payload(Vec::new())),
        erased_with: Set(Some(customer)),
        ..Default::default()
    };
    correspondent::Entity::update_many()
        .set(gone)
        .filter(correspondent::Column::Id.is_in(own.iter().copied()))
        .exec(connection)
        .await?;
    let emptied = message::ActiveModel { payload: Set(Payload(Vec::new())), ..Default::default() };
    message::Entity::update_many()
        .set(emptied)
        .filter(message::Column::CorrespondentId.is_in(own.iter().copied()))
        .exec(connection)
        .await?;
    let theirs = conversation::Entity::find().filter(conversation::Column::CorrespondentId.is_in(own));
    for row in theirs.all(connection).await? {
        transaction.tell(News::of_conversation(NewsKind::ConversationChanged, (row.brand_id, row.id), None));
    }
    Ok(())
}

/// Parts an account from whoever wrote from it until now, at every brand: it is somebody else's. What they said stays, under
/// their key; whoever writes from it next is somebody new.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::vault) async fn part(connection: &impl ConnectionTrait, account: &[u8]) -> Result<(), DbErr> {
    let parted = correspondent::ActiveModel { lookup: Set(None), ..Default::default() };
    let whose = correspondent::Column::Lookup.eq(account.to_vec());
    correspondent::Entity::update_many().set(parted).filter(whose).exec(connection).await.map(drop)
}

/// Destroys the keys of those who were taken out with a customer. Twice does no harm.
///
/// # Errors
/// When a store cannot be asked.
pub(in crate::vault) async fn destroy_keys(
    connection: &impl ConnectionTrait,
    keyring: &Keyring,
    customer: CustomerId,
) -> Result<(), DbErr> {
    let gone: Vec<CorrespondentId> = correspondent::Entity::find()
        .select_only()
        .column(correspondent::Column::Id)
        .filter(correspondent::Column::ErasedWith.eq(customer))
        .into_tuple()
        .all(connection)
        .await?;
    for id in gone {
        keyring.destroy(id).await?;
    }
    Ok(())
}

/// The customer's accounts, and who writes to brands from them, in one order.
struct Own {
    accounts: Vec<directory::Model>,
    correspondents: Vec<correspondent::Model>,
}

impl Own {
    fn ids(&self) -> Vec<CorrespondentId> {
        self.correspondents.iter().map(|row| row.id).collect()
    }
}

async fn of_customer(connection: &impl ConnectionTrait, customer: CustomerId) -> Result<Own, DbErr> {
    let accounts = directory::Entity::find()
        .filter(directory::Column::CustomerId.eq(customer))
        .filter(directory::Column::Kind.eq(directory::Kind::Account))
        .all(connection)
        .await?;
    let correspondents = correspondent::Entity::find()
        .filter(correspondent::Column::Lookup.is_in(accounts.iter().map(|account| account.lookup.clone())))
        .order_by_asc(correspondent::Column::Id)
        .all(connection)
        .await?;
    Ok(Own { accounts, correspondents })
}

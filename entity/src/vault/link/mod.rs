//! The door for links: one owner per account and per handle. Identity is the channel's account id; the handle is an
//! attribute of it that can change, and change hands. A newer proof takes over and tombstones the older link.

mod recovered;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ActiveValue::NotSet, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set};
use serde::{Deserialize, Serialize};

use crate::access::Owner;
use crate::ids::{CustomerId, LinkId};
use crate::keyring::{DataKey, Keyring};
use crate::kinds::LinkEnd;
use crate::protected::sealed::{self, Part, Place};
use crate::protected::{directory, link};
use crate::values::{AccountId, Handle, Timestamp};

use super::clusters;
use super::conversation;
use super::transaction::Transaction;
use super::write;

pub use recovered::end_unproven;
pub use told::{Notice, Told, load_to_remind, note_reminded, note_told, reminder, takeovers};

/// A handle with the account behind it, proven to be the customer's.
pub struct ProvenHandle {
    /// The name.
    pub handle: Handle,
    /// The channel's immutable id of the account.
    pub account: AccountId,
    /// When it was proven.
    pub verified_at: Timestamp,
}

/// What is sealed in a link's row.
#[derive(Serialize, Deserialize)]
pub(super) struct Tie {
    pub handle: String,
    pub account: String,
}

/// What a proof has changed.
pub struct Linked {
    /// The customer's link: the one that they had for the account, or a new one.
    pub id: LinkId,
    /// Other customers who have lost a link by it.
    pub former: Vec<CustomerId>,
}

/// Ties an account to the customer. The link that they have for it is renewed, under the name that was proven now. Whoever
/// held the account or the handle before loses it, and nothing that they granted passes on: grants belong to the customer,
/// not to the handle.
///
/// # Errors
/// When the database cannot be asked.
pub async fn link(transaction: &Transaction, owner: &Owner, proven: &ProvenHandle) -> Result<Linked, DbErr> {
    let account = transaction.keys().account(proven.handle.channel(), &proven.account);
    let (mut renewed, mut former) = (None, Vec::new());
    for holder in lock_holders(transaction, owner, proven).await? {
        let is_own = holder.customer == owner.customer();
        if is_own && holder.names.contains(&account) {
            renewed = Some(holder.link);
            continue;
        }
        end(transaction, holder.customer, holder.link, LinkEnd::TakenOver, is_own).await?;
        if !is_own {
            show_handles(transaction, holder.customer).await?;
            former.push(holder.customer);
            if proven.handle.channel().is_address() {
                conversation::part(transaction.connection(), &account).await?;
            }
        }
    }
    let id = renewed.unwrap_or_else(|| LinkId(transaction.entropy().id()));
    let key = transaction.key(owner.customer()).await?;
    let (row, entries) = new_link(transaction, (owner.customer(), &key), id, proven)?;
    let connection = transaction.connection();
    if renewed.is_some() {
        // The name that it had before is free.
        free_names(connection, owner.customer(), id, &[directory::Kind::Handle, directory::Kind::Account]).await?;
        link::Entity::update(link::ActiveModel { linked_at: NotSet, ..row }).exec(connection).await?;
    } else {
        link::Entity::insert(row).exec_without_returning(connection).await?;
    }
    directory::Entity::insert_many(entries).exec_without_returning(connection).await?;
    show_handles(transaction, owner.customer()).await?;
    former.dedup();
    Ok(Linked { id, former })
}

/// Ends a link of the customer. `false` if they have no such live link.
///
/// # Errors
/// When the database cannot be asked.
pub async fn unlink(transaction: &Transaction, owner: &Owner, id: LinkId) -> Result<bool, DbErr> {
    let live = link::Entity::find_by_id((owner.customer(), id))
        .filter(link::Column::EndedAt.is_null())
        .one(transaction.connection())
        .await?;
    if live.is_none() {
        return Ok(false);
    }
    end(transaction, owner.customer(), id, LinkEnd::Unlinked, true).await?;
    show_handles(transaction, owner.customer()).await?;
    Ok(true)
}

/// A live link, with those of the names in question that it holds.
struct Holder {
    customer: CustomerId,
    link: LinkId,
    names: Vec<Vec<u8>>,
}

/// Locks the customer and everybody who holds one of the names, in the order of their ids so that two takeovers do not
/// wait for each other, and gives the links that hold the names once they are locked.
async fn lock_holders(transaction: &Transaction, owner: &Owner, proven: &ProvenHandle) -> Result<Vec<Holder>, DbErr> {
    let keys = transaction.keys();
    let lookups = [keys.handle(&proven.handle), keys.account(proven.handle.channel(), &proven.account)];
    let mut locked = BTreeSet::new();
    let mut wanted = BTreeSet::from([owner.customer()]);
    wanted.extend(holders(transaction, &lookups).await?.into_iter().map(|holder| holder.customer));
    loop {
        for customer in wanted.difference(&locked) {
            write::lock(transaction.connection(), *customer).await?;
        }
        locked.append(&mut wanted);
        // While we waited the names may have gone to somebody else.
        let holders = holders(transaction, &lookups).await?;
        wanted.extend(holders.iter().map(|holder| holder.customer).filter(|customer| !locked.contains(customer)));
        if wanted.is_empty() {
            return Ok(holders);
        }
    }
}

/// The links that hold one of these names now.
async fn holders(transaction: &Transaction, lookups: &[Vec<u8>]) -> Result<Vec<Holder>, DbErr> {
    let rows = directory::Entity::find()
        .filter(directory::Column::Lookup.is_in(lookups.iter().cloned()))
        .all(transaction.connection())
        .await?;
    let mut holders: BTreeMap<(CustomerId, LinkId), Vec<Vec<u8>>> = BTreeMap::new();
    for row in rows {
        if let Some(link) = row.link_id {
            holders.entry((row.customer_id, link)).or_default().push(row.lookup);
        }
    }
    Ok(holders.into_iter().map(|((customer, link), names)| Holder { customer, link, names }).collect())
}

/// Takes names of a link, of these kinds, out of the directory.
async fn free_names(
    connection: &impl ConnectionTrait,
    customer: CustomerId,
    id: LinkId,
    kinds: &[directory::Kind],
) -> Result<(), DbErr> {
    directory::Entity::delete_many()
        .filter(directory::Column::CustomerId.eq(customer))
        .filter(directory::Column::LinkId.eq(id))
        .filter(directory::Column::Kind.is_in(kinds.iter().copied()))
        .exec(connection)
        .await
        .map(drop)
}

/// Tombstones a link and frees its names. Its owner is told later, unless it was their own act.
async fn end(
    transaction: &Transaction,
    customer: CustomerId,
    id: LinkId,
    reason: LinkEnd,
    by_owner: bool,
) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let names = [directory::Kind::Handle, directory::Kind::Account, directory::Kind::SignIn];
    free_names(connection, customer, id, &names).await?;
    let ended = link::ActiveModel {
        ended_at: Set(Some(transaction.now())),
        end_reason: Set(Some(reason)),
        told_at: Set(by_owner.then_some(transaction.now())),
        ..Default::default()
    };
    link::Entity::update_many()
        .set(ended)
        .filter(link::Column::CustomerId.eq(customer))
        .filter(link::Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(())
}

/// Writes what HANDLES discloses: the customer's live links, newest proof first.
async fn show_handles(transaction: &Transaction, customer: CustomerId) -> Result<(), DbErr> {
    let handles = live_links(transaction.connection(), &transaction.keyring, customer).await?;
    let shown: Vec<clusters::Handle> = handles.into_iter().map(|link| link.handle).collect();
    write::replace(transaction, &Owner::recognised(customer), &shown).await
}

/// A live link with what it discloses.
pub(super) struct LiveLink {
    pub id: LinkId,
    pub handle: clusters::Handle,
}

/// The customer's live links, newest proof first.
pub(super) async fn live_links(
    connection: &impl ConnectionTrait,
    keyring: &Keyring,
    customer: CustomerId,
) -> Result<Vec<LiveLink>, DbErr> {
    let rows = link::Entity::find()
        .filter(link::Column::CustomerId.eq(customer))
        .filter(link::Column::EndedAt.is_null())
        .order_by_desc(link::Column::VerifiedAt)
        .order_by_asc(link::Column::Id)
        .all(connection)
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = keyring.key(customer).await?;
    rows.into_iter()
        .map(|row| {
            let tie: Tie = sealed::open(link_place(customer, row.id), &key, row.key_id, &row.payload)?;
            let handle = clusters::Handle { channel: row.channel, handle: tie.handle, verified_at: row.verified_at };
            Ok(LiveLink { id: row.id, handle })
        })
        .collect()
}

/// The rows of a link: the customer's, and the directory's for its two names.
pub(super) fn new_link(
    transaction: &Transaction,
    (customer, key): (CustomerId, &DataKey),
    id: LinkId,
    proven: &ProvenHandle,
) -> Result<(link::ActiveModel, [directory::ActiveModel; 2]), DbErr> {
    let tie = Tie { handle: proven.handle.as_written().to_owned(), account: proven.account.as_str().to_owned() };
    let sealed = sealed::seal(link_place(customer, id), key, transaction.entropy(), &tie)?;
    let channel = proven.handle.channel();
    let row = link::ActiveModel {
        customer_id: Set(customer),
        id: Set(id),
        channel: Set(channel),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        verified_at: Set(proven.verified_at),
        linked_at: Set(Some(proven.verified_at)),
        ended_at: Set(None),
        end_reason: Set(None),
        told_at: Set(None),
    };
    let entry = |lookup, kind| directory::ActiveModel {
        lookup: Set(lookup),
        lookup_next: Set(None),
        kind: Set(kind),
        customer_id: Set(customer),
        link_id: Set(Some(id)),
        proven_at: Set(Some(proven.verified_at)),
    };
    let by_handle = entry(transaction.keys().handle(&proven.handle), directory::Kind::Handle);
    let by_account = entry(transaction.keys().account(channel, &proven.account), directory::Kind::Account);
    Ok((row, [by_handle, by_account]))
}

pub(super) const fn link_place(customer: CustomerId, id: LinkId) -> Place {
    Place { table: "link", customer, part: Part::Id(id.0) }
}

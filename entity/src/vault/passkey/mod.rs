//! The door for passkeys: registered by the customer, used beside their password or without it, removed.
//!
//! Credential id, public key and name are sealed as one payload; the directory has the credential id's keyed hash, so that
//! it is one customer's only. After a recovery of the account a passkey is a second factor only, until somebody has shown
//! both: whoever had the account before may have registered it.

mod used;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};

use crate::access::Owner;
use crate::ids::{CustomerId, PasskeyId};
use crate::keyring::DataKey;
use crate::protected::sealed::{self, Part, Place};
use crate::protected::{directory, passkey};
use crate::values::{Text, Timestamp};
use crate::webauthn::NewPasskey;

use super::Vault;
use super::gated::Owned;
use super::second_factor;
use super::transaction::Transaction;
use super::write;

pub use used::{Alarm, Manner, Verdict, recognise, use_own};

/// Passkeys of a customer at most.
pub const MOST: u64 = 20;

/// What a customer calls a passkey.
pub type Nickname = Text<64>;

/// What is sealed of one.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// The credential id, in base64url.
    credential: String,
    /// The public key in COSE, in base64url.
    key: String,
    nickname: Nickname,
    transports: Vec<String>,
    backup_eligible: bool,
    backed_up: bool,
}

/// A passkey, as its owner sees it.
pub struct OwnPasskey {
    /// Its id here.
    pub id: PasskeyId,
    /// What they call it.
    pub nickname: Owned<Nickname>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was used last.
    pub used_at: Option<Timestamp>,
    /// Whether it is copied to other devices of theirs.
    pub backed_up: bool,
    /// Whether it opens the account without the password.
    pub opens_alone: bool,
}

/// How browsers find a passkey again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// Its credential id, in base64url.
    pub credential: String,
    /// The ways to its authenticator.
    pub transports: Vec<String>,
}

/// What became of a new passkey.
pub enum Added {
    /// It is kept.
    Kept(PasskeyId),
    /// Somebody has it already.
    Taken,
    /// The customer has as many as they can.
    TooMany,
}

/// Keeps a passkey that has passed the checks. Within [`Vault::begin_for`].
///
/// # Errors
/// When the database cannot be asked.
pub async fn add(
    transaction: &Transaction,
    owner: &Owner,
    new: &NewPasskey,
    nickname: Nickname,
) -> Result<Added, DbErr> {
    let (connection, whose) = (transaction.connection(), owner.customer());
    if of(whose).count(connection).await? >= MOST {
        return Ok(Added::TooMany);
    }
    let lookup = transaction.keys().passkey(&new.credential);
    let entry = directory::ActiveModel {
        lookup: Set(lookup.clone()),
        lookup_next: Set(None),
        kind: Set(directory::Kind::Passkey),
        customer_id: Set(whose),
        link_id: Set(None),
        proven_at: Set(None),
    };
    if !write::insert_unless_taken(transaction, entry).await? {
        return Ok(Added::Taken);
    }
    let id = PasskeyId(transaction.entropy().id());
    let kept = Kept {
        credential: URL_SAFE_NO_PAD.encode(&new.credential),
        key: URL_SAFE_NO_PAD.encode(&new.key),
        nickname,
        transports: new.transports.iter().map(|&transport| transport.to_owned()).collect(),
        backup_eligible: new.backup_eligible,
        backed_up: new.backed_up,
    };
    let key = transaction.key(whose).await?;
    let sealed = sealed::seal(place(whose, id), &key, transaction.entropy(), &kept)?;
    let row = passkey::ActiveModel {
        customer_id: Set(whose),
        id: Set(id),
        lookup: Set(lookup),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        counter: Set(new.counter.into()),
        created_at: Set(transaction.now()),
        used_at: Set(None),
        alone_since: Set(Some(transaction.now())),
    };
    passkey::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(Added::Kept(id))
}

/// Gives a passkey another name; whether there is one. Within [`Vault::begin_for`].
///
/// # Errors
/// When the database cannot be asked.
pub async fn rename(
    transaction: &Transaction,
    owner: &Owner,
    id: PasskeyId,
    nickname: Nickname,
) -> Result<bool, DbErr> {
    let whose = owner.customer();
    let row = passkey::Entity::find_by_id((whose, id)).lock_exclusive().one(transaction.connection()).await?;
    let Some(row) = row else { return Ok(false) };
    let key = transaction.key(whose).await?;
    let kept = Kept { nickname, ..open(&row, &key)? };
    keep(transaction, &row, &key, &kept, passkey::ActiveModel::default()).await?;
    Ok(true)
}

/// Takes a passkey away, and the recovery codes with the last factor; whether there was one. Within [`Vault::begin_for`].
///
/// # Errors
/// When the database cannot be asked.
pub async fn remove(transaction: &Transaction, owner: &Owner, id: PasskeyId) -> Result<bool, DbErr> {
    let (connection, whose) = (transaction.connection(), owner.customer());
    let row = passkey::Entity::find_by_id((whose, id)).lock_exclusive().one(connection).await?;
    let Some(row) = row else { return Ok(false) };
    forget(transaction, &[row]).await?;
    if !second_factor::is_wanted(connection, whose).await? {
        second_factor::forget_codes(transaction, whose).await?;
    }
    Ok(true)
}

async fn forget(transaction: &Transaction, rows: &[passkey::Model]) -> Result<(), DbErr> {
    for row in rows {
        directory::Entity::delete_by_id(row.lookup.clone()).exec(transaction.connection()).await?;
        passkey::Entity::delete_by_id((row.customer_id, row.id)).exec(transaction.connection()).await?;
    }
    Ok(())
}

/// Takes away what was registered at or after a time, by whoever had the account then.
pub(super) async fn erase_since(transaction: &Transaction, whose: CustomerId, since: Timestamp) -> Result<(), DbErr> {
    let rows = of(whose).filter(passkey::Column::CreatedAt.gte(since)).all(transaction.connection()).await?;
    forget(transaction, &rows).await
}

/// Takes all of a customer's away. The directory forgets them by itself.
pub(super) async fn erase(transaction: &Transaction, whose: CustomerId) -> Result<(), DbErr> {
    let all = passkey::Entity::delete_many().filter(passkey::Column::CustomerId.eq(whose));
    all.exec(transaction.connection()).await.map(drop)
}

/// The account was recovered: none of its passkeys opens it alone until it was used beside the new password.
///
/// # Errors
/// When the database cannot be asked.
pub async fn doubt(transaction: &Transaction, owner: &Owner) -> Result<(), DbErr> {
    let doubted = passkey::ActiveModel { alone_since: Set(None), ..Default::default() };
    passkey::Entity::update_many()
        .set(doubted)
        .filter(passkey::Column::CustomerId.eq(owner.customer()))
        .exec(transaction.connection())
        .await
        .map(drop)
}

/// When the customer's first passkey was registered; none if they have none.
pub(super) async fn first_at(connection: &impl ConnectionTrait, whose: CustomerId) -> Result<Option<Timestamp>, DbErr> {
    let first = of(whose).order_by_asc(passkey::Column::CreatedAt).one(connection).await?;
    Ok(first.map(|row| row.created_at))
}

/// The customer's passkeys, newest first.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn own(vault: &Vault, owner: &Owner) -> Result<Vec<OwnPasskey>, DbErr> {
    let rows = of(owner.customer())
        .order_by_desc(passkey::Column::CreatedAt)
        .order_by_desc(passkey::Column::Id)
        .all(vault.store.reader())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = vault.keyring.key(owner.customer()).await?;
    let one = |row: passkey::Model| {
        let kept = open(&row, &key)?;
        Ok(OwnPasskey {
            id: row.id,
            nickname: Owned::of_owner(kept.nickname),
            created_at: row.created_at,
            used_at: row.used_at,
            backed_up: kept.backed_up,
            opens_alone: row.alone_since.is_some(),
        })
    };
    rows.into_iter().map(one).collect()
}

/// How browsers find the customer's passkeys again: for themself, or for whoever has shown their password.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn descriptors(vault: &Vault, customer: CustomerId) -> Result<Owned<Vec<Descriptor>>, DbErr> {
    let rows = of(customer).order_by_asc(passkey::Column::CreatedAt).all(vault.store.reader()).await?;
    if rows.is_empty() {
        return Ok(Owned::of_owner(Vec::new()));
    }
    let key = vault.keyring.key(customer).await?;
    let one = |row: &passkey::Model| {
        open(row, &key).map(|kept| Descriptor { credential: kept.credential, transports: kept.transports })
    };
    rows.iter().map(one).collect::<Result<_, _>>().map(Owned::of_owner)
}

fn of(customer: CustomerId) -> sea_orm::Select<passkey::Entity> {
    passkey::Entity::find().filter(passkey::Column::CustomerId.eq(customer))
}

fn open(row: &passkey::Model, key: &DataKey) -> Result<Kept, DbErr> {
    sealed::open(place(row.customer_id, row.id), key, row.key_id, &row.payload)
}

/// Writes what is sealed anew, with other changes of the row.
async fn keep(
    transaction: &Transaction,
    row: &passkey::Model,
    key: &DataKey,
    kept: &Kept,
    changes: passkey::ActiveModel,
) -> Result<(), DbErr> {
    let sealed = sealed::seal(place(row.customer_id, row.id), key, transaction.entropy(), kept)?;
    let row_changes = passkey::ActiveModel { key_id: Set(sealed.key_id), payload: Set(sealed.payload), ..changes };
    passkey::Entity::update_many()
        .set(row_changes)
        .filter(passkey::Column::CustomerId.eq(row.customer_id))
        .filter(passkey::Column::Id.eq(row.id))
        .exec(transaction.connection())
        .await
        .map(drop)
}

const fn place(customer: CustomerId, id: PasskeyId) -> Place {
    Place { table: "passkey", customer, part: Part::Id(id.0) }
}

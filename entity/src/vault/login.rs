//! The door for the address that a customer signs in with: changing it, and taking a change back.
//!
//! The old address is told and stays reserved for a week: whoever reads there can take the change back, and with it every
//! later one. That also clears the password and a second factor that was set up since, so that it is set anew by a code to that address: whoever changed it knew the
//! old one.

use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::access::Owner;
use crate::ids::{CustomerId, FormerLoginId};
use crate::keyring::DataKey;
use crate::protected::sealed::{self, Part, Place};
use crate::protected::{credential, directory, former_login};
use crate::values::{EmailAddress, Timestamp};

use super::Vault;
use super::gated::Owned;
use super::second_factor;
use super::transaction::Transaction;
use super::write::{self, credential_place};

/// For so many days a change can be taken back.
pub const DAYS: i64 = 7;
/// What the keyed hash of the mailed secret is for.
const KIND: &str = "former-login";

/// A change of the address.
pub struct Changed {
    /// Who signed in with it until now.
    pub former: Owned<EmailAddress>,
    /// The row of the old address.
    pub id: FormerLoginId,
    /// What takes the change back; for the mail to the old address and nowhere else.
    pub secret: [u8; 32],
    /// Until when.
    pub until: Timestamp,
}

/// Lets the customer sign in with this address from now on. `None` if it is somebody's, or their own already. Within
/// [`Vault::begin_for`].
///
/// # Errors
/// When the database cannot be asked.
pub async fn change(
    transaction: &Transaction,
    owner: &Owner,
    address: &EmailAddress,
) -> Result<Option<Changed>, DbErr> {
    let (connection, whose) = (transaction.connection(), owner.customer());
    let key = transaction.key(whose).await?;
    let former = stored(transaction, whose, &key).await?;
    let (old, new) = (transaction.keys().login(&former), transaction.keys().login(address));
    if old == new || !take(transaction, whose, new).await? {
        return Ok(None);
    }
    name(transaction, old.clone(), directory::Kind::Former).await?;
    let (id, secret) = (FormerLoginId(transaction.entropy().id()), transaction.entropy().bytes::<32>());
    let until = transaction.now().plus_days(DAYS);
    let sealed = sealed::seal(former_place(whose, id), &key, transaction.entropy(), &former)?;
    let row = former_login::ActiveModel {
        customer_id: Set(whose),
        id: Set(id),
        lookup: Set(old),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        secret_hash: Set(transaction.keys().secret(KIND, &secret)),
        replaced_at: Set(transaction.now()),
        until: Set(until),
    };
    former_login::Entity::insert(row).exec_without_returning(connection).await?;
    store(transaction, whose, &key, address).await?;
    Ok(Some(Changed { former: Owned::of_owner(former), id, secret, until }))
}

/// A change that was taken back.
pub struct Undone {
    /// Whose.
    pub owner: Owner,
    /// The address as it is again.
    pub address: Owned<EmailAddress>,
    /// What it had been changed to.
    pub replaced: Owned<EmailAddress>,
}

/// Takes a change back, and every later one, if this is the secret that was mailed to the address of then.
///
/// # Errors
/// When the database cannot be asked.
pub async fn undo(
    transaction: &Transaction,
    customer: CustomerId,
    id: FormerLoginId,
    secret: &[u8],
) -> Result<Option<Undone>, DbErr> {
    let connection = transaction.connection();
    let found = former_login::Entity::find_by_id((customer, id)).one(connection).await?;
    let fits = |row: &former_login::Model| transaction.keys().is_secret(KIND, secret, &row.secret_hash);
    if !found.is_some_and(|row| fits(&row) && transaction.now() < row.until) {
        return Ok(None);
    }
    write::lock(connection, customer).await?;
    // Somebody else may have taken it back while we waited.
    let Some(row) = former_login::Entity::find_by_id((customer, id)).one(connection).await? else { return Ok(None) };
    let key = transaction.key(customer).await?;
    let address: EmailAddress = sealed::open(former_place(customer, id), &key, row.key_id, &row.payload)?;
    let replaced = stored(transaction, customer, &key).await?;
    let later = former_login::Column::CustomerId
        .eq(customer)
        .and(former_login::Column::ReplacedAt.gte(row.replaced_at))
        .and(former_login::Column::Lookup.ne(row.lookup.clone()));
    let void = former_login::Entity::find().filter(later).all(connection).await?;
    let mut gone: Vec<Vec<u8>> = void.into_iter().map(|row| row.lookup).collect();
    gone.push(transaction.keys().login(&replaced));
    directory::Entity::delete_many()
        .filter(directory::Column::CustomerId.eq(customer))
        .filter(directory::Column::Lookup.is_in(gone))
        .exec(connection)
        .await?;
    former_login::Entity::delete_many()
        .filter(former_login::Column::CustomerId.eq(customer))
        .filter(former_login::Column::ReplacedAt.gte(row.replaced_at))
        .exec(connection)
        .await?;
    name(transaction, row.lookup, directory::Kind::Login).await?;
    store(transaction, customer, &key, &address).await?;
    let without = credential::ActiveModel { password_hash: Set(None), ..Default::default() };
    credential::Entity::update_many()
        .set(without)
        .filter(credential::Column::CustomerId.eq(customer))
        .exec(connection)
        .await?;
    second_factor::erase_since(transaction, customer, row.replaced_at).await?;
    let owner = Owner::recognised(customer);
    Ok(Some(Undone { owner, address: Owned::of_owner(address), replaced: Owned::of_owner(replaced) }))
}

/// Forgets the addresses of a customer whose week is over: they are free for anybody. How many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget(vault: &Vault, customer: CustomerId) -> Result<usize, DbErr> {
    let transaction = vault.begin().await?;
    let connection = transaction.connection();
    let over = former_login::Entity::find()
        .filter(former_login::Column::CustomerId.eq(customer))
        .filter(former_login::Column::Until.lte(transaction.now()))
        .lock_exclusive()
        .all(connection)
        .await?;
    for row in &over {
        // One that is signed in with again is no former one.
        directory::Entity::delete_many()
            .filter(directory::Column::Lookup.eq(row.lookup.clone()))
            .filter(directory::Column::Kind.eq(directory::Kind::Former))
            .exec(connection)
            .await?;
        former_login::Entity::delete_by_id((customer, row.id)).exec(connection).await?;
    }
    transaction.commit().await?;
    Ok(over.len())
}

/// An address that was signed in with, for the customer's own copy.
pub struct FormerLogin {
    /// The address.
    pub address: Owned<EmailAddress>,
    /// Until when it was in use.
    pub replaced_at: Timestamp,
    /// Until when it can be taken back.
    pub until: Timestamp,
}

/// The addresses that are remembered, oldest first: few, as each lasts a week.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn former(vault: &Vault, owner: &Owner) -> Result<Vec<FormerLogin>, DbErr> {
    let rows = former_login::Entity::find()
        .filter(former_login::Column::CustomerId.eq(owner.customer()))
        .order_by_asc(former_login::Column::ReplacedAt)
        .all(vault.store.reader())
        .await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let key = vault.keyring.key(owner.customer()).await?;
    let one = |row: former_login::Model| {
        let address = sealed::open(former_place(row.customer_id, row.id), &key, row.key_id, &row.payload)?;
        Ok(FormerLogin { address: Owned::of_owner(address), replaced_at: row.replaced_at, until: row.until })
    };
    rows.into_iter().map(one).collect()
}

/// Takes a name in the directory: a free one, or a former one of their own. Whether it is theirs now.
async fn take(transaction: &Transaction, whose: CustomerId, lookup: Vec<u8>) -> Result<bool, DbErr> {
    let entry = write::login_entry(whose, lookup.clone());
    if write::insert_unless_taken(transaction, entry).await? {
        return Ok(true);
    }
    let known = directory::Entity::find_by_id(lookup.clone()).one(transaction.connection()).await?;
    let own = known.is_some_and(|row| row.customer_id == whose && row.kind == directory::Kind::Former);
    if own {
        name(transaction, lookup, directory::Kind::Login).await?;
    }
    Ok(own)
}

async fn name(transaction: &Transaction, lookup: Vec<u8>, kind: directory::Kind) -> Result<(), DbErr> {
    let named = directory::ActiveModel { kind: Set(kind), ..Default::default() };
    let query = directory::Entity::update_many().set(named).filter(directory::Column::Lookup.eq(lookup));
    query.exec(transaction.connection()).await.map(drop)
}

/// The address that the customer signs in with.
pub(super) async fn stored(transaction: &Transaction, whose: CustomerId, key: &DataKey) -> Result<EmailAddress, DbErr> {
    let row = credential::Entity::find_by_id(whose).one(transaction.connection()).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the credential".into()))?;
    sealed::open(credential_place(whose), key, row.key_id, &row.payload)
}

async fn store(
    transaction: &Transaction,
    whose: CustomerId,
    key: &DataKey,
    address: &EmailAddress,
) -> Result<(), DbErr> {
    let sealed = sealed::seal(credential_place(whose), key, transaction.entropy(), address)?;
    let row = credential::ActiveModel {
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        changed_at: Set(transaction.now()),
        ..Default::default()
    };
    let query = credential::Entity::update_many().set(row).filter(credential::Column::CustomerId.eq(whose));
    query.exec(transaction.connection()).await.map(drop)
}

const fn former_place(customer: CustomerId, id: FormerLoginId) -> Place {
    Place { table: "former_login", customer, part: Part::Id(id.0) }
}

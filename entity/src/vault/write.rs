//! The door for what customers say about themselves, and for their accounts.

use sea_orm::sea_query::{LockBehavior, LockType, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::access::Owner;
use crate::customer;
use crate::ids::{BrandId, CustomerId, ProfileId};
use crate::kinds::CustomerStatus;
use crate::protected::sealed::{self, Part, Place};
use crate::protected::{cluster, credential, directory, profile};
use crate::values::EmailAddress;

#[cfg(doc)]
use super::Vault;
use super::clusters::Cluster;
use super::gather::cluster_place;
use super::transaction::Transaction;

/// Takes the customer's lock: whoever changes consents or data of one customer does so one after the other.
pub(super) async fn lock(connection: &impl ConnectionTrait, customer: CustomerId) -> Result<customer::Model, DbErr> {
    let row = customer::Entity::find_by_id(customer).lock_exclusive().one(connection).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the customer".into()))
}

/// The same without waiting: `None` if somebody else has it. On SQLite whoever writes is alone anyway.
pub(super) async fn lock_unless_held(
    connection: &impl ConnectionTrait,
    customer: CustomerId,
) -> Result<Option<customer::Model>, DbErr> {
    let lock = LockBehavior::SkipLocked;
    customer::Entity::find_by_id(customer).lock_with_behavior(LockType::Update, lock).one(connection).await
}

/// Creates a customer who signs in with this address. `None` if the address is taken.
///
/// # Errors
/// When the database cannot be asked.
pub async fn create_account(
    transaction: &Transaction,
    address: &EmailAddress,
    password_hash: String,
) -> Result<Option<Owner>, DbErr> {
    let connection = transaction.connection();
    let customer = CustomerId(transaction.entropy().id());
    if !insert_unless_taken(transaction, login_entry(customer, transaction.keys().login(address))).await? {
        return Ok(None);
    }
    let created = customer::ActiveModel {
        id: Set(customer),
        consent_revision: Set(0),
        marketing_blocked_at: Set(None),
        status: Set(CustomerStatus::Active),
        created_at: Set(transaction.now()),
    };
    customer::Entity::insert(created).exec_without_returning(connection).await?;
    let key = transaction.new_key(customer).await?;
    let sealed = sealed::seal(credential_place(customer), &key, transaction.entropy(), address)?;
    let credential = credential::ActiveModel {
        customer_id: Set(customer),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        password_hash: Set(Some(password_hash)),
        changed_at: Set(transaction.now()),
    };
    credential::Entity::insert(credential).exec_without_returning(connection).await?;
    Ok(Some(Owner::recognised(customer)))
}

/// The directory's row of an address that is signed in with.
pub(super) fn login_entry(customer: CustomerId, lookup: Vec<u8>) -> directory::ActiveModel {
    directory::ActiveModel {
        lookup: Set(lookup),
        lookup_next: Set(None),
        kind: Set(directory::Kind::Login),
        customer_id: Set(customer),
        link_id: Set(None),
        proven_at: Set(None),
    }
}

/// The directory decides a race for a name: one of two inserts nothing.
pub(super) async fn insert_unless_taken(
    transaction: &Transaction,
    entry: directory::ActiveModel,
) -> Result<bool, DbErr> {
    let unless_taken = OnConflict::column(directory::Column::Lookup).do_nothing().to_owned();
    let insert = directory::Entity::insert(entry).on_conflict(unless_taken);
    Ok(insert.exec_without_returning(transaction.connection()).await? > 0)
}

/// Sets a password and takes an imported account into use.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_password(transaction: &Transaction, owner: &Owner, password_hash: String) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let credential = credential::ActiveModel {
        password_hash: Set(Some(password_hash)),
        changed_at: Set(transaction.now()),
        ..Default::default()
    };
    credential::Entity::update_many()
        .set(credential)
        .filter(credential::Column::CustomerId.eq(owner.customer()))
        .exec(connection)
        .await?;
    let status = customer::ActiveModel { status: Set(CustomerStatus::Active), ..Default::default() };
    customer::Entity::update_many()
        .set(status)
        .filter(customer::Column::Id.eq(owner.customer()))
        .exec(connection)
        .await?;
    Ok(())
}

/// Changes one cluster: reads it, lets `change` work on it, writes it back. Within [`Vault::begin_for`].
///
/// # Errors
/// When the database cannot be asked or the stored value cannot be read.
pub async fn update<T: Cluster + Default>(
    transaction: &Transaction,
    owner: &Owner,
    change: impl FnOnce(&mut T),
) -> Result<(), DbErr> {
    let mut value: T = stored(transaction, owner).await?.unwrap_or_default();
    change(&mut value);
    replace(transaction, owner, &value).await
}

async fn stored<T: Cluster>(transaction: &Transaction, owner: &Owner) -> Result<Option<T>, DbErr> {
    let row = cluster::Entity::find_by_id((owner.customer(), T::SCOPE)).one(transaction.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    let key = transaction.key(row.customer_id).await?;
    sealed::open(cluster_place(row.customer_id, T::SCOPE), &key, row.key_id, &row.payload).map(Some)
}

/// Replaces one cluster.
///
/// # Errors
/// When the database cannot be asked.
pub async fn replace<T: Cluster>(transaction: &Transaction, owner: &Owner, value: &T) -> Result<(), DbErr> {
    let key = transaction.key(owner.customer()).await?;
    let place = cluster_place(owner.customer(), T::SCOPE);
    let sealed = sealed::seal(place, &key, transaction.entropy(), value)?;
    let row = cluster::ActiveModel {
        customer_id: Set(owner.customer()),
        scope: Set(T::SCOPE),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        changed_at: Set(transaction.now()),
    };
    let replacing = OnConflict::columns([cluster::Column::CustomerId, cluster::Column::Scope])
        .update_columns([cluster::Column::KeyId, cluster::Column::Payload, cluster::Column::ChangedAt])
        .to_owned();
    cluster::Entity::insert(row).on_conflict(replacing).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// The id by which a brand knows the customer, made at the first grant and kept for ever after.
///
/// # Errors
/// When the database cannot be asked.
pub async fn pairwise(transaction: &Transaction, owner: &Owner, brand: BrandId) -> Result<ProfileId, DbErr> {
    let connection = transaction.connection();
    let known = profile::Entity::find_by_id((owner.customer(), brand)).one(connection).await?;
    if let Some(row) = known {
        return Ok(row.id);
    }
    let id = ProfileId(transaction.entropy().id());
    let (row, entry) = new_pairwise(transaction, owner.customer(), brand, id);
    profile::Entity::insert(row).exec_without_returning(connection).await?;
    directory::Entity::insert(entry).exec_without_returning(connection).await?;
    Ok(id)
}

/// The two rows of a pairwise id: the customer's, and the directory's for the way back.
pub(super) fn new_pairwise(
    transaction: &Transaction,
    customer: CustomerId,
    brand: BrandId,
    id: ProfileId,
) -> (profile::ActiveModel, directory::ActiveModel) {
    let row = profile::ActiveModel {
        customer_id: Set(customer),
        brand_id: Set(brand),
        id: Set(id),
        created_at: Set(transaction.now()),
    };
    let entry = directory::ActiveModel {
        lookup: Set(transaction.keys().profile(brand, id)),
        lookup_next: Set(None),
        kind: Set(directory::Kind::Profile),
        customer_id: Set(customer),
        link_id: Set(None),
        proven_at: Set(None),
    };
    (row, entry)
}

pub(super) const fn credential_place(customer: CustomerId) -> Place {
    Place { table: "credential", customer, part: Part::Whole }
}

//! The door for the people who work for a brand: their names and addresses go to themselves and to the administrators of
//! their brand.
//!
//! Each has a data key of their own, which is destroyed when they are removed: what the audit trail and the records of
//! reads keep is a random id. Whoever changes something takes the brand's lock first ([`lock_brand`]).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{Admin, Staff};
use crate::brand;
use crate::ids::{BrandId, StaffId};
use crate::keyring::DataKey;
use crate::kinds::{StaffRole, StaffStatus};
use crate::protected::sealed::{self, Payload, Sealed, StaffPlace};
use crate::protected::staff;
use crate::values::{EmailAddress, Timestamp};

use super::Vault;
use super::gated::Owned;
use super::transaction::Transaction;

/// How long an invitation holds.
pub const INVITED_DAYS: i64 = 7;
/// What the keyed hash of an invitation's secret is for.
const KIND: &str = "invitation";

/// What is personal of a member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Their name; none until they have accepted.
    pub name: Option<String>,
    /// The address they sign in with.
    pub email: String,
}

/// A member of staff, invited or active.
pub struct Member {
    /// Who it is.
    pub id: StaffId,
    /// What they may do.
    pub role: StaffRole,
    /// Where they stand.
    pub status: StaffStatus,
    /// Name and address.
    pub details: Owned<Details>,
    /// Until when they can accept their invitation.
    pub invited_until: Option<Timestamp>,
    /// When they have accepted it.
    pub joined_at: Option<Timestamp>,
}

/// A member of staff as services see them: nothing personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// For whom they work.
    pub brand: BrandId,
    /// Who it is.
    pub id: StaffId,
    /// What they may do.
    pub role: StaffRole,
    /// Where they stand.
    pub status: StaffStatus,
}

impl From<&staff::Model> for Seat {
    fn from(row: &staff::Model) -> Self {
        Self { brand: row.brand_id, id: row.id, role: row.role, status: row.status }
    }
}

/// Takes the lock under which a brand's people change: one change at a time, so that none rests on what another undoes.
/// `None` if there is no such brand.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_brand(transaction: &Transaction, brand: BrandId) -> Result<Option<brand::Model>, DbErr> {
    brand::Entity::find_by_id(brand).lock_exclusive().one(transaction.connection()).await
}

/// An invitation, and the text that proves it.
pub struct Invitation {
    /// Who is invited.
    pub staff: StaffId,
    /// To be mailed; only a keyed hash of its secret is kept.
    pub token: String,
}

/// Invites an address, under the brand's lock. Somebody who was invited and has not accepted gets a new invitation, and
/// the older one holds no longer. `None` if the address belongs to somebody who works for the brand already.
///
/// # Errors
/// When the database cannot be asked.
pub async fn invite(
    transaction: &Transaction,
    brand: BrandId,
    role: StaffRole,
    address: &EmailAddress,
) -> Result<Option<Invitation>, DbErr> {
    let login = transaction.keys.staff(address);
    let known = staff::Entity::find()
        .filter(staff::Column::BrandId.eq(brand))
        .filter(staff::Column::Login.eq(login.clone()))
        .one(transaction.connection())
        .await?;
    let secret: [u8; 32] = transaction.entropy.bytes();
    let hash = Some(transaction.keys.secret(KIND, &secret));
    let until = Some(transaction.now.plus_days(INVITED_DAYS));
    let id = match known {
        Some(row) if row.status != StaffStatus::Invited => return Ok(None),
        Some(row) => {
            let change = staff::ActiveModel {
                role: Set(role),
                invitation_hash: Set(hash),
                invited_until: Set(until),
                ..Default::default()
            };
            update(transaction, (brand, row.id), change).await?;
            row.id
        }
        None => {
            let id = StaffId(transaction.entropy.id());
            let key = transaction.keyring.create_one(id).await?;
            let details = Details { name: None, email: address.as_str().to_owned() };
            let sealed = seal(transaction, id, &key, &details)?;
            let row = staff::Model {
                brand_id: brand,
                id,
                role,
                status: StaffStatus::Invited,
                login: Some(login),
                key_id: sealed.key_id,
                payload: sealed.payload,
                password_hash: None,
                invitation_hash: hash,
                invited_until: until,
                created_at: transaction.now,
                joined_at: None,
                removed_at: None,
            };
            let row = row.into_active_model().reset_all();
            staff::Entity::insert(row).exec_without_returning(transaction.connection()).await?;
            id
        }
    };
    let text = [brand.0.as_bytes().as_slice(), id.0.as_bytes(), &secret].concat();
    Ok(Some(Invitation { staff: id, token: format!("invitation_{}", URL_SAFE_NO_PAD.encode(text)) }))
}

/// The brand that an invitation's text names. It proves nothing.
#[must_use]
pub fn brand_of(token: &str) -> Option<BrandId> {
    read_token(token).map(|(brand, ..)| brand)
}

/// Whoever holds this invitation accepts it, under the brand's lock. `None` if it is none, over, used, or was replaced.
///
/// # Errors
/// When the database cannot be asked.
pub async fn accept(
    transaction: &Transaction,
    token: &str,
    name: &str,
    password_hash: String,
) -> Result<Option<Seat>, DbErr> {
    let Some((brand, id, secret)) = read_token(token) else { return Ok(None) };
    let row = staff::Entity::find_by_id((brand, id)).one(transaction.connection()).await?;
    let Some(row) = row.filter(|row| row.status == StaffStatus::Invited) else { return Ok(None) };
    let fits = row.invitation_hash.as_ref().is_some_and(|hash| transaction.keys.is_secret(KIND, &secret, hash));
    if !fits || row.invited_until.is_none_or(|until| until <= transaction.now) {
        return Ok(None);
    }
    let key = transaction.keyring.key(id).await?;
    let details: Details = sealed::open(StaffPlace(id), &key, row.key_id, &row.payload)?;
    let sealed = seal(transaction, id, &key, &Details { name: Some(name.to_owned()), ..details })?;
    let change = staff::ActiveModel {
        status: Set(StaffStatus::Active),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        password_hash: Set(Some(password_hash)),
        invitation_hash: Set(None),
        invited_until: Set(None),
        joined_at: Set(Some(transaction.now)),
        ..Default::default()
    };
    update(transaction, (brand, id), change).await?;
    Ok(Some(Seat { status: StaffStatus::Active, ..Seat::from(&row) }))
}

fn read_token(token: &str) -> Option<(BrandId, StaffId, [u8; 32])> {
    let bytes: [u8; 64] = URL_SAFE_NO_PAD.decode(token.strip_prefix("invitation_")?).ok()?.try_into().ok()?;
    let (ids, secret) = bytes.split_first_chunk::<32>()?;
    let (brand, staff) = ids.split_first_chunk::<16>()?;
    let staff = StaffId(Uuid::from_slice(staff).ok()?);
    Some((BrandId(Uuid::from_bytes(*brand)), staff, secret.try_into().ok()?))
}

/// Who signs in with an address and a password that `matches` the stored hash (PHC form), at a brand, or at the only one that
/// the address is known to. `matches` is asked in every case, with nothing where there is nobody, so that the answer takes
/// as long.
///
/// # Errors
/// When the database cannot be asked.
pub async fn authenticate(
    vault: &Vault,
    brand: Option<BrandId>,
    address: Option<&EmailAddress>,
    matches: impl AsyncFnOnce(Option<&str>) -> bool,
) -> Result<Option<Seat>, DbErr> {
    let rows = match address {
        Some(address) => {
            let mut query = staff::Entity::find()
                .filter(staff::Column::Login.eq(vault.keys.staff(address)))
                .filter(staff::Column::Status.eq(StaffStatus::Active));
            if let Some(brand) = brand {
                query = query.filter(staff::Column::BrandId.eq(brand));
            }
            query.limit(2).all(vault.store.reader()).await?
        }
        None => Vec::new(),
    };
    // Of several, none is meant.
    let found = <[staff::Model; 1]>::try_from(rows).ok().map(|[row]| row);
    let stored = found.as_ref().and_then(|row| row.password_hash.as_deref());
    let known = stored.is_some();
    let matched = matches(stored).await;
    Ok(found.filter(|_| known && matched).map(|row| Seat::from(&row)))
}

/// Themself.
///
/// # Errors
/// When the database cannot be asked.
pub async fn myself(vault: &Vault, staff: &Staff) -> Result<Option<Member>, DbErr> {
    let row = staff::Entity::find_by_id((staff.brand(), staff.id())).one(vault.store.reader()).await?;
    Ok(show(vault, row.into_iter().collect()).await?.pop())
}

/// The brand's people, those who were removed left out, in the order of their ids: up to `limit` after one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_brand(vault: &Vault, admin: &Admin, after: Option<StaffId>, limit: u64) -> Result<Vec<Member>, DbErr> {
    let mut query = staff::Entity::find()
        .filter(staff::Column::BrandId.eq(admin.brand()))
        .filter(staff::Column::Status.ne(StaffStatus::Removed));
    if let Some(after) = after {
        query = query.filter(staff::Column::Id.gt(after));
    }
    let rows = query.order_by_asc(staff::Column::Id).limit(limit).all(vault.store.reader()).await?;
    show(vault, rows).await
}

async fn show(vault: &Vault, rows: Vec<staff::Model>) -> Result<Vec<Member>, DbErr> {
    let ids: Vec<StaffId> = rows.iter().map(|row| row.id).collect();
    let keys = vault.keyring.load(&ids).await?;
    let one = |row: staff::Model| {
        let key = keys.get(&row.id).ok_or_else(|| DbErr::RecordNotFound("the data key".into()))?;
        let details = sealed::open(StaffPlace(row.id), key, row.key_id, &row.payload)?;
        Ok(Member {
            id: row.id,
            role: row.role,
            status: row.status,
            details: Owned::of_owner(details),
            invited_until: row.invited_until,
            joined_at: row.joined_at,
        })
    };
    rows.into_iter().map(one).collect()
}

/// A member of a brand's staff who is not removed, under the brand's lock.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(transaction: &Transaction, brand: BrandId, id: StaffId) -> Result<Option<Seat>, DbErr> {
    let row = staff::Entity::find_by_id((brand, id)).one(transaction.connection()).await?;
    Ok(row.as_ref().map(Seat::from).filter(|seat| seat.status != StaffStatus::Removed))
}

/// Whether somebody else than this one is an active administrator, under the brand's lock.
///
/// # Errors
/// When the database cannot be asked.
pub async fn has_another_admin(transaction: &Transaction, seat: &Seat) -> Result<bool, DbErr> {
    let others = staff::Entity::find()
        .filter(staff::Column::BrandId.eq(seat.brand))
        .filter(staff::Column::Id.ne(seat.id))
        .filter(staff::Column::Role.eq(StaffRole::Admin))
        .filter(staff::Column::Status.eq(StaffStatus::Active))
        .count(transaction.connection())
        .await?;
    Ok(others > 0)
}

/// Gives somebody another role, under the brand's lock.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_role(transaction: &Transaction, seat: &Seat, role: StaffRole) -> Result<(), DbErr> {
    let change = staff::ActiveModel { role: Set(role), ..Default::default() };
    update(transaction, (seat.brand, seat.id), change).await
}

/// Removes somebody, or takes their invitation back, under the brand's lock: nobody finds them, and nothing personal is
/// left. [`forget`] destroys their key after the commit.
///
/// # Errors
/// When the database cannot be asked.
pub async fn remove(transaction: &Transaction, seat: &Seat) -> Result<(), DbErr> {
    let change = staff::ActiveModel {
        status: Set(StaffStatus::Removed),
        login: Set(None),
        payload: Set(Payload(Vec::new())),
        password_hash: Set(None),
        invitation_hash: Set(None),
        invited_until: Set(None),
        removed_at: Set(Some(transaction.now)),
        ..Default::default()
    };
    update(transaction, (seat.brand, seat.id), change).await
}

/// Destroys the key of somebody who was removed.
///
/// # Errors
/// When the keyring cannot be written.
pub async fn forget(vault: &Vault, staff: StaffId) -> Result<(), DbErr> {
    vault.keyring.destroy(staff).await
}

async fn update(
    transaction: &Transaction,
    (brand, id): (BrandId, StaffId),
    change: staff::ActiveModel,
) -> Result<(), DbErr> {
    let whose = Expr::col(staff::Column::BrandId).eq(brand).and(staff::Column::Id.eq(id));
    staff::Entity::update_many().set(change).filter(whose).exec(transaction.connection()).await?;
    Ok(())
}

fn seal(transaction: &Transaction, staff: StaffId, key: &DataKey, details: &Details) -> Result<Sealed, DbErr> {
    sealed::seal(StaffPlace(staff), key, &transaction.entropy, details)
}

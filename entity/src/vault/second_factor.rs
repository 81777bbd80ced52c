//! The door for second factors: an authenticator, passkeys and recovery codes, set up by the customer and asked for at
//! sign-in. What passkeys are is in [`passkey`].
//!
//! A code is accepted once: the step of the newest is remembered, under a lock of its row. A recovery code is kept as a keyed
//! hash that is bound to its customer, and used up by one statement.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::access::Owner;
use crate::ids::CustomerId;
use crate::one_time_code;
use crate::protected::sealed::{self, Part, Place};
use crate::protected::{authenticator, credential, recovery_code};
use crate::values::Timestamp;
use crate::webauthn::{Assertion, AuthenticatorData};

use super::Vault;
use super::gated::Owned;
use super::passkey::{self, Manner, Verdict};
use super::transaction::Transaction;
use super::write;

/// Recovery codes at a time.
const CODES: usize = 10;
/// What the keyed hash of a recovery code is for.
const KIND: &str = "recovery-code";
/// What the keyed hash of half a sign-in is for.
const HALF: &str = "half-sign-in";
/// What its text begins with.
const PREFIX: &str = "factor_";
/// Minutes between the two steps at most.
const MINUTES: i64 = 5;

/// Makes the secret of an authenticator, in base 32. It counts once [`confirm`] has seen a code of it; until then the one
/// before, if any, is replaced only if it was never confirmed. `None` if one is confirmed already. Within
/// [`Vault::begin_for`].
///
/// # Errors
/// When the database cannot be asked.
pub async fn begin(transaction: &Transaction, owner: &Owner) -> Result<Option<Owned<String>>, DbErr> {
    let (connection, whose) = (transaction.connection(), owner.customer());
    if has_authenticator(connection, whose).await? {
        return Ok(None);
    }
    authenticator::Entity::delete_by_id(whose).exec(connection).await?;
    let secret = transaction.entropy().bytes::<20>();
    let key = transaction.key(whose).await?;
    let sealed = sealed::seal(place(whose), &key, transaction.entropy(), &secret)?;
    let row = authenticator::ActiveModel {
        customer_id: Set(whose),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        created_at: Set(transaction.now()),
        confirmed_at: Set(None),
        last_step: Set(None),
    };
    authenticator::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(Some(Owned::of_owner(one_time_code::base32(&secret))))
}

/// Puts the authenticator into use, if this is a code of it, and gives the recovery codes. Within [`Vault::begin_for`].
///
/// # Errors
/// When the database cannot be asked.
pub async fn confirm(
    transaction: &Transaction,
    owner: &Owner,
    code: &str,
) -> Result<Option<Owned<Vec<String>>>, DbErr> {
    let row = locked(transaction, owner.customer()).await?.filter(|row| row.confirmed_at.is_none());
    let Some(row) = row else { return Ok(None) };
    if !accept(transaction, &row, code).await? {
        return Ok(None);
    }
    let confirmed = authenticator::ActiveModel { confirmed_at: Set(Some(transaction.now())), ..Default::default() };
    authenticator::Entity::update_many()
        .set(confirmed)
        .filter(authenticator::Column::CustomerId.eq(owner.customer()))
        .exec(transaction.connection())
        .await?;
    renew_recovery_codes(transaction, owner).await.map(Some)
}

/// Replaces the recovery codes by ten new ones.
///
/// # Errors
/// When the database cannot be asked.
pub async fn renew_recovery_codes(transaction: &Transaction, owner: &Owner) -> Result<Owned<Vec<String>>, DbErr> {
    let whose = owner.customer();
    forget_codes(transaction, whose).await?;
    let codes: Vec<String> = (0..CODES).map(|_| recovery_code(transaction)).collect();
    let row = |code: &String| recovery_code::ActiveModel {
        customer_id: Set(whose),
        hash: Set(transaction.keys().secret(KIND, &bound(whose, code))),
        issued_at: Set(transaction.now()),
        used_at: Set(None),
    };
    let rows: Vec<_> = codes.iter().map(row).collect();
    recovery_code::Entity::insert_many(rows).exec_without_returning(transaction.connection()).await?;
    Ok(Owned::of_owner(codes))
}

/// 16 letters and digits of base 32: 80 bits.
fn recovery_code(transaction: &Transaction) -> String {
    one_time_code::base32(&transaction.entropy().bytes::<10>())
}

/// Takes the authenticator away, and the recovery codes unless there are passkeys that they stand in for. Whether there was
/// one in use.
///
/// # Errors
/// When the database cannot be asked.
pub async fn remove(transaction: &Transaction, owner: &Owner) -> Result<bool, DbErr> {
    let (connection, whose) = (transaction.connection(), owner.customer());
    let in_use = has_authenticator(connection, whose).await?;
    erase_authenticator(transaction, whose).await?;
    Ok(in_use)
}

async fn erase_authenticator(transaction: &Transaction, whose: CustomerId) -> Result<(), DbErr> {
    let connection = transaction.connection();
    authenticator::Entity::delete_by_id(whose).exec(connection).await?;
    if is_wanted(connection, whose).await? { Ok(()) } else { forget_codes(transaction, whose).await }
}

/// Takes everything away, for the other doors.
pub(super) async fn erase(transaction: &Transaction, whose: CustomerId) -> Result<(), DbErr> {
    passkey::erase(transaction, whose).await?;
    erase_authenticator(transaction, whose).await
}

/// Takes away what was set up at or after a time, by whoever had the account then.
pub(super) async fn erase_since(transaction: &Transaction, whose: CustomerId, since: Timestamp) -> Result<(), DbErr> {
    passkey::erase_since(transaction, whose, since).await?;
    let row = authenticator::Entity::find_by_id(whose).one(transaction.connection()).await?;
    match row {
        Some(row) if row.created_at < since => Ok(()),
        _ => erase_authenticator(transaction, whose).await,
    }
}

pub(super) async fn forget_codes(transaction: &Transaction, whose: CustomerId) -> Result<(), DbErr> {
    let all = recovery_code::Entity::delete_many().filter(recovery_code::Column::CustomerId.eq(whose));
    all.exec(transaction.connection()).await.map(drop)
}

/// Whether the customer's sign-in wants a second factor.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_wanted(connection: &impl ConnectionTrait, customer: CustomerId) -> Result<bool, DbErr> {
    Ok(has_authenticator(connection, customer).await? || passkey::first_at(connection, customer).await?.is_some())
}

/// Whether there are recovery codes, used or not.
///
/// # Errors
/// When the database cannot be asked.
pub async fn has_recovery_codes(connection: &impl ConnectionTrait, customer: CustomerId) -> Result<bool, DbErr> {
    let codes = recovery_code::Entity::find().filter(recovery_code::Column::CustomerId.eq(customer));
    Ok(codes.count(connection).await? > 0)
}

async fn has_authenticator(connection: &impl ConnectionTrait, customer: CustomerId) -> Result<bool, DbErr> {
    let row = authenticator::Entity::find_by_id(customer).one(connection).await?;
    Ok(row.is_some_and(|row| row.confirmed_at.is_some()))
}

/// A way to answer the second step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(name = "SecondFactorMethod")]
pub enum Method {
    /// A code of the authenticator.
    Authenticator,
    /// A passkey: begin with `startPasskeySecondFactor`.
    Passkey,
    /// A recovery code.
    RecoveryCode,
}

/// The ways in which the customer can answer the second step.
///
/// # Errors
/// When the database cannot be asked.
pub async fn methods(connection: &impl ConnectionTrait, owner: &Owner) -> Result<Vec<Method>, DbErr> {
    let whose = owner.customer();
    let has = [
        (Method::Authenticator, has_authenticator(connection, whose).await?),
        (Method::Passkey, passkey::first_at(connection, whose).await?.is_some()),
        (Method::RecoveryCode, has_recovery_codes(connection, whose).await?),
    ];
    Ok(has.into_iter().filter(|(_, has)| *has).map(|(method, _)| method).collect())
}

/// Half of a sign-in: the password was right. Until when, as a token that stores nothing: it is bound to the customer, to
/// that time and to the credentials as they are. `None` if the password is enough.
///
/// # Errors
/// When the database cannot be asked.
pub async fn half(transaction: &Transaction, owner: &Owner) -> Result<Option<(String, Timestamp)>, DbErr> {
    let (connection, whose) = (transaction.connection(), owner.customer());
    if !is_wanted(connection, whose).await? {
        return Ok(None);
    }
    let Some(changed_at) = credentials_of(connection, whose).await? else { return Ok(None) };
    let until = transaction.now().plus_minutes(MINUTES);
    let digest = transaction.keys().secret(HALF, &half_of(whose, until, changed_at));
    let bytes = [whose.0.as_bytes().as_slice(), &until.as_millis().to_be_bytes(), &digest].concat();
    Ok(Some((format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)), until)))
}

/// Somebody whose password was right, and whose second factor is to come.
pub struct Waiting {
    customer: CustomerId,
    changed_at: Timestamp,
}

impl Waiting {
    /// Who says so.
    #[must_use]
    pub const fn customer(&self) -> CustomerId {
        self.customer
    }
}

/// Whose half a token is; `None` if it is forged or over, or the credentials have changed since.
///
/// # Errors
/// When the database cannot be asked.
pub async fn read(vault: &Vault, token: &str) -> Result<Option<Waiting>, DbErr> {
    let bytes = token.strip_prefix(PREFIX).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let Some(((customer, rest), until)) = bytes.as_deref().and_then(|bytes| {
        let (customer, rest) = bytes.split_first_chunk::<16>()?;
        let (until, digest) = rest.split_first_chunk::<8>()?;
        Some(((CustomerId(Uuid::from_bytes(*customer)), digest), Timestamp::from_millis(i64::from_be_bytes(*until))))
    }) else {
        return Ok(None);
    };
    let Some(changed_at) = credentials_of(vault.store.reader(), customer).await? else { return Ok(None) };
    let genuine = vault.keys.is_secret(HALF, &half_of(customer, until, changed_at), rest);
    Ok((genuine && vault.now().await? < until).then_some(Waiting { customer, changed_at }))
}

/// What is shown as a second factor.
pub enum Answer<'a> {
    /// A code of the authenticator.
    Code(String),
    /// A recovery code.
    RecoveryCode(String),
    /// A passkey, with what its authenticator says, which was checked.
    Passkey(&'a Assertion, AuthenticatorData<'a>),
}

/// Whether this is the second factor of whoever waits. Commit then: it is used up.
///
/// # Errors
/// When the database cannot be asked.
pub async fn complete(
    transaction: &Transaction,
    waiting: &Waiting,
    answer: &Answer<'_>,
) -> Result<passkey::Verdict, DbErr> {
    let owner = Owner::recognised(waiting.customer);
    write::lock(transaction.connection(), waiting.customer).await?;
    // The password may have changed while we waited.
    if credentials_of(transaction.connection(), waiting.customer).await? != Some(waiting.changed_at) {
        return Ok(Verdict::Wrong);
    }
    let right = match answer {
        Answer::Code(code) => check_code(transaction, &owner, code.trim()).await?,
        Answer::RecoveryCode(code) => use_recovery_code(transaction, waiting.customer, code).await?,
        Answer::Passkey(assertion, data) => {
            return passkey::use_own(transaction, &owner, (assertion, data), Manner::BesidePassword).await;
        }
    };
    Ok(if right { Verdict::Right(owner) } else { Verdict::Wrong })
}

/// Whether this is a code of the customer's authenticator that was not accepted before. Commit if it is.
///
/// # Errors
/// When the database cannot be asked.
pub async fn check_code(transaction: &Transaction, owner: &Owner, code: &str) -> Result<bool, DbErr> {
    match locked(transaction, owner.customer()).await?.filter(|row| row.confirmed_at.is_some()) {
        Some(row) => accept(transaction, &row, code).await,
        None => Ok(false),
    }
}

/// Uses a recovery code up, in any spelling; whether there was one.
async fn use_recovery_code(transaction: &Transaction, customer: CustomerId, code: &str) -> Result<bool, DbErr> {
    if !is_wanted(transaction.connection(), customer).await? {
        return Ok(false);
    }
    let written: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let hash = transaction.keys().secret(KIND, &bound(customer, &written.to_ascii_uppercase()));
    let used = recovery_code::ActiveModel { used_at: Set(Some(transaction.now())), ..Default::default() };
    let used = recovery_code::Entity::update_many()
        .set(used)
        .filter(recovery_code::Column::CustomerId.eq(customer))
        .filter(recovery_code::Column::Hash.eq(hash))
        .filter(recovery_code::Column::UsedAt.is_null())
        .exec(transaction.connection())
        .await?;
    Ok(used.rows_affected == 1)
}

/// When the customer's credentials changed last; none if they have none any more.
async fn credentials_of(connection: &impl ConnectionTrait, whose: CustomerId) -> Result<Option<Timestamp>, DbErr> {
    Ok(credential::Entity::find_by_id(whose).one(connection).await?.map(|row| row.changed_at))
}

fn half_of(customer: CustomerId, until: Timestamp, changed_at: Timestamp) -> Vec<u8> {
    let times = [until, changed_at].map(|time| time.as_millis().to_be_bytes()).concat();
    [customer.0.as_bytes().as_slice(), &times].concat()
}

async fn locked(transaction: &Transaction, customer: CustomerId) -> Result<Option<authenticator::Model>, DbErr> {
    authenticator::Entity::find_by_id(customer).lock_exclusive().one(transaction.connection()).await
}

async fn accept(transaction: &Transaction, row: &authenticator::Model, code: &str) -> Result<bool, DbErr> {
    let key = transaction.key(row.customer_id).await?;
    let secret: [u8; 20] = sealed::open(place(row.customer_id), &key, row.key_id, &row.payload)?;
    let Some(step) = one_time_code::find_step(&secret, code, transaction.now(), row.last_step) else {
        return Ok(false);
    };
    let accepted = authenticator::ActiveModel { last_step: Set(Some(step)), ..Default::default() };
    authenticator::Entity::update_many()
        .set(accepted)
        .filter(authenticator::Column::CustomerId.eq(row.customer_id))
        .exec(transaction.connection())
        .await?;
    Ok(true)
}

/// What the customer is shown of it.
pub struct SecondFactor {
    /// Since when sign-ins want it.
    pub since: Timestamp,
    /// Recovery codes that were not used yet.
    pub recovery_codes_left: u64,
}

/// The customer's second factor; none if their password is enough.
///
/// # Errors
/// When the database cannot be asked.
pub async fn own(vault: &Vault, owner: &Owner) -> Result<Option<SecondFactor>, DbErr> {
    let reader = vault.store.reader();
    let row = authenticator::Entity::find_by_id(owner.customer()).one(reader).await?;
    let passkeys = passkey::first_at(reader, owner.customer()).await?;
    let since = row.and_then(|row| row.confirmed_at).into_iter().chain(passkeys).min();
    let Some(since) = since else { return Ok(None) };
    let left = recovery_code::Entity::find()
        .filter(recovery_code::Column::CustomerId.eq(owner.customer()))
        .filter(recovery_code::Column::UsedAt.is_null());
    Ok(Some(SecondFactor { since, recovery_codes_left: left.count(reader).await? }))
}

fn bound(customer: CustomerId, code: &str) -> Vec<u8> {
    [customer.0.as_bytes().as_slice(), code.as_bytes()].concat()
}

const fn place(customer: CustomerId) -> Place {
    Place { table: "authenticator", customer, part: Part::Whole }
}

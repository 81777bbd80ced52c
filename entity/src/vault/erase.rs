//! The door for erasure (GDPR article 17): takes a customer out of the tables for good, and destroys their key.
//!
//! What stays is what others need as evidence: that somebody was there, the history of their consents with the receipts,
//! and the record of reads. All of it goes by random ids; what is sealed in it opens for nobody once the key is gone.
//!
//! The order is that grants end first, in the transaction that empties the tables; the key is destroyed after its commit
//! and before anybody is told. A crash between the two leaves the job FINISH_ERASURE.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
};

use crate::access::Owner;
use crate::ids::{BrandId, ConsentRequestId, CustomerId};
use crate::kinds::{CustomerStatus, GrantState, LinkEnd};
use crate::protected::sealed::Payload;
use crate::protected::{challenge, cluster, credential, directory, disclosure, former_login, link, profile, receipt};
use crate::values::{EmailAddress, Timestamp};
use crate::{
    consent_request, customer, grant, passkey_challenge, provider_attempt, refresh_token, request_opening, session,
    token_family,
};

use super::gated::Owned;
use super::receipt::OwnReceipt;
use super::transaction::Transaction;
use super::{Vault, conversation, second_factor, webhooks};

/// What an error says of somebody who was erased.
const GONE: &str = "the customer, who was erased";

/// A brand that knows, or knew, a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acquaintance {
    /// The brand.
    pub brand: BrandId,
    /// Reads that it made under a grant.
    pub reads: i64,
    /// The last of them.
    pub last_read_at: Option<Timestamp>,
}

/// The brands that ever had a grant of the customer, or read under one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn acquaintances(connection: &impl ConnectionTrait, owner: &Owner) -> Result<Vec<Acquaintance>, DbErr> {
    let profiles =
        profile::Entity::find().filter(profile::Column::CustomerId.eq(owner.customer())).all(connection).await?;
    let reads: Vec<(BrandId, i64, Option<Timestamp>)> = disclosure::Entity::find()
        .select_only()
        .column(disclosure::Column::BrandId)
        .column_as(disclosure::Column::Id.count(), "reads")
        .column_as(disclosure::Column::OccurredAt.max(), "last_read_at")
        .filter(disclosure::Column::CustomerId.eq(owner.customer()))
        .filter(disclosure::Column::GrantId.is_not_null())
        .group_by(disclosure::Column::BrandId)
        .into_tuple()
        .all(connection)
        .await?;
    let unread =
        |row: profile::Model| (row.brand_id, Acquaintance { brand: row.brand_id, reads: 0, last_read_at: None });
    let mut known: BTreeMap<BrandId, Acquaintance> = profiles.into_iter().map(unread).collect();
    let read = |(brand, reads, last_read_at)| (brand, Acquaintance { brand, reads, last_read_at });
    known.extend(reads.into_iter().map(read));
    Ok(known.into_values().collect())
}

/// What the last mail needs: afterwards nobody knows where to send it.
pub struct Farewell {
    /// The address that the customer signed in with.
    pub address: Owned<EmailAddress>,
    /// What was not mailed yet, oldest first; the newest if they are too many.
    pub receipts: Vec<OwnReceipt>,
}

/// Reads what the last mail needs, with up to `limit` receipts. After the events were appended, before [`empty`].
///
/// # Errors
/// When the database cannot be asked.
pub async fn farewell(vault: &Vault, transaction: &Transaction, owner: &Owner, limit: u64) -> Result<Farewell, DbErr> {
    let address = super::own::login_address(vault, owner).await?;
    let mut rows = receipt::Entity::find()
        .filter(receipt::Column::CustomerId.eq(owner.customer()))
        .filter(receipt::Column::MailedAt.is_null())
        .order_by_desc(receipt::Column::Revision)
        .limit(limit)
        .all(transaction.connection())
        .await?;
    rows.reverse();
    let receipts = super::receipt::show(vault, owner, rows).await?;
    Ok(Farewell { address, receipts: receipts.into_iter().map(|(_, receipt)| receipt).collect() })
}

/// Empties the tables of a customer: nobody finds them, and nothing that they said is left. Within
/// [`Vault::begin_for`], after their grants have ended.
///
/// # Errors
/// When the database cannot be asked.
pub async fn empty(transaction: &Transaction, owner: &Owner) -> Result<(), DbErr> {
    let (connection, whose) = (transaction.connection(), owner.customer());
    conversation::forget(transaction, whose).await?;
    let known = profile::Entity::find().filter(profile::Column::CustomerId.eq(whose)).all(connection).await?;
    webhooks::tell_of_erasure(transaction, &known).await?;
    directory::Entity::delete_many().filter(directory::Column::CustomerId.eq(whose)).exec(connection).await?;
    cluster::Entity::delete_many().filter(cluster::Column::CustomerId.eq(whose)).exec(connection).await?;
    void_codes(transaction, whose).await?;
    second_factor::erase(transaction, whose).await?;
    former_login::Entity::delete_many().filter(former_login::Column::CustomerId.eq(whose)).exec(connection).await?;
    credential::Entity::delete_many().filter(credential::Column::CustomerId.eq(whose)).exec(connection).await?;
    profile::Entity::delete_many().filter(profile::Column::CustomerId.eq(whose)).exec(connection).await?;
    let ended = link::ActiveModel {
        ended_at: Set(Some(transaction.now())),
        end_reason: Set(Some(LinkEnd::Erased)),
        ..Default::default()
    };
    link::Entity::update_many()
        .set(ended)
        .filter(link::Column::CustomerId.eq(whose))
        .filter(link::Column::EndedAt.is_null())
        .exec(connection)
        .await?;
    let emptied = link::ActiveModel { payload: Set(Payload(Vec::new())), ..Default::default() };
    link::Entity::update_many().set(emptied).filter(link::Column::CustomerId.eq(whose)).exec(connection).await?;
    forget_requests(connection, whose).await?;
    let attempts = provider_attempt::Entity::delete_many().filter(provider_attempt::Column::CustomerId.eq(whose));
    attempts.exec(connection).await?;
    let challenges = passkey_challenge::Entity::delete_many().filter(passkey_challenge::Column::CustomerId.eq(whose));
    challenges.exec(connection).await?;
    token_family::Entity::delete_many().filter(token_family::Column::CustomerId.eq(whose)).exec(connection).await?;
    let erased = customer::ActiveModel { status: Set(CustomerStatus::Erased), ..Default::default() };
    customer::Entity::update_many().set(erased).filter(customer::Column::Id.eq(whose)).exec(connection).await?;
    Ok(())
}

/// What they opened is forgotten. Brands' requests stay theirs, but not for whom they were meant: those that they opened
/// for a handle are for nobody now, which to everybody who does not hold the handle looks as before.
async fn forget_requests(connection: &impl ConnectionTrait, whose: CustomerId) -> Result<(), DbErr> {
    let opened = request_opening::Entity::find()
        .select_only()
        .columns([request_opening::Column::BrandId, request_opening::Column::RequestId])
        .filter(request_opening::Column::CustomerId.eq(whose))
        .into_query();
    let name = Expr::tuple([consent_request::Column::BrandId, consent_request::Column::Id].map(Expr::col));
    let named = name.in_subquery(opened).and(consent_request::Column::Intended.is_not_null());
    // Locked in one order first, so that two who are erased at once do not wait for each other.
    let locked = consent_request::Entity::find()
        .select_only()
        .column(consent_request::Column::Id)
        .filter(named.clone())
        .order_by_asc(consent_request::Column::BrandId)
        .order_by_asc(consent_request::Column::Id)
        .lock_exclusive();
    locked.into_tuple::<ConsentRequestId>().all(connection).await?;
    let unnamed = consent_request::ActiveModel { intended: Set(Some(Vec::new())), ..Default::default() };
    consent_request::Entity::update_many().set(unnamed).filter(named).exec(connection).await?;
    request_opening::Entity::delete_many()
        .filter(request_opening::Column::CustomerId.eq(whose))
        .exec(connection)
        .await?;
    Ok(())
}

/// Takes out again, at the time of their erasure, somebody whom an older copy of the database has brought back. Within the
/// customer's lock. The data key is destroyed by the caller, after the commit: the grants end first.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn again(transaction: &Transaction, customer: CustomerId, at: Timestamp) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let ended = grant::ActiveModel { state: Set(GrantState::Withdrawn), ended_at: Set(Some(at)), ..Default::default() };
    grant::Entity::update_many()
        .set(ended)
        .filter(grant::Column::CustomerId.eq(customer))
        .filter(grant::Column::EndedAt.is_null())
        .exec(connection)
        .await?;
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::CustomerId.eq(customer))
        .exec(connection)
        .await?;
    session::Entity::delete_many().filter(session::Column::CustomerId.eq(customer)).exec(connection).await?;
    empty(transaction, &Owner::recognised(customer)).await
}

/// How many codes went to a handle in a day is limited whoever asks, or guessing one would only take new accounts. So of
/// the codes of that day the keyed hash of the handle and the time stay until [`forget_codes`].
async fn void_codes(transaction: &Transaction, whose: CustomerId) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let counted = challenge::Column::IssuedAt.gt(transaction.now().minus_days(1));
    let codes = challenge::Entity::delete_many().filter(challenge::Column::CustomerId.eq(whose));
    codes.filter(counted.not()).exec(connection).await?;
    let void = challenge::ActiveModel {
        payload: Set(Payload(Vec::new())),
        code_hash: Set(Vec::new()),
        expires_at: Set(transaction.now()),
        ..Default::default()
    };
    challenge::Entity::update_many().set(void).filter(challenge::Column::CustomerId.eq(whose)).exec(connection).await?;
    Ok(())
}

/// Deletes what still counts the codes of a customer who was erased: a day later it counts no more.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_codes(vault: &Vault, customer: CustomerId) -> Result<(), DbErr> {
    let counted = challenge::Entity::delete_many().filter(challenge::Column::CustomerId.eq(customer));
    counted.exec(vault.store.writer()).await.map(drop)
}

/// Destroys the key of a customer whose tables are empty, with those of all that they have written to brands, and clears the journals of both stores. Doing it twice does no
/// harm. Whether nothing is left in the journals; if something is, come back.
///
/// # Errors
/// When the keyring's store cannot be written: then the key is there still.
pub async fn destroy_key(vault: &Vault, customer: CustomerId) -> Result<bool, DbErr> {
    destroy_keys(vault, customer).await?;
    let mut cleared = true;
    for store in [vault.keyring.store(), &vault.store] {
        cleared &= store.clear_journal().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a journal could not be cleared after an erasure");
            false
        });
    }
    Ok(cleared)
}

/// The customer's own key last: as long as it is there, this is done again.
pub(super) async fn destroy_keys(vault: &Vault, customer: CustomerId) -> Result<(), DbErr> {
    conversation::destroy_keys(vault.store.writer(), &vault.keyring, customer).await?;
    vault.keyring.destroy(customer).await
}

/// Whether it went wrong because the customer was erased meanwhile.
#[must_use]
pub fn is_gone(error: &DbErr) -> bool {
    matches!(error, DbErr::RecordNotFound(what) if what == GONE)
}

pub(super) fn gone() -> DbErr {
    DbErr::RecordNotFound(GONE.into())
}

//! The door for signing in at a provider: whoever has linked their account there, from inside, is recognised by it; nobody
//! else is, and nobody is made or merged.
//!
//! It goes by the provider's lasting id of somebody, never by a handle or an address: these change hands. And it goes only
//! as long as the password is the one of then: whoever recovers an account shuts out what somebody else has prepared in it.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::access::Owner;
use crate::ids::{CustomerId, LinkId};
use crate::kinds::{AttemptKind, CustomerStatus};
use crate::protected::{credential, directory};
use crate::values::Timestamp;
use crate::{customer, provider_attempt};

use super::transaction::Transaction;

/// Lets the customer sign in by the provider's account behind a link of theirs. Another link that it was behind, of anybody,
/// is as good as before, but nobody signs in by it any more.
///
/// # Errors
/// When the database cannot be asked.
pub async fn allow(
    transaction: &Transaction,
    owner: &Owner,
    link: LinkId,
    (authority, subject): (&str, &str),
) -> Result<(), DbErr> {
    let lookup = transaction.keys().sign_in(authority, subject);
    let connection = transaction.connection();
    directory::Entity::delete_by_id(lookup.clone()).exec(connection).await?;
    let entry = directory::ActiveModel {
        lookup: Set(lookup),
        lookup_next: Set(None),
        kind: Set(directory::Kind::SignIn),
        customer_id: Set(owner.customer()),
        link_id: Set(Some(link)),
        proven_at: Set(Some(transaction.now())),
    };
    directory::Entity::insert(entry).exec_without_returning(connection).await?;
    Ok(())
}

/// Who has linked this account of a provider; none, whatever the reason: never linked, unlinked, somebody else's now, an
/// account whose password or address was changed since, or one that is gone.
///
/// # Errors
/// When the database cannot be asked.
pub async fn recognise(transaction: &Transaction, authority: &str, subject: &str) -> Result<Option<CustomerId>, DbErr> {
    let lookup = transaction.keys().sign_in(authority, subject);
    let entry = directory::Entity::find_by_id(lookup).one(transaction.connection()).await?;
    let entry = entry.filter(|entry| entry.kind == directory::Kind::SignIn);
    let Some((customer, since)) = entry.and_then(|entry| Some((entry.customer_id, entry.proven_at?))) else {
        return Ok(None);
    };
    let valid = is_unchanged_since(transaction.connection(), customer, since).await?;
    Ok(valid.then_some(customer))
}

/// Whom a finished attempt at a provider has recognised, by the hash of the secret that its browser was given. Good for one
/// use; commit.
///
/// # Errors
/// When the database cannot be asked.
pub async fn redeem(transaction: &Transaction, hash: &[u8]) -> Result<Option<Owner>, DbErr> {
    let connection = transaction.connection();
    let row = provider_attempt::Entity::find_by_id(hash.to_vec()).one(connection).await?;
    let Some(row) = row.filter(|row| row.kind == AttemptKind::SignedIn) else { return Ok(None) };
    let taken = provider_attempt::Entity::delete_by_id(hash.to_vec()).exec(connection).await?;
    let (Some(customer), 1) = (row.customer_id, taken.rows_affected) else { return Ok(None) };
    let valid = transaction.now() < row.expires_at && is_unchanged_since(connection, customer, row.begun_at).await?;
    Ok(valid.then(|| Owner::recognised(customer)))
}

/// Whether the account is in use, and what opens it is what it was then.
async fn is_unchanged_since(
    connection: &impl ConnectionTrait,
    customer: CustomerId,
    since: Timestamp,
) -> Result<bool, DbErr> {
    let in_use = customer::Entity::find_by_id(customer)
        .filter(customer::Column::Status.eq(CustomerStatus::Active))
        .one(connection)
        .await?;
    let login = credential::Entity::find_by_id(customer).one(connection).await?;
    Ok(in_use.is_some() && login.is_some_and(|row| row.changed_at <= since))
}

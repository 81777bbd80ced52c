//! Who signs in with an address, and who may claim one. Found by a keyed hash; the address itself is never compared.
//! And whom a brand means by its own id of them.
//!
//! An owner's witness leaves here only after the caller's check of the password said yes, or a mailed code came back.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use crate::access::{Caller, Owner};
use crate::ids::{CustomerId, ProfileId};
use crate::protected::{credential, directory};
use crate::values::{EmailAddress, Handle};

use super::Vault;
use super::challenge::{self, Issued, Kind, Verdict};
use super::transaction::Transaction;
use super::write;

/// The owner of an account, if `matches` says that the password belongs to its stored hash (PHC form). It is asked in
/// every case, with nothing where there is no account or no password yet, so that the answer takes as long.
///
/// # Errors
/// When the database cannot be asked.
pub async fn authenticate(
    vault: &Vault,
    address: Option<&EmailAddress>,
    matches: impl AsyncFnOnce(Option<&str>) -> bool,
) -> Result<Option<Owner>, DbErr> {
    let found = match address {
        Some(address) => find(vault.store.reader(), &vault.keys.login(address)).await?,
        None => None,
    };
    let stored = found.as_ref().and_then(|row| row.password_hash.as_deref());
    let known = stored.is_some();
    let matched = matches(stored).await;
    Ok(found.filter(|_| known && matched).map(|row| Owner::recognised(row.customer_id)))
}

/// What a code that is mailed to an account's address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// To claim an account that was imported, or whose password was cleared.
    Claim,
    /// To set a new password.
    Reset,
}

impl Recovery {
    const fn kind(self) -> Kind {
        match self {
            Self::Claim => Kind::Claim,
            Self::Reset => Kind::Reset,
        }
    }

    /// An account is claimed while it has no password; a password can be set anew at any time.
    const fn is_for(self, row: &credential::Model) -> bool {
        matches!(self, Self::Reset) || row.password_hash.is_none()
    }
}

/// Issues a code for the account of this address. `None` if there is no such account, or too many codes went there
/// already.
///
/// # Errors
/// When the database cannot be asked.
pub async fn issue_code(vault: &Vault, address: &EmailAddress, what: Recovery) -> Result<Option<Issued>, DbErr> {
    let found = find(vault.store.reader(), &vault.keys.login(address)).await?;
    let Some(row) = found.filter(|row| what.is_for(row)) else { return Ok(None) };
    let owner = Owner::recognised(row.customer_id);
    let (transaction, _) = vault.begin_for(&owner).await?;
    let issued = challenge::issue(&transaction, &owner, what.kind(), &Handle::from(address)).await?;
    transaction.commit().await?;
    Ok(issued)
}

/// The owner of an account, if this is the code that was mailed to its address. Commit in any case: a wrong answer counts.
/// Every other code that is on its way to the customer becomes void with a right one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn redeem_code(
    transaction: &Transaction,
    address: &EmailAddress,
    what: Recovery,
    code: &str,
) -> Result<Option<Owner>, DbErr> {
    let lookup = transaction.keys().login(address);
    let Some(row) = find(transaction.connection(), &lookup).await? else { return Ok(None) };
    write::lock(transaction.connection(), row.customer_id).await?;
    // Somebody else may have been faster while we waited.
    let found = find(transaction.connection(), &lookup).await?;
    let Some(row) = found.filter(|row| what.is_for(row)) else { return Ok(None) };
    let owner = Owner::recognised(row.customer_id);
    match challenge::answer_latest(transaction, &owner, what.kind(), code).await? {
        Verdict::Proven(_) => {
            challenge::void_all(transaction, &owner).await?;
            Ok(Some(owner))
        }
        Verdict::Wrong | Verdict::Void => Ok(None),
    }
}

/// Whether `matches` says that this is the customer's password.
///
/// # Errors
/// When the database cannot be asked.
pub async fn confirm(
    vault: &Vault,
    owner: &Owner,
    matches: impl AsyncFnOnce(Option<&str>) -> bool,
) -> Result<bool, DbErr> {
    let row = credential::Entity::find_by_id(owner.customer()).one(vault.store.reader()).await?;
    let stored = row.as_ref().and_then(|row| row.password_hash.as_deref());
    Ok(matches(stored).await && stored.is_some())
}

/// The customer whom the caller's brand knows by this id. Another brand's id finds nobody. It opens nothing.
///
/// # Errors
/// When the database cannot be asked.
pub async fn customer_known_as(
    vault: &Vault,
    caller: &Caller,
    profile: ProfileId,
) -> Result<Option<CustomerId>, DbErr> {
    let lookup = vault.keys.profile(caller.brand(), profile);
    let entry = directory::Entity::find_by_id(lookup).one(vault.store.reader()).await?;
    Ok(entry.filter(|entry| entry.kind == directory::Kind::Profile).map(|entry| entry.customer_id))
}

async fn find(connection: &impl ConnectionTrait, lookup: &[u8]) -> Result<Option<credential::Model>, DbErr> {
    let entry = directory::Entity::find_by_id(lookup.to_vec()).one(connection).await?;
    let Some(entry) = entry.filter(|entry| entry.kind == directory::Kind::Login) else { return Ok(None) };
    credential::Entity::find_by_id(entry.customer_id).one(connection).await
}

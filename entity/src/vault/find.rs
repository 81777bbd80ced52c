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

/// Issues a code for an imported account that waits to be claimed. `None` if there is no such account, or too many
/// codes went there already.
///
/// # Errors
/// When the database cannot be asked.
pub async fn issue_claim(vault: &Vault, address: &EmailAddress) -> Result<Option<Issued>, DbErr> {
    let found = find(vault.store.reader(), &vault.keys.login(address)).await?;
    let Some(row) = found.filter(|row| row.password_hash.is_none()) else { return Ok(None) };
    let owner = Owner::recognised(row.customer_id);
    let (transaction, _) = vault.begin_for(&owner).await?;
    let issued = challenge::issue(&transaction, &owner, Kind::Claim, &Handle::from(address)).await?;
    transaction.commit().await?;
    Ok(issued)
}

/// The owner of an unclaimed account, if this is the code that was mailed to its address. Commit in any case: a wrong
/// answer counts.
///
/// # Errors
/// When the database cannot be asked.
pub async fn redeem_claim(
    transaction: &Transaction,
    address: &EmailAddress,
    code: &str,
) -> Result<Option<Owner>, DbErr> {
    let lookup = transaction.keys().login(address);
    let Some(row) = find(transaction.connection(), &lookup).await? else { return Ok(None) };
    write::lock(transaction.connection(), row.customer_id).await?;
    // Somebody else may have claimed it while we waited.
    let unclaimed = find(transaction.connection(), &lookup).await?.filter(|row| row.password_hash.is_none());
    let Some(row) = unclaimed else { return Ok(None) };
    let owner = Owner::recognised(row.customer_id);
    let verdict = challenge::answer_latest(transaction, &owner, Kind::Claim, code).await?;
    Ok(matches!(verdict, Verdict::Proven(_)).then_some(owner))
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
    let Some(entry) = entry else { return Ok(None) };
    credential::Entity::find_by_id(entry.customer_id).one(connection).await
}

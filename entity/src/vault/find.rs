//! Who signs in with an address. Found by a keyed hash; the address itself is never compared.

use sea_orm::{DbErr, EntityTrait};

use crate::access::Owner;
use crate::ids::CustomerId;
use crate::protected::{credential, directory};
use crate::values::EmailAddress;

use super::Vault;

/// An account, before its password was checked.
pub struct Login {
    customer: CustomerId,
    password_hash: Option<String>,
}

impl Login {
    /// The stored hash, in PHC form; none for an imported account that nobody has claimed.
    #[must_use]
    pub fn password_hash(&self) -> Option<&str> {
        self.password_hash.as_deref()
    }

    /// The owner's witness. Call this only after the password was found to match, or after a code that was mailed to
    /// the account's own address came back.
    #[must_use]
    pub const fn recognised(&self) -> Owner {
        Owner::recognised(self.customer)
    }
}

/// The account of an address.
///
/// # Errors
/// When the database cannot be asked.
pub async fn login(vault: &Vault, address: &EmailAddress) -> Result<Option<Login>, DbErr> {
    let entry = directory::Entity::find_by_id(vault.keys.login(address)).one(vault.store.reader()).await?;
    let Some(entry) = entry else { return Ok(None) };
    let row = credential::Entity::find_by_id(entry.customer_id).one(vault.store.reader()).await?;
    Ok(row.map(|row| Login { customer: row.customer_id, password_hash: row.password_hash }))
}

//! Signing in: one answer for every wrong pair, taking as long whether or not the account exists.

use entity::values::{EmailAddress, Unchecked};
use entity::vault::find;

use super::session::{self, NewSession};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// What is needed.
pub struct SignIn {
    /// The address of the account.
    pub email: Unchecked<EmailAddress>,
    /// Its password.
    pub password: String,
}

/// Opens a session.
///
/// # Errors
/// When address and password do not fit: the same for an unknown address, a wrong password and an account that was
/// imported and not claimed yet.
pub async fn sign_in(deps: &Deps, input: SignIn) -> Result<NewSession, Refusal> {
    let wrong = || Mistake::new(MistakeCode::WrongCredentials, "", "address and password do not fit");
    let email = input.email.check().ok();
    let matches = async |stored: Option<&str>| deps.hasher.matches(&input.password, stored).await;
    let owner = find::authenticate(&deps.vault, email.as_ref(), matches).await?.ok_or_else(wrong)?;
    let transaction = deps.vault.begin().await?;
    let session = session::open(deps, &transaction, &owner).await?;
    transaction.commit().await?;
    Ok(session)
}

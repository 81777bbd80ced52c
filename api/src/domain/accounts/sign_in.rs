//! Signing in: one answer for every wrong pair, taking as long whether or not the account exists.

use entity::values::{EmailAddress, Unchecked};
use entity::vault::find;

use super::client::Client;
use super::second_factor::{self, Entrance};
use super::session::NewSession;
use crate::deps::Deps;
use crate::domain::guesses;
use crate::domain::guesses::device::Device;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// What is needed.
pub struct SignIn {
    /// The address of the account.
    pub email: Unchecked<EmailAddress>,
    /// Its password.
    pub password: String,
    /// By which a device is known that has signed in to the account before.
    pub device_token: Option<String>,
}

/// A session on a device.
pub struct SignedIn {
    /// The session.
    pub session: NewSession,
    /// By which the device is known from now on.
    pub device_token: String,
}

/// Opens a session, or asks for the second factor.
///
/// # Errors
/// When address and password do not fit: the same for an unknown address, a wrong password and an account that was
/// imported and not claimed yet. When there were too many guesses; then the password was not looked at.
pub async fn sign_in(deps: &Deps, client: &Client, input: SignIn) -> Result<Entrance, Refusal> {
    let wrong = || Mistake::new(MistakeCode::WrongCredentials, "", "address and password do not fit");
    let token = input.device_token.as_deref();
    let known = token.and_then(|token| Device::read(&deps.vault.keys, &input.email, token));
    let counted = guesses::at_password(deps, &client.address, &input.email, known.as_ref()).await?;
    let email = input.email.check().ok();
    let matches = async |stored: Option<&str>| deps.hasher.matches(&input.password, stored).await;
    let owner = find::authenticate(&deps.vault, email.as_ref(), matches).await?.ok_or_else(wrong)?;
    let transaction = deps.vault.begin().await?;
    counted.take_back(&transaction).await?;
    let token = || device_token(deps, &input.email, known);
    second_factor::enter(deps, transaction, &owner, client, token).await
}

/// The token of a device that is known, or of one that is known from now on.
pub(in crate::domain) fn device_token(deps: &Deps, email: &Unchecked<EmailAddress>, known: Option<Device>) -> String {
    known.unwrap_or_else(|| Device::new(&deps.vault.entropy)).token(&deps.vault.keys, email)
}

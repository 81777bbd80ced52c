//! Signing up: an address, a password that is hard to guess, and what to call the customer.

use entity::values::{EmailAddress, Text, Unchecked};
use entity::vault::{PersonName, write};
use sea_orm::DbErr;

use super::client::Client;
use super::session;
use super::sign_in::{SignedIn, device_token};
use crate::auth::password::{Weak, check_strength};
use crate::deps::Deps;
use crate::domain::guesses;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// What is needed.
pub struct SignUp {
    /// The address to sign in with.
    pub email: Unchecked<EmailAddress>,
    /// 8 to 128 characters.
    pub password: String,
    /// What to call them.
    pub display_name: Option<String>,
}

/// Creates an account and opens its first session.
///
/// # Errors
/// When the address is malformed or taken, the password is weak, or the name is too long. When too many came from there.
pub async fn sign_up(deps: &Deps, client: &Client, input: SignUp) -> Result<SignedIn, Refusal> {
    let mut mistakes = Mistakes::default();
    let email = mistakes.check("email", &input.email);
    let name = input.display_name.and_then(|name| mistakes.parse::<Text<80>>("displayName", &name));
    check_password(&mut mistakes, &input.password, email.as_ref());
    mistakes.done()?;
    let Some(email) = email else { return Err(Refusal::Mistakes(Vec::new())) };

    // Never taken back: each tells whether an address is taken.
    let _counted = guesses::at_sign_up(deps, &client.address).await?;
    let password_hash = deps.hasher.hash(&input.password, &deps.vault.entropy).await.ok_or_else(no_hash)?;
    let transaction = deps.vault.begin().await?;
    let taken = || Mistake::new(MistakeCode::Taken, "email", "an account with this address exists; sign in instead");
    let owner = write::create_account(&transaction, &email, password_hash).await?.ok_or_else(taken)?;
    if let Some(name) = name {
        let name = PersonName { display_name: Some(name.as_str().to_owned()), ..PersonName::default() };
        write::replace(&transaction, &owner, &name).await?;
    }
    let session = session::open(deps, &transaction, &owner, client).await?;
    transaction.commit().await?;
    Ok(SignedIn { session, device_token: device_token(deps, &input.email, None) })
}

/// Notes a password that is too easy to guess for somebody who knows the address.
pub(super) fn check_password(mistakes: &mut Mistakes, password: &str, email: Option<&EmailAddress>) {
    let address = email.map_or("", EmailAddress::as_str);
    let about: Vec<&str> =
        address.split(['@', '.']).chain(address.split('@')).chain([address]).filter(|word| !word.is_empty()).collect();
    if let Err(weak) = check_strength(password, &about) {
        let code = if weak == Weak::Long { MistakeCode::TooLong } else { MistakeCode::WeakPassword };
        mistakes.push(Mistake::new(code, "password", weak.to_string()));
    }
}

pub(super) fn no_hash() -> DbErr {
    DbErr::Custom("a password could not be hashed".into())
}

//! A forgotten password: a code goes to the account's address, and whoever reads it there sets a new one. The first step
//! answers alike whether or not there is such an account.

use entity::kinds::SessionEnd;
use entity::values::{EmailAddress, Unchecked};
use entity::vault::find::{self, Recovery};
use entity::vault::{challenge, link, own, passkey, write};

use super::client::Client;
use super::second_factor::{self, Entrance};
use super::sign_in::device_token;
use super::sign_up::{check_password, no_hash};
use super::{mails, session};
use crate::deps::Deps;
use crate::domain::guesses;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Mails a code to the address, if there is an account that it is for.
///
/// # Errors
/// When the address is malformed, or too many codes were asked for from there; never because of what is or is not there.
pub async fn start(
    deps: &Deps,
    client: &Client,
    email: &Unchecked<EmailAddress>,
    what: Recovery,
) -> Result<(), Refusal> {
    let mut mistakes = Mistakes::default();
    let checked = mistakes.check("email", email);
    mistakes.done()?;
    let Some(email) = checked else { return Ok(()) };
    guesses::at_code_request(deps, &client.address).await?;
    // The look-up, the code and the mail come after the answer, whatever there is: its time says nothing of accounts.
    deps.background.spawn(mail_code(deps.clone(), email, what));
    Ok(())
}

async fn mail_code(deps: Deps, email: EmailAddress, what: Recovery) {
    let issued = match find::issue_code(&deps.vault, &email, what).await {
        Ok(Some(issued)) => issued,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(%error, "a code for an account could not be issued");
            return;
        }
    };
    let wish = match what {
        Recovery::Claim => "wants to use the Rapport account that was made for this address",
        Recovery::Reset => "wants to set a new password for the Rapport account of this address",
    };
    let body = format!(
        "Somebody, probably you, {wish}.\n\n\
         Your code: {}\n\nIt holds for {} minutes. If it was not you, do nothing.\n",
        issued.code,
        challenge::MINUTES
    );
    mails::send(&deps, &email, "Your Rapport code", body).await;
}

/// What is needed for the second step.
pub struct Complete {
    /// The address of the account.
    pub email: Unchecked<EmailAddress>,
    /// The code from the mail.
    pub code: String,
    /// The password from now on.
    pub password: String,
}

/// Sets the password, ends whatever session there is and opens a new one, unless a second factor is to come.
///
/// # Errors
/// When the code is wrong or over, or the password is weak. When there were too many guesses; then the code was not looked
/// at.
pub async fn complete(deps: &Deps, client: &Client, input: Complete, what: Recovery) -> Result<Entrance, Refusal> {
    let mut mistakes = Mistakes::default();
    let email = mistakes.check("email", &input.email);
    check_password(&mut mistakes, &input.password, email.as_ref());
    mistakes.done()?;
    let wrong = || Mistake::new(MistakeCode::WrongCode, "code", "the code is wrong or over; ask for another one");
    let Some(email) = email else { return Err(wrong().into()) };
    let counted = guesses::at_code(deps, &client.address, &input.email).await?;
    let password_hash = deps.hasher.hash(&input.password, &deps.vault.entropy).await.ok_or_else(no_hash)?;
    let transaction = deps.vault.begin().await?;
    let Some(owner) = find::redeem_code(&transaction, &email, what, input.code.trim()).await? else {
        // The try counts.
        transaction.commit().await?;
        return Err(wrong().into());
    };
    write::set_password(&transaction, &owner, password_hash).await?;
    let end = match what {
        Recovery::Claim => SessionEnd::Claimed,
        Recovery::Reset => SessionEnd::PasswordChanged,
    };
    session::end(&transaction, owner.customer(), None, end).await?;
    passkey::doubt(&transaction, &owner).await?;
    if what == Recovery::Reset {
        link::end_unproven(&transaction, &owner, &email).await?;
    }
    counted.take_back(&transaction).await?;
    guesses::answered_code(deps, &client.address).take_back(&transaction).await?;
    let token = || device_token(deps, &input.email, None);
    let entrance = second_factor::enter(deps, transaction, &owner, client, token).await?;
    if what == Recovery::Reset {
        // As it is stored, however it was typed.
        let address = own::login_address(&deps.vault, &owner).await?;
        deps.background.spawn(mails::password_changed(deps.clone(), address.as_ref().clone()));
    }
    Ok(entrance)
}

//! Claiming an imported account: a code goes to the address that was imported, and whoever reads it there sets a
//! password. The first step answers alike whether or not there is such an account.

use entity::kinds::SessionEnd;
use entity::values::{EmailAddress, Unchecked};
use entity::vault::challenge::MINUTES;
use entity::vault::{find, write};

use super::session::{self, NewSession};
use super::sign_up::{check_password, no_hash};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Mails a code to the address, if an account with it waits to be claimed.
///
/// # Errors
/// When the address is malformed; never because of what is or is not there.
pub async fn start_claim(deps: &Deps, email: &Unchecked<EmailAddress>) -> Result<(), Refusal> {
    let mut mistakes = Mistakes::default();
    let checked = mistakes.check("email", email);
    mistakes.done()?;
    let Some(email) = checked else { return Ok(()) };
    // The look-up, the code and the mail come after the answer, whatever there is: its time says nothing of accounts.
    deps.background.spawn(mail_code(deps.clone(), email));
    Ok(())
}

async fn mail_code(deps: Deps, email: EmailAddress) {
    let issued = match find::issue_claim(&deps.vault, &email).await {
        Ok(Some(issued)) => issued,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(%error, "a claim code could not be issued");
            return;
        }
    };
    let body = format!(
        "Somebody, probably you, wants to use the Rapport account that was made for this address.\n\n\
         Your code: {}\n\nIt holds for {} minutes. If it was not you, do nothing.\n",
        issued.code, MINUTES
    );
    if let Err(fault) = deps.mailer.send(&email, "Your Rapport code", body).await {
        tracing::warn!(%fault, "a claim code could not be mailed");
    }
}

/// What is needed for the second step.
pub struct CompleteClaim {
    /// The address that was imported.
    pub email: Unchecked<EmailAddress>,
    /// The code from the mail.
    pub code: String,
    /// The password from now on.
    pub password: String,
}

/// Sets the password of an imported account and opens its first session.
///
/// # Errors
/// When the code is wrong or over, or the password is weak.
pub async fn complete_claim(deps: &Deps, input: CompleteClaim) -> Result<NewSession, Refusal> {
    let mut mistakes = Mistakes::default();
    let email = mistakes.check("email", &input.email);
    check_password(&mut mistakes, &input.password, email.as_ref());
    mistakes.done()?;
    let wrong = || Mistake::new(MistakeCode::WrongCode, "code", "the code is wrong or over; ask for another one");
    let Some(email) = email else { return Err(wrong().into()) };
    let password_hash = deps.hasher.hash(&input.password, &deps.vault.entropy).await.ok_or_else(no_hash)?;
    let transaction = deps.vault.begin().await?;
    let Some(owner) = find::redeem_claim(&transaction, &email, input.code.trim()).await? else {
        // The try counts.
        transaction.commit().await?;
        return Err(wrong().into());
    };
    write::set_password(&transaction, &owner, password_hash).await?;
    session::end(&transaction, owner.customer(), None, SessionEnd::Claimed).await?;
    let session = session::open(deps, &transaction, &owner).await?;
    transaction.commit().await?;
    Ok(session)
}

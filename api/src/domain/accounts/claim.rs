//! Claiming an imported account: a code goes to the address that was imported, and whoever reads it there sets a
//! password. The first step answers alike whether or not there is such an account.

use entity::kinds::SessionEnd;
use entity::values::{EmailAddress, Handle, Unchecked};
use entity::vault::challenge::{self, Kind, Verdict};
use entity::vault::{find, write};

use super::session::{self, NewSession};
use super::sign_up::{check_password, no_hash};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};

/// Mails a code to the address, if an account with it waits to be claimed.
///
/// # Errors
/// When the address is malformed or the database cannot be asked; never because of what is or is not there.
pub async fn start_claim(deps: &Deps, email: &Unchecked<EmailAddress>) -> Result<(), Refusal> {
    let mut mistakes = Mistakes::default();
    let checked = mistakes.check("email", email);
    mistakes.done()?;
    let Some(email) = checked else { return Ok(()) };
    let Some(login) = find::login(&deps.vault, &email).await?.filter(|login| login.password_hash().is_none()) else {
        return Ok(());
    };
    let transaction = deps.vault.begin().await?;
    let issued = challenge::issue(&transaction, &login.recognised(), Kind::Claim, &Handle::from(&email)).await?;
    transaction.commit().await?;
    let body = format!(
        "Somebody, probably you, wants to use the Rapport account that was made for this address.\n\n\
         Your code: {}\n\nIt holds for {} minutes. If it was not you, do nothing.\n",
        issued.code,
        challenge::MINUTES
    );
    // Mail is sent after the answer's work is done and whatever becomes of it: the answer says nothing about accounts.
    if let Err(fault) = deps.mailer.send(&email, "Your Rapport code", body).await {
        tracing::warn!(%fault, "a claim code could not be mailed");
    }
    Ok(())
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
    let login = find::login(&deps.vault, &email).await?.filter(|login| login.password_hash().is_none());
    let owner = login.ok_or_else(wrong)?.recognised();
    let transaction = deps.vault.begin().await?;
    let verdict = challenge::answer_latest(&transaction, &owner, Kind::Claim, &input.code).await?;
    if !matches!(verdict, Verdict::Proven(_)) {
        transaction.commit().await?;
        return Err(wrong().into());
    }
    write::set_password(&transaction, &owner, password_hash).await?;
    session::end(&transaction, owner.customer(), None, SessionEnd::Claimed).await?;
    let session = session::open(deps, &transaction, &owner).await?;
    transaction.commit().await?;
    Ok(session)
}

//! Changing how an account is opened: the password, and the address to sign in with. Each is told by mail and ends every
//! other session.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::Owner;
use entity::ids::{ChallengeId, CustomerId, FormerLoginId};
use entity::kinds::{JobKind, SessionEnd};
use entity::values::{EmailAddress, Handle, Timestamp, Unchecked};
use entity::vault::challenge::{self, Kind, Verdict};
use entity::vault::{find, login, own, write};
use sea_orm::DbErr;
use uuid::Uuid;

use super::client::Client;
use super::sign_up::{check_password, no_hash};
use super::step_up::require_fresh_proof;
use super::{mails, session};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal, guesses, jobs};

/// What the text of a token begins with that takes a change back.
const PREFIX: &str = "undo_";

/// What changing a password needs.
pub struct ChangePassword {
    /// As it is.
    pub current: String,
    /// As it should be.
    pub new: String,
}

/// Changes the password. Every other session ends.
///
/// # Errors
/// When the password is not the current one, or the new one is weak. When there were too many guesses.
pub async fn change_password(deps: &Deps, owner: &Owner, input: ChangePassword) -> Result<(), Refusal> {
    let address = own::login_address(&deps.vault, owner).await?;
    let mut mistakes = Mistakes::default();
    check_password(&mut mistakes, &input.new, Some(address.as_ref()));
    mistakes.done()?;
    let counted = guesses::at_own(deps, owner).await?;
    let matches = async |stored: Option<&str>| deps.hasher.matches(&input.current, stored).await;
    if !find::confirm(&deps.vault, owner, matches).await? {
        let message =
            "this is not your password; if you have forgotten it, sign out and set a new one by a mailed code";
        return Err(Mistake::new(MistakeCode::WrongCredentials, "currentPassword", message).into());
    }
    let password_hash = deps.hasher.hash(&input.new, &deps.vault.entropy).await.ok_or_else(no_hash)?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    write::set_password(&transaction, owner, password_hash).await?;
    challenge::void_all(&transaction, owner).await?;
    session::end_others(&transaction, owner, SessionEnd::PasswordChanged).await?;
    counted.take_back(&transaction).await?;
    transaction.commit().await?;
    deps.background.spawn(mails::password_changed(deps.clone(), address.as_ref().clone()));
    Ok(())
}

/// A code is on its way to the new address.
pub struct AddressChallenge {
    /// To be named with the answer.
    pub id: ChallengeId,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

/// Mails a code to the address that the customer wants to sign in with from now on. Whether somebody has it already is
/// told only to whoever reads there.
///
/// # Errors
/// When the address is malformed, too many codes went there, or the session needs a fresh proof.
pub async fn change_email(
    deps: &Deps,
    owner: &Owner,
    client: &Client,
    email: &Unchecked<EmailAddress>,
) -> Result<AddressChallenge, Refusal> {
    require_fresh_proof(owner, deps.vault.now().await?)?;
    let mut mistakes = Mistakes::default();
    let email = mistakes.check("email", email);
    mistakes.done()?;
    let Some(email) = email else { return Err(Refusal::Mistakes(Vec::new())) };
    guesses::at_code_request(deps, &client.address).await?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let issued = challenge::issue(&transaction, owner, Kind::Address, &Handle::from(&email)).await?;
    transaction.commit().await?;
    let too_many = || Mistake::new(MistakeCode::TooManyTries, "email", "too many codes went there; come back later");
    let issued = issued.ok_or_else(too_many)?;
    let body = format!(
        "Somebody, probably you, wants to sign in to their Rapport account with this address.\n\n\
         Your code: {}\n\nIt holds for {} minutes. If it was not you, do nothing.\n",
        issued.code,
        challenge::MINUTES
    );
    let deps = deps.clone();
    let mail = async move { mails::send(&deps, &email, "Your Rapport code", body).await };
    let challenge = AddressChallenge { id: issued.id, expires_at: issued.expires_at };
    mail.await;
    Ok(challenge)
}

/// Signs in with the new address from now on. The old one is told, and can take it back for a week.
///
/// # Errors
/// When the code is wrong or over, or somebody signs in with the address already.
pub async fn complete_email_change(deps: &Deps, owner: &Owner, challenge: &str, code: &str) -> Result<(), Refusal> {
    let over = || Mistake::new(MistakeCode::Expired, "challengeId", "this code is over or was used; start again");
    let id: ChallengeId = challenge.parse().map_err(|_| over())?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let handle = match challenge::answer(&transaction, owner, Kind::Address, id, code.trim()).await? {
        Verdict::Proven(handle) => handle,
        Verdict::Wrong => {
            // The try counts.
            transaction.commit().await?;
            return Err(Mistake::new(MistakeCode::WrongCode, "code", "this is not the code; look again").into());
        }
        Verdict::Void => return Err(over().into()),
    };
    let address: EmailAddress = handle.as_written().parse().map_err(|_| over())?;
    let Some(changed) = login::change(&transaction, owner, &address).await? else {
        transaction.commit().await?;
        let message = "an account with this address exists, or it is yours already";
        return Err(Mistake::new(MistakeCode::Taken, "", message).into());
    };
    session::end_others(&transaction, owner, SessionEnd::EmailChanged).await?;
    jobs::enqueue_at(&transaction, owner.customer(), JobKind::ForgetLogins, changed.until).await?;
    transaction.commit().await?;
    let token = undo_token(owner.customer(), changed.id, &changed.secret);
    let former = changed.former.as_ref().clone();
    deps.background.spawn(mails::email_replaced(deps.clone(), former, token, login::DAYS));
    deps.background.spawn(mails::email_changed(deps.clone(), address));
    Ok(())
}

/// Takes a change of the address back, and every later one. For whoever reads at the old address. Every session ends, and
/// the password is cleared.
///
/// # Errors
/// When the token is wrong or over.
pub async fn undo_email_change(deps: &Deps, token: &str) -> Result<(), Refusal> {
    let over = || Mistake::new(MistakeCode::Expired, "token", "this is not what was mailed, or it is over");
    let (customer, id, secret) = read_token(token).ok_or_else(over)?;
    let transaction = deps.vault.begin().await?;
    let undone = login::undo(&transaction, customer, id, &secret).await?.ok_or_else(over)?;
    challenge::void_all(&transaction, &undone.owner).await?;
    session::end(&transaction, undone.owner.customer(), None, SessionEnd::EmailChanged).await?;
    transaction.commit().await?;
    deps.background.spawn(mails::email_restored(deps.clone(), undone.address.as_ref().clone()));
    Ok(())
}

/// Forgets the addresses whose change can be taken back no more: they are free again.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_logins(deps: &Deps, customer: CustomerId) -> Result<(), DbErr> {
    login::forget(&deps.vault, customer).await.map(drop)
}

fn undo_token(customer: CustomerId, id: FormerLoginId, secret: &[u8; 32]) -> String {
    let bytes = [customer.0.as_bytes().as_slice(), id.0.as_bytes(), secret].concat();
    format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
}

fn read_token(text: &str) -> Option<(CustomerId, FormerLoginId, [u8; 32])> {
    let bytes = URL_SAFE_NO_PAD.decode(text.trim().strip_prefix(PREFIX)?).ok()?;
    let (ids, secret) = bytes.split_first_chunk::<32>()?;
    let (customer, id) = ids.split_first_chunk::<16>()?;
    let id = FormerLoginId(Uuid::from_slice(id).ok()?);
    Some((CustomerId(Uuid::from_bytes(*customer)), id, secret.try_into().ok()?))
}

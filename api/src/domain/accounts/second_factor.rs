//! A second factor: setting an authenticator up, and the second step that a sign-in then takes. Every change of it ends the
//! customer's other sessions, which have not shown what is wanted from now on, and is told by mail.

use entity::access::Owner;
use entity::kinds::SessionEnd;
use entity::values::{EmailAddress, Timestamp, Unchecked};
use entity::vault::passkey::Verdict;
use entity::vault::second_factor::{self, Answer, Method};
use entity::vault::{Owned, Transaction, own};
use serde_json::Value;

use super::client::Client;
use super::passkeys::{self, Shown};
use super::sign_in::{SignedIn, device_token};
use super::step_up::require_fresh_proof;
use super::{mails, session};
use crate::deps::Deps;
use crate::domain::guesses;
use crate::domain::guesses::device::Device;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// What a right password leads to.
pub enum Entrance {
    /// To a session.
    Open(Box<SignedIn>),
    /// To the second step.
    SecondFactor(Half),
}

/// Half of a sign-in: the password was right, and the second factor is to come.
pub struct Half {
    /// To be sent with the second factor.
    pub token: String,
    /// Until when.
    pub expires_at: Timestamp,
    /// By what.
    pub methods: Vec<Method>,
}

/// The second step that is to come for somebody who was recognised in this transaction; none if a session may be opened.
pub(in crate::domain) async fn second_step(transaction: &Transaction, owner: &Owner) -> Result<Option<Half>, Refusal> {
    let Some((token, expires_at)) = second_factor::half(transaction, owner).await? else { return Ok(None) };
    let methods = second_factor::methods(transaction.connection(), owner).await?;
    Ok(Some(Half { token, expires_at, methods }))
}

/// Opens a session for somebody whose password or code was right, unless a second factor is to come. Commits.
pub(super) async fn enter(
    deps: &Deps,
    transaction: Transaction,
    owner: &Owner,
    client: &Client,
    device_token: impl FnOnce() -> String,
) -> Result<Entrance, Refusal> {
    if let Some(half) = second_step(&transaction, owner).await? {
        transaction.commit().await?;
        return Ok(Entrance::SecondFactor(half));
    }
    let session = session::open(deps, &transaction, owner, client).await?;
    transaction.commit().await?;
    Ok(Entrance::Open(Box::new(SignedIn { session, device_token: device_token() })))
}

/// What the second step needs.
pub struct CompleteSignIn {
    /// From the first step.
    pub token: String,
    /// The second factor.
    pub proof: SecondFactor,
    /// By which a device is known that has signed in to the account before.
    pub device_token: Option<String>,
}

/// A second factor, as it was sent.
pub enum SecondFactor {
    /// A code of the authenticator.
    Code(String),
    /// A recovery code.
    RecoveryCode(String),
    /// A passkey, in the JSON form of browsers.
    Passkey(Value),
}

/// Opens a session with the second factor.
///
/// # Errors
/// When the token is over or the code is wrong. When there were too many guesses; then the code was not looked at.
pub async fn complete_sign_in(deps: &Deps, client: &Client, input: CompleteSignIn) -> Result<SignedIn, Refusal> {
    let over = || Mistake::new(MistakeCode::Expired, "token", "this is over; sign in again");
    let waiting = second_factor::read(&deps.vault, &input.token).await?.ok_or_else(over)?;
    let method = match &input.proof {
        SecondFactor::Code(_) => Method::Authenticator,
        SecondFactor::RecoveryCode(_) => Method::RecoveryCode,
        SecondFactor::Passkey(_) => Method::Passkey,
    };
    let counted = guesses::at_second_factor(deps, &client.address, waiting.customer(), method).await?;
    let shown;
    let answer = match input.proof {
        SecondFactor::Code(code) => Answer::Code(code),
        SecondFactor::RecoveryCode(code) => Answer::RecoveryCode(code),
        SecondFactor::Passkey(json) => {
            shown = Shown::beside_password(deps, &waiting, "proof.passkey", &json).await?;
            let (assertion, data) = shown.verify()?;
            Answer::Passkey(assertion, data)
        }
    };
    let transaction = deps.vault.begin().await?;
    let owner = match second_factor::complete(&transaction, &waiting, &answer).await? {
        Verdict::Right(owner) => owner,
        verdict => {
            if let Verdict::Copied(alarm) = &verdict {
                passkeys::tell(deps, alarm);
            }
            return Err(wrong_factor(method).into());
        }
    };
    counted.take_back(&transaction).await?;
    let session = session::open(deps, &transaction, &owner, client).await?;
    transaction.commit().await?;
    let address = own::login_address(&deps.vault, &owner).await?;
    if method == Method::RecoveryCode {
        let left = second_factor::own(&deps.vault, &owner).await?.map_or(0, |known| known.recovery_codes_left);
        deps.background.spawn(mails::recovery_code_used(deps.clone(), address.as_ref().clone(), left));
    }
    let email: Unchecked<EmailAddress> = address.as_ref().as_str().to_owned().into();
    let known = input.device_token.and_then(|token| Device::read(&deps.vault.keys, &email, &token));
    Ok(SignedIn { session, device_token: device_token(deps, &email, known) })
}

fn wrong_factor(method: Method) -> Mistake {
    match method {
        Method::Passkey => Mistake::new(MistakeCode::WrongCredentials, "proof.passkey", "this passkey does not fit"),
        Method::Authenticator | Method::RecoveryCode => {
            Mistake::new(MistakeCode::WrongCode, "proof", "this is not the code, or it was used; take the next one")
        }
    }
}

/// What an authenticator app needs.
pub struct NewAuthenticator {
    /// In base 32, to type in.
    pub secret: Owned<String>,
    /// The same as an address, to show as a picture.
    pub uri: Owned<String>,
}

/// Makes the secret of an authenticator. Sign-ins want it once [`confirm_authenticator`] has seen a code.
///
/// # Errors
/// When the session needs a fresh proof, or an authenticator is in use already.
pub async fn start_authenticator(deps: &Deps, owner: &Owner) -> Result<NewAuthenticator, Refusal> {
    let address = own::login_address(&deps.vault, owner).await?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    require_fresh_proof(owner, transaction.now())?;
    let in_use = || Mistake::new(MistakeCode::WrongState, "", "an authenticator is in use; remove it first");
    let secret = second_factor::begin(&transaction, owner).await?.ok_or_else(in_use)?;
    transaction.commit().await?;
    let label = percent_encoding::utf8_percent_encode(address.as_ref().as_str(), percent_encoding::NON_ALPHANUMERIC);
    let uri = format!("otpauth://totp/Rapport:{label}?secret={}&issuer=Rapport", secret.as_ref());
    Ok(NewAuthenticator { uri: address.map(|_| uri), secret })
}

/// Puts the authenticator into use, gives the recovery codes, which are shown once, and ends every other session.
///
/// # Errors
/// When the code is wrong or nothing was started. When there were too many guesses.
pub async fn confirm_authenticator(deps: &Deps, owner: &Owner, code: &str) -> Result<Owned<Vec<String>>, Refusal> {
    let counted = guesses::at_own(deps, owner).await?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let wrong = || {
        let message = "this is not a code of the authenticator that was started; is the device's clock right?";
        Mistake::new(MistakeCode::WrongCode, "code", message)
    };
    let codes = second_factor::confirm(&transaction, owner, code.trim()).await?.ok_or_else(wrong)?;
    session::end_others(&transaction, owner, SessionEnd::SecondFactorChanged).await?;
    counted.take_back(&transaction).await?;
    transaction.commit().await?;
    let address = own::login_address(&deps.vault, owner).await?;
    deps.background.spawn(mails::second_factor_changed(deps.clone(), address.as_ref().clone(), true));
    Ok(codes)
}

/// Takes the authenticator away and ends every other session. Without passkeys the password is enough again.
///
/// # Errors
/// When the session needs a fresh proof, or there is none.
pub async fn remove_second_factor(deps: &Deps, owner: &Owner) -> Result<(), Refusal> {
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    require_fresh_proof(owner, transaction.now())?;
    if !second_factor::remove(&transaction, owner).await? {
        return Err(Mistake::new(MistakeCode::NotFound, "", "there is no authenticator; see removePasskey").into());
    }
    let wanted = second_factor::is_wanted(transaction.connection(), owner.customer()).await?;
    session::end_others(&transaction, owner, SessionEnd::SecondFactorChanged).await?;
    transaction.commit().await?;
    let address = own::login_address(&deps.vault, owner).await?.as_ref().clone();
    if wanted {
        deps.background.spawn(mails::authenticator_removed(deps.clone(), address));
    } else {
        deps.background.spawn(mails::second_factor_changed(deps.clone(), address, false));
    }
    Ok(())
}

/// Replaces the recovery codes, used or not, by ten new ones, which are shown once, and ends every other session.
///
/// # Errors
/// When the session needs a fresh proof, or there is no second factor.
pub async fn renew_recovery_codes(deps: &Deps, owner: &Owner) -> Result<Owned<Vec<String>>, Refusal> {
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    require_fresh_proof(owner, transaction.now())?;
    if !second_factor::is_wanted(transaction.connection(), owner.customer()).await? {
        return Err(Mistake::new(MistakeCode::NotFound, "", "there is no second factor").into());
    }
    let codes = second_factor::renew_recovery_codes(&transaction, owner).await?;
    session::end_others(&transaction, owner, SessionEnd::SecondFactorChanged).await?;
    transaction.commit().await?;
    let address = own::login_address(&deps.vault, owner).await?;
    deps.background.spawn(mails::recovery_codes_renewed(deps.clone(), address.as_ref().clone()));
    Ok(codes)
}

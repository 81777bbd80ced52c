//! Passkeys in use: instead of password and second factor, beside the password, or as a proof within a session.

use entity::access::Owner;
use entity::ids::CustomerId;
use entity::kinds::PasskeyPurpose;
use entity::values::{EmailAddress, Unchecked};
use entity::vault::passkey::{self, Alarm, Descriptor, Verdict};
use entity::vault::{Owned, own, second_factor};
use entity::webauthn::{Assertion, AuthenticatorData, RelyingParty};
use serde_json::Value;

use super::super::client::Client;
use super::super::sign_in::{SignedIn, device_token};
use super::super::{mails, session};
use super::challenge::{self, Ask, Given};
use super::{Asked, mistake, options, over, site};
use crate::deps::Deps;
use crate::domain::guesses::device::Device;
use crate::domain::{Mistake, MistakeCode, Refusal, guesses};

/// A passkey that was shown in answer to a challenge, which is used up.
pub(in crate::domain::accounts) struct Shown<'f> {
    assertion: Assertion,
    site: RelyingParty,
    field: &'f str,
}

impl<'f> Shown<'f> {
    /// What the browser has brought in `field`, in answer to a challenge that was given for the second step.
    pub async fn beside_password(
        deps: &Deps,
        waiting: &second_factor::Waiting,
        field: &'f str,
        credential: &Value,
    ) -> Result<Self, Refusal> {
        Self::read(deps, Ask::beside_password(waiting.customer()), field, credential).await
    }

    /// The same for a proof within a session.
    pub async fn in_session(deps: &Deps, owner: &Owner, field: &'f str, credential: &Value) -> Result<Self, Refusal> {
        Self::read(deps, Ask::in_session(PasskeyPurpose::StepUp, owner), field, credential).await
    }

    async fn read(deps: &Deps, ask: Ask, field: &'f str, credential: &Value) -> Result<Self, Refusal> {
        let assertion = Assertion::read(credential).map_err(|unfit| mistake(field, unfit))?;
        if !challenge::take(deps, ask, assertion.challenge()).await? {
            return Err(over(field).into());
        }
        Ok(Self { assertion, site: site(deps), field })
    }

    /// It, with what the authenticator says, if that is as it was asked for.
    pub fn verify(&self) -> Result<(&Assertion, AuthenticatorData<'_>), Mistake> {
        let data = self.assertion.verify(&self.site).map_err(|unfit| mistake(self.field, unfit))?;
        Ok((&self.assertion, data))
    }
}

/// Tells the owner of a passkey that there may be a copy of it.
pub(in crate::domain::accounts) fn tell(deps: &Deps, alarm: &Alarm) {
    let (address, nickname) = (alarm.address.as_ref().clone(), alarm.nickname.as_ref().as_str().to_owned());
    deps.background.spawn(mails::passkey_copied(deps.clone(), address, nickname));
}

/// Asks whoever signs in for any passkey of this server.
///
/// # Errors
/// When too much was asked for from there.
pub async fn start_passkey_sign_in(deps: &Deps, client: &Client) -> Result<Asked, Refusal> {
    guesses::at_passkey_request(deps, &client.address).await?;
    let given = challenge::give(deps, Ask::of_anybody()).await?;
    Ok(asked(deps, &given, Owned::or_empty(None)))
}

/// Opens a session for the owner of a passkey. There is no second step: the authenticator has checked who uses it.
///
/// # Errors
/// When it opens no account, whatever the reason. When there were too many tries.
pub async fn complete_passkey_sign_in(
    deps: &Deps,
    client: &Client,
    credential: &Value,
    known_device: Option<String>,
) -> Result<SignedIn, Refusal> {
    let counted = guesses::at_passkey_sign_in(deps, &client.address).await?;
    let shown = Shown::read(deps, Ask::of_anybody(), "credential", credential).await?;
    let (assertion, data) = shown.verify()?;
    let transaction = deps.vault.begin().await?;
    let wrong = || {
        let message = "this passkey opens no account here; sign in with address and password";
        Mistake::new(MistakeCode::WrongCredentials, "credential", message)
    };
    let owner = match passkey::recognise(&transaction, assertion, &data).await? {
        Verdict::Right(owner) => owner,
        Verdict::Wrong => return Err(wrong().into()),
        Verdict::Copied(alarm) => {
            tell(deps, &alarm);
            return Err(wrong().into());
        }
    };
    counted.take_back(&transaction).await?;
    let session = session::open(deps, &transaction, &owner, client).await?;
    transaction.commit().await?;
    let address = own::login_address(&deps.vault, &owner).await?;
    let email: Unchecked<EmailAddress> = address.as_ref().as_str().to_owned().into();
    let known = known_device.and_then(|token| Device::read(&deps.vault.keys, &email, &token));
    Ok(SignedIn { session, device_token: device_token(deps, &email, known) })
}

/// Asks whoever has shown the password for a passkey of the account.
///
/// # Errors
/// When the first step is over, or the account has no passkey. When too much was asked for from there.
pub async fn start_passkey_second_factor(deps: &Deps, client: &Client, token: &str) -> Result<Asked, Refusal> {
    let over = || Mistake::new(MistakeCode::Expired, "token", "this is over; sign in again");
    let waiting = second_factor::read(&deps.vault, token).await?.ok_or_else(over)?;
    guesses::at_passkey_request(deps, &client.address).await?;
    ask_for_known(deps, waiting.customer(), Ask::beside_password(waiting.customer())).await
}

/// Asks the customer for one of their passkeys, as a proof that the session is still theirs.
///
/// # Errors
/// When they have none. When too much was asked for.
pub async fn start_passkey_step_up(deps: &Deps, owner: &Owner) -> Result<Asked, Refusal> {
    guesses::at_own_passkey(deps, owner).await?;
    ask_for_known(deps, owner.customer(), Ask::in_session(PasskeyPurpose::StepUp, owner)).await
}

/// Asks for one of the customer's passkeys.
async fn ask_for_known(deps: &Deps, customer: CustomerId, ask: Ask) -> Result<Asked, Refusal> {
    let known = passkey::descriptors(&deps.vault, customer).await?;
    if known.as_ref().is_empty() {
        let message = "there is no passkey; use another proof";
        return Err(Mistake::new(MistakeCode::NotFound, "", message).into());
    }
    let given = challenge::give(deps, ask).await?;
    Ok(asked(deps, &given, known))
}

fn asked(deps: &Deps, given: &Given, known: Owned<Vec<Descriptor>>) -> Asked {
    let options = known.map(|known| options::request(given, &site(deps), &known));
    Asked { options, expires_at: given.expires_at }
}

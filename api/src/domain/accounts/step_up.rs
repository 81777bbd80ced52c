//! Step-up: what weighs most wants a fresh proof that the session is still its customer's. A sign-in is one; after ten
//! minutes another is needed. Reducing never needs any.

use entity::access::Owner;
use entity::ids::ChallengeId;
use entity::scope::{Scope, ScopeSet};
use entity::session;
use entity::values::{Handle, Timestamp};
use entity::vault::challenge::{self, Kind, Verdict};
use entity::vault::passkey::{self, Manner, Verdict as Use};
use entity::vault::{find, own, second_factor};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use serde_json::Value;

use super::credentials::AddressChallenge;
use super::mails;
use super::passkeys::{self, Shown};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal, guesses};

/// How the customer proves it.
pub enum Proof {
    /// By the password.
    Password(String),
    /// By a code of the authenticator.
    Authenticator(String),
    /// By a passkey, in the JSON form of browsers.
    Passkey(Value),
    /// By a code that [`start`] has mailed.
    Code {
        /// The challenge that it answers.
        challenge: String,
        /// The code.
        code: String,
    },
}

/// Goes on only with a fresh proof.
///
/// # Errors
/// When it is older than ten minutes.
pub fn require_fresh_proof(owner: &Owner, now: Timestamp) -> Result<(), Mistake> {
    if owner.has_fresh_proof(now) {
        return Ok(());
    }
    let message = "this weighs so much that we ask you to prove once more that it is you: call stepUp, then this again";
    Err(Mistake::new(MistakeCode::StepUpRequired, "", message))
}

/// The same for what lets a brand read more: only where something sensitive is concerned.
///
/// # Errors
/// When it is, and the proof is older than ten minutes.
pub fn require_fresh_proof_for(scopes: ScopeSet, owner: &Owner, now: Timestamp) -> Result<(), Mistake> {
    if scopes.iter().any(Scope::is_sensitive) { require_fresh_proof(owner, now) } else { Ok(()) }
}

/// Mails a code to the address that the customer signs in with.
///
/// # Errors
/// When too many were asked for.
pub async fn start(deps: &Deps, owner: &Owner) -> Result<AddressChallenge, Refusal> {
    let address = own::login_address(&deps.vault, owner).await?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let issued = challenge::issue(&transaction, owner, Kind::Proof, &Handle::from(address.as_ref())).await?;
    transaction.commit().await?;
    let too_many = || Mistake::new(MistakeCode::TooManyTries, "", "too many codes were asked for; come back later");
    let issued = issued.ok_or_else(too_many)?;
    let body = format!(
        "Somebody, probably you, is about to do something with your Rapport account for which we ask once more whether it is \
         you.\n\nYour code: {}\n\nIt holds for {} minutes. If it was not you, end your other sessions and change your \
         password.\n",
        issued.code,
        challenge::MINUTES
    );
    mails::send(deps, address.as_ref(), "Your Rapport code", body).await;
    Ok(AddressChallenge { id: issued.id, expires_at: issued.expires_at })
}

/// Proves that the session is still its customer's; until when that is fresh.
///
/// # Errors
/// When the proof is wrong. When there were too many guesses; then it was not looked at.
pub async fn step_up(deps: &Deps, owner: &Owner, proof: Proof) -> Result<Timestamp, Refusal> {
    let counted = guesses::at_own(deps, owner).await?;
    if let Proof::Password(password) = &proof {
        let matches = async |stored: Option<&str>| deps.hasher.matches(password, stored).await;
        if !find::confirm(&deps.vault, owner, matches).await? {
            return Err(Mistake::new(MistakeCode::WrongCredentials, "password", "this is not your password").into());
        }
    }
    let shown = match &proof {
        Proof::Passkey(json) => Some(Shown::in_session(deps, owner, "passkey", json).await?),
        Proof::Password(_) | Proof::Authenticator(_) | Proof::Code { .. } => None,
    };
    let shown = shown.as_ref().map(Shown::verify).transpose()?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    if let Some((assertion, data)) = &shown {
        let verdict = passkey::use_own(&transaction, owner, (assertion, data), Manner::InSession).await?;
        if let Use::Copied(alarm) = &verdict {
            passkeys::tell(deps, alarm);
        }
        if !matches!(verdict, Use::Right(_)) {
            let message = "this passkey does not fit";
            return Err(Mistake::new(MistakeCode::WrongCredentials, "passkey", message).into());
        }
    }
    if let Proof::Authenticator(code) = &proof
        && !second_factor::check_code(&transaction, owner, code.trim()).await?
    {
        let message = "this is not the code, or it was used; take the next one";
        return Err(Mistake::new(MistakeCode::WrongCode, "authenticatorCode", message).into());
    }
    if let Proof::Code { challenge, code } = &proof {
        let over =
            || Mistake::new(MistakeCode::Expired, "code.challengeId", "this code is over or was used; start again");
        let id: ChallengeId = challenge.parse().map_err(|_| over())?;
        match challenge::answer(&transaction, owner, Kind::Proof, id, code.trim()).await? {
            Verdict::Proven(_) => {}
            Verdict::Wrong => {
                // The try counts.
                transaction.commit().await?;
                return Err(
                    Mistake::new(MistakeCode::WrongCode, "code.code", "this is not the code; look again").into()
                );
            }
            Verdict::Void => return Err(over().into()),
        }
    }
    counted.take_back(&transaction).await?;
    let now = transaction.now();
    let proven = session::ActiveModel { proven_at: Set(Some(now)), ..Default::default() };
    session::Entity::update_many()
        .set(proven)
        .filter(session::Column::CustomerId.eq(owner.customer()))
        .filter(session::Column::Id.eq(owner.session()))
        .exec(transaction.connection())
        .await?;
    transaction.commit().await?;
    Ok(now.plus_minutes(Owner::FRESH_MINUTES))
}

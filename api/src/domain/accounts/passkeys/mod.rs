//! Passkeys: registered, named and removed by the customer. Every change of which there are is told by mail.

mod challenge;
mod options;
mod used;

use entity::access::Owner;
use entity::ids::PasskeyId;
use entity::kinds::{PasskeyPurpose, SessionEnd};
use entity::values::Timestamp;
use entity::vault::passkey::{self, Added, OwnPasskey};
use entity::vault::{Owned, PersonName, own, second_factor};
use entity::webauthn::{Registration, RelyingParty, Unfit};
use serde_json::Value;

use super::step_up::require_fresh_proof;
use super::{mails, session};
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal, guesses};
use challenge::Ask;

pub use challenge::forget as forget_passkey_challenges;
pub(super) use used::{Shown, tell};
pub use used::{complete_passkey_sign_in, start_passkey_second_factor, start_passkey_sign_in, start_passkey_step_up};

/// What a passkey is called that has no other name.
const NICKNAME: &str = "Passkey";

/// What a browser is to be asked for.
pub struct Asked {
    /// In the JSON form that browsers take.
    pub options: Owned<Value>,
    /// Until when its answer counts.
    pub expires_at: Timestamp,
}

/// Asks for a new passkey.
///
/// # Errors
/// When the session needs a fresh proof. When too much was asked for.
pub async fn start_passkey(deps: &Deps, owner: &Owner) -> Result<Asked, Refusal> {
    require_fresh_proof(owner, deps.vault.now().await?)?;
    guesses::at_own_passkey(deps, owner).await?;
    let known = passkey::descriptors(&deps.vault, owner.customer()).await?;
    let address = own::login_address(&deps.vault, owner).await?;
    let name = own::clusters(&deps.vault, owner).await?.read::<PersonName>()?;
    let given = challenge::give(deps, Ask::in_session(PasskeyPurpose::Register, owner)).await?;
    let options = address.map(|address| {
        let display_name = name.as_ref().and_then(|name| name.as_ref().display_name.as_ref());
        let user = options::User {
            handle: &deps.vault.keys.passkey_user(owner.customer()),
            name: address.as_str(),
            display_name: display_name.map_or(address.as_str(), String::as_str),
        };
        options::creation(&given, &site(deps), &user, known.as_ref())
    });
    Ok(Asked { options, expires_at: given.expires_at })
}

/// A passkey that is in use from now on.
pub struct Registered {
    /// It.
    pub passkey: OwnPasskey,
    /// What stands in for it, if there was no second factor before.
    pub recovery_codes: Option<Owned<Vec<String>>>,
}

/// Puts a new passkey into use.
///
/// # Errors
/// When what the browser brought is not what was asked for, somebody has the passkey, or the customer has too many.
pub async fn confirm_passkey(
    deps: &Deps,
    owner: &Owner,
    credential: &Value,
    nickname: Option<&str>,
) -> Result<Registered, Refusal> {
    let nickname = checked_nickname(nickname.unwrap_or(NICKNAME))?;
    let registration = Registration::read(credential).map_err(|unfit| mistake("credential", unfit))?;
    let ask = Ask::in_session(PasskeyPurpose::Register, owner);
    if !challenge::take(deps, ask, registration.challenge()).await? {
        return Err(over("credential").into());
    }
    let new = registration.verify(&site(deps)).map_err(|unfit| mistake("credential", unfit))?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let id = match passkey::add(&transaction, owner, &new, nickname).await? {
        Added::Kept(id) => id,
        Added::Taken => {
            return Err(Mistake::new(MistakeCode::Taken, "credential", "this passkey is registered already").into());
        }
        Added::TooMany => {
            let message = format!("there are {} passkeys; remove one first", passkey::MOST);
            return Err(Mistake::new(MistakeCode::TooLong, "", message).into());
        }
    };
    let known = second_factor::has_recovery_codes(transaction.connection(), owner.customer()).await?;
    let recovery_codes =
        if known { None } else { Some(second_factor::renew_recovery_codes(&transaction, owner).await?) };
    transaction.commit().await?;
    let address = own::login_address(&deps.vault, owner).await?;
    deps.background.spawn(mails::passkey_added(deps.clone(), address.as_ref().clone()));
    Ok(Registered { passkey: find(deps, owner, id).await?, recovery_codes })
}

/// Gives a passkey another name.
///
/// # Errors
/// When the customer has no such passkey, or the name is none.
pub async fn rename_passkey(deps: &Deps, owner: &Owner, id: &str, nickname: &str) -> Result<OwnPasskey, Refusal> {
    let nickname = checked_nickname(nickname)?;
    let id: PasskeyId = id.parse().map_err(|_| unknown())?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    if !passkey::rename(&transaction, owner, id, nickname).await? {
        return Err(unknown().into());
    }
    transaction.commit().await?;
    find(deps, owner, id).await
}

/// Takes a passkey away and ends every other session: whoever has it may have opened some.
///
/// # Errors
/// When the session needs a fresh proof, or the customer has no such passkey.
pub async fn remove_passkey(deps: &Deps, owner: &Owner, id: &str) -> Result<PasskeyId, Refusal> {
    let id: PasskeyId = id.parse().map_err(|_| unknown())?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    require_fresh_proof(owner, transaction.now())?;
    if !passkey::remove(&transaction, owner, id).await? {
        return Err(unknown().into());
    }
    session::end_others(&transaction, owner, SessionEnd::PasskeyRemoved).await?;
    transaction.commit().await?;
    let address = own::login_address(&deps.vault, owner).await?;
    deps.background.spawn(mails::passkey_removed(deps.clone(), address.as_ref().clone()));
    Ok(id)
}

async fn find(deps: &Deps, owner: &Owner, id: PasskeyId) -> Result<OwnPasskey, Refusal> {
    let known = passkey::own(&deps.vault, owner).await?;
    known.into_iter().find(|passkey| passkey.id == id).ok_or_else(|| unknown().into())
}

fn checked_nickname(text: &str) -> Result<passkey::Nickname, Refusal> {
    let mut mistakes = Mistakes::default();
    let nickname = mistakes.parse("nickname", text);
    mistakes.done()?;
    nickname.ok_or_else(|| Refusal::Mistakes(Vec::new()))
}

fn site(deps: &Deps) -> RelyingParty {
    RelyingParty::at(&deps.config.public_url)
}

fn unknown() -> Mistake {
    Mistake::new(MistakeCode::NotFound, "passkeyId", "you have no such passkey; it may have been removed")
}

fn over(field: &str) -> Mistake {
    let message = "this was not asked for here, is over or was used; start again";
    Mistake::new(MistakeCode::Expired, &format!("{field}.response.clientDataJSON"), message)
}

fn mistake(field: &str, unfit: Unfit) -> Mistake {
    Mistake::new(MistakeCode::Invalid, &format!("{field}.{}", unfit.field()), unfit.to_string())
}

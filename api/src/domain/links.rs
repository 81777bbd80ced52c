//! Linking profiles: a proof that the customer holds a handle. Today by a code that is mailed to it.

use entity::access::Owner;
use entity::ids::{ChallengeId, LinkId};
use entity::values::{AccountId, Channel, EmailAddress, Handle, Timestamp};
use entity::vault::challenge::{self, Kind, Verdict};
use entity::vault::link::{self, ProvenHandle};
use entity::vault::own;

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};
use crate::failure;

/// More links than a person has, and few enough for one answer.
const MOST_LINKS: usize = 50;

/// A code is on its way.
pub struct Challenge {
    /// To be named with the answer.
    pub id: ChallengeId,
    /// Where it went.
    pub channel: Channel,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

/// Starts the proof of a handle.
///
/// # Errors
/// When the handle is malformed, its channel has no proof yet, or the mail is not taken.
pub async fn start(deps: &Deps, owner: &Owner, channel: Channel, text: &str) -> Result<Challenge, Refusal> {
    let mut mistakes = Mistakes::default();
    let handle = mistakes.take("handle", Handle::parse(channel, text));
    if channel != Channel::Email {
        let message = "only EMAIL handles can be proven here so far";
        mistakes.push(Mistake::new(MistakeCode::UnsupportedChannel, "channel", message));
    }
    if own::links(&deps.vault, owner).await?.len() >= MOST_LINKS {
        mistakes.push(Mistake::new(MistakeCode::TooLong, "", "50 links are the most; remove one first"));
    }
    mistakes.done()?;
    let malformed = || Mistake::new(MistakeCode::Invalid, "handle", "expected an e-mail address");
    let handle = handle.ok_or_else(malformed)?;
    let address: EmailAddress = handle.as_written().parse().map_err(|_| malformed())?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let issued = challenge::issue(&transaction, owner, Kind::Link, &handle).await?;
    transaction.commit().await?;
    let too_many =
        || Mistake::new(MistakeCode::TooManyTries, "handle", "too many codes were asked for; come back later");
    let issued = issued.ok_or_else(too_many)?;
    let body = format!(
        "Somebody, probably you, wants to link this address to their Rapport account.\n\n\
         Your code: {}\n\nIt holds for {} minutes. If it was not you, do nothing: without the code nothing is linked.\n",
        issued.code,
        challenge::MINUTES
    );
    let not_taken = || Mistake::new(MistakeCode::Invalid, "handle", "the mail could not be sent; check the address");
    deps.mailer.send(&address, "Your Rapport code", body).await.map_err(|fault| {
        tracing::warn!(%fault, "a link code could not be mailed");
        not_taken()
    })?;
    Ok(Challenge { id: issued.id, channel, expires_at: issued.expires_at })
}

/// Completes the proof. Whoever held the handle before loses it.
///
/// # Errors
/// When the code is wrong, over, or tried too often.
pub async fn complete(deps: &Deps, owner: &Owner, challenge: &str, code: &str) -> Result<own::OwnLink, Refusal> {
    let id: ChallengeId = challenge.parse().map_err(|_| over())?;
    let link = match prove(deps, owner, id, code).await {
        // Two proofs of one handle met; nothing was changed, and the second try finds the other one's link.
        Err(Refusal::Fault(error)) if failure::is_conflict(&error) => prove(deps, owner, id, code).await?,
        proven => proven?,
    };
    let links = own::links(&deps.vault, owner).await?;
    links.into_iter().find(|known| known.id == link).ok_or_else(|| over().into())
}

async fn prove(deps: &Deps, owner: &Owner, challenge: ChallengeId, code: &str) -> Result<LinkId, Refusal> {
    // No customer is locked yet: the takeover locks everybody concerned in one order.
    let transaction = deps.vault.begin().await?;
    let proven = match challenge::answer(&transaction, owner, Kind::Link, challenge, code.trim()).await? {
        Verdict::Proven(handle) => by_address(handle, transaction.now()).ok_or_else(over)?,
        Verdict::Wrong => {
            // The try counts.
            transaction.commit().await?;
            return Err(Mistake::new(MistakeCode::WrongCode, "code", "this is not the code; look again").into());
        }
        Verdict::Void => return Err(over().into()),
    };
    let link = link::link(&transaction, owner, &proven).await?;
    transaction.commit().await?;
    Ok(link)
}

fn over() -> Mistake {
    Mistake::new(MistakeCode::Expired, "challengeId", "this code is over or was used; start again")
}

/// An address is its own account: nothing about it is more lasting than itself.
fn by_address(handle: Handle, verified_at: Timestamp) -> Option<ProvenHandle> {
    let account: AccountId = handle.normalised().parse().ok()?;
    Some(ProvenHandle { handle, account, verified_at })
}

/// Removes a link. Brands cannot find the customer by it from the next request on.
///
/// # Errors
/// When the customer has no such link.
pub async fn unlink(deps: &Deps, owner: &Owner, link: &str) -> Result<(), Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "linkId", "you have no such link");
    let id: LinkId = link.parse().map_err(|_| unknown())?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    if !link::unlink(&transaction, owner, id).await? {
        return Err(unknown().into());
    }
    transaction.commit().await?;
    Ok(())
}

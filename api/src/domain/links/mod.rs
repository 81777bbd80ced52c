//! Linking profiles: a proof that the customer holds a handle, by a code that is mailed to it or that is sent from it.

mod message;
mod provider;
mod told;

pub use message::{Message, forget_messages, receive};
pub use provider::{Finished, finish};
pub use told::{mail_reminder, mail_takeovers, remind};

use entity::access::Owner;
use entity::ids::{ChallengeId, LinkId};
use entity::kinds::JobKind;
use entity::values::{AccountId, Channel, EmailAddress, Handle, Timestamp};
use entity::vault::challenge::{self, Kind, Verdict};
use entity::vault::link::{self, ProvenHandle};
use entity::vault::{Transaction, own};
use sea_orm::DbErr;

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal, jobs};
use crate::failure;

/// More links than a person has, and few enough for one answer.
const MOST_LINKS: usize = 50;

/// A proof that was started.
pub struct Challenge {
    /// To be named with the answer.
    pub id: ChallengeId,
    /// Where the handle is.
    pub channel: Channel,
    /// Until when it holds.
    pub expires_at: Timestamp,
    /// What the customer does now.
    pub instructions: Instructions,
}

/// What completes a proof.
pub enum Instructions {
    /// A code was mailed to the handle; give it back.
    Answer,
    /// Send this text from the handle to one of these accounts.
    Send {
        /// The code.
        text: String,
        /// Where to.
        to: Vec<String>,
    },
    /// Sign in at a provider.
    SignIn {
        /// Where.
        url: String,
        /// What the browser has to bring back.
        cookie: String,
    },
}

/// How a handle is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// By a code that is mailed to it.
    MailedCode,
    /// By a message that is sent from it.
    Message,
    /// By signing in at the channel.
    SignIn,
}

/// What is to be proven.
pub struct Start<'s> {
    /// Where the handle is.
    pub channel: Channel,
    /// The name on it; whoever signs in at a provider need not know it.
    pub handle: Option<&'s str>,
    /// How, if they choose.
    pub method: Option<Method>,
    /// The provider, if they choose.
    pub provider: Option<&'s str>,
}

/// Starts the proof of a handle. Unless they choose, addresses are proven by a mailed code, the rest by a message.
///
/// # Errors
/// When the handle is malformed, its channel cannot be proven in that way, or the mail is not taken.
pub async fn start(deps: &Deps, owner: &Owner, input: Start<'_>) -> Result<Challenge, Refusal> {
    let Start { channel, handle: text, method, provider } = input;
    let usual = match channel {
        _ if provider.is_some() => Method::SignIn,
        Channel::Email => Method::MailedCode,
        _ => Method::Message,
    };
    let method = method.unwrap_or(usual);
    if method == Method::SignIn {
        return provider::start(deps, owner, channel, provider).await;
    }
    let mut mistakes = Mistakes::default();
    let handle = mistakes.take("handle", Handle::parse(channel, text.unwrap_or_default()));
    if method == Method::MailedCode && channel != Channel::Email {
        let message = "a code can be mailed to EMAIL handles only";
        mistakes.push(Mistake::new(MistakeCode::UnsupportedChannel, "channel", message));
    }
    if method == Method::Message && deps.config.channels.accounts(channel).is_empty() {
        let message = "handles on this channel cannot be proven by a message here";
        mistakes.push(Mistake::new(MistakeCode::UnsupportedChannel, "channel", message));
    }
    if own::links(&deps.vault, owner).await?.len() >= MOST_LINKS {
        mistakes.push(Mistake::new(MistakeCode::TooLong, "", "50 links are the most; remove one first"));
    }
    mistakes.done()?;
    let handle = handle.ok_or_else(malformed)?;
    match method {
        Method::MailedCode => start_by_mail(deps, owner, &handle).await,
        Method::Message | Method::SignIn => message::start(deps, owner, &handle).await,
    }
}

async fn start_by_mail(deps: &Deps, owner: &Owner, handle: &Handle) -> Result<Challenge, Refusal> {
    let address: EmailAddress = handle.as_written().parse().map_err(|_| malformed())?;
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let issued = challenge::issue(&transaction, owner, Kind::Link, handle).await?;
    transaction.commit().await?;
    let issued = issued.ok_or_else(too_many_codes)?;
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
    let instructions = Instructions::Answer;
    Ok(Challenge { id: issued.id, channel: Channel::Email, expires_at: issued.expires_at, instructions })
}

fn malformed() -> Mistake {
    Mistake::new(MistakeCode::Invalid, "handle", "expected an e-mail address")
}

fn too_many_codes() -> Mistake {
    Mistake::new(MistakeCode::TooManyTries, "handle", "too many codes were asked for; come back later")
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
    let link = tie(&transaction, owner, &proven).await?;
    transaction.commit().await?;
    Ok(link)
}

/// Ties a proven handle to the customer; whoever had it before is told by mail.
async fn tie(transaction: &Transaction, owner: &Owner, proven: &ProvenHandle) -> Result<LinkId, DbErr> {
    let linked = link::link(transaction, owner, proven).await?;
    for customer in linked.former {
        jobs::enqueue(transaction, customer, JobKind::TellOfTakeovers).await?;
    }
    Ok(linked.id)
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

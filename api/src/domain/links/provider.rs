//! The proof by the channel's own sign-in: who comes back from the provider, to the browser and the session that began,
//! has the handle that the provider names. Nothing is ever linked because an address looks the same.

use entity::access::{Owner, SessionClaim};
use entity::ids::LinkId;
use entity::kinds::AttemptKind;
use entity::values::Channel;
use entity::vault::{own, sign_in};

use super::{Challenge, Instructions, MOST_LINKS, too_many_codes};
use crate::config::providers::Provider;
use crate::deps::Deps;
use crate::domain::providers::{self, Attempt, Identity, NotProven, Returned};
use crate::domain::{Mistake, MistakeCode, Refusal};
use crate::failure;

/// Sends the customer to the provider of that name, or to the only one of the channel.
pub(super) async fn start(
    deps: &Deps,
    owner: &Owner,
    channel: Channel,
    name: Option<&str>,
) -> Result<Challenge, Refusal> {
    let provider = find(deps, channel, name)?;
    if own::links(&deps.vault, owner).await?.len() >= MOST_LINKS {
        return Err(Mistake::new(MistakeCode::TooLong, "", "50 links are the most; remove one first").into());
    }
    let away = || Mistake::new(MistakeCode::Unavailable, "provider", "the provider cannot be reached; try again later");
    let started = match providers::begin(deps, provider, AttemptKind::Link, Some(owner)).await {
        Ok(started) => started.ok_or_else(too_many_codes)?,
        Err(NotProven::Fault(error)) => return Err(error.into()),
        Err(_) => return Err(away().into()),
    };
    let instructions = Instructions::SignIn { url: started.authorization_url, cookie: started.cookie };
    Ok(Challenge { id: started.id, channel, expires_at: started.expires_at, instructions })
}

/// The provider of that name, or the only one of a channel.
fn find<'d>(deps: &'d Deps, channel: Channel, name: Option<&str>) -> Result<&'d Provider, Mistake> {
    let mut of_channel = deps.providers.all().iter().filter(|provider| provider.channel == channel);
    match name {
        Some(name) => of_channel.find(|provider| provider.name == name).ok_or_else(|| {
            Mistake::new(MistakeCode::NotFound, "provider", "this channel has no provider of that name")
        }),
        None => {
            let none = || {
                let message = "nobody can sign in on this channel to prove a handle here";
                Mistake::new(MistakeCode::UnsupportedChannel, "channel", message)
            };
            let first = of_channel.next().ok_or_else(none)?;
            if of_channel.next().is_some() {
                let message = "this channel has several providers: name one of `linkProviders`";
                return Err(Mistake::new(MistakeCode::Invalid, "provider", message));
            }
            Ok(first)
        }
    }
}

/// What a browser has brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The profile is linked.
    Linked,
    /// Somebody is recognised; the browser that began may fetch the session.
    SignedIn,
}

/// Finishes what a browser has brought back, if everything fits.
///
/// # Errors
/// When it does not; nothing is changed then, and it cannot be tried with the same answer again.
pub async fn finish(deps: &Deps, returned: Returned) -> Result<Finished, NotProven> {
    let attempt = providers::take(deps, returned).await?;
    match (attempt.row.kind, attempt.row.customer_id, attempt.row.session_id) {
        (AttemptKind::Link, Some(customer), Some(session)) => {
            link(deps, &attempt, SessionClaim { customer, session }).await?;
            Ok(Finished::Linked)
        }
        (AttemptKind::SignIn, ..) => {
            providers::finish(deps, &attempt).await?;
            Ok(Finished::SignedIn)
        }
        _ => Err(NotProven::Unfit),
    }
}

async fn link(deps: &Deps, attempt: &Attempt<'_>, claim: SessionClaim) -> Result<LinkId, NotProven> {
    // Before anything is asked of the provider, and again when it is written down.
    signed_in(deps, deps.vault.store.reader(), &claim).await?;
    let identity = providers::identify(deps, attempt).await?;
    match tie(deps, attempt, &claim, &identity).await {
        // Two proofs met; nothing was changed.
        Err(NotProven::Fault(error)) if failure::is_conflict(&error) => tie(deps, attempt, &claim, &identity).await,
        tied => tied,
    }
}

async fn tie(
    deps: &Deps,
    attempt: &Attempt<'_>,
    claim: &SessionClaim,
    identity: &Identity,
) -> Result<LinkId, NotProven> {
    let transaction = deps.vault.begin().await?;
    let owner = signed_in(deps, transaction.connection(), claim).await?;
    let link = super::tie(&transaction, &owner, &identity.proven).await?;
    let name = (attempt.provider.authority(), identity.subject.as_str());
    sign_in::allow(&transaction, &owner, link, name).await?;
    transaction.commit().await?;
    Ok(link)
}

/// The customer whose session it was, while it lasts.
async fn signed_in(
    deps: &Deps,
    connection: &impl sea_orm::ConnectionTrait,
    claim: &SessionClaim,
) -> Result<Owner, NotProven> {
    Owner::check(connection, claim, &deps.vault.clock).await?.ok_or(NotProven::Unfit)
}

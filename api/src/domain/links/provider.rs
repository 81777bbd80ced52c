//! The proof by the channel's own sign-in: who comes back from the provider, to the browser and the session that began,
//! has the handle that the provider names. Nothing is ever linked because an address looks the same.

use entity::access::{Owner, SessionClaim};
use entity::ids::LinkId;
use entity::kinds::AttemptKind;
use entity::values::Channel;
use entity::vault::own;

use super::{Challenge, Instructions, MOST_LINKS, too_many_codes};
use crate::config::providers::Provider;
use crate::deps::Deps;
use crate::domain::providers::{self, NotProven, Returned};
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

/// Finishes what a browser has brought back: the link, if everything fits.
///
/// # Errors
/// When it does not; nothing is linked then, and it cannot be tried with the same answer again.
pub async fn finish(deps: &Deps, returned: Returned) -> Result<LinkId, NotProven> {
    let attempt = providers::take(deps, returned).await?;
    let (AttemptKind::Link, Some(customer), Some(session)) =
        (attempt.row.kind, attempt.row.customer_id, attempt.row.session_id)
    else {
        return Err(NotProven::Unfit);
    };
    let claim = SessionClaim { customer, session };
    // Before anything is asked of the provider, and again when it is written down.
    signed_in(deps, deps.vault.store.reader(), &claim).await?;
    let identity = providers::identify(deps, &attempt).await?;
    match tie(deps, &claim, &identity).await {
        // Two proofs met; nothing was changed.
        Err(NotProven::Fault(error)) if failure::is_conflict(&error) => tie(deps, &claim, &identity).await,
        tied => tied,
    }
}

async fn tie(deps: &Deps, claim: &SessionClaim, identity: &providers::Identity) -> Result<LinkId, NotProven> {
    let transaction = deps.vault.begin().await?;
    let owner = signed_in(deps, transaction.connection(), claim).await?;
    let link = super::tie(&transaction, &owner, &identity.proven).await?;
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

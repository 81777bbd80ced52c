//! Linking and unlinking profiles.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::values::{Channel, Timestamp};

use crate::domain::links;
use crate::graphql::context::ContextExt;
use crate::graphql::types::link::Link;
use crate::graphql::types::user_error::payload;

/// Which handle to prove.
#[derive(InputObject)]
pub struct StartLinkInput {
    /// Where the handle is; EMAIL so far.
    channel: Channel,
    /// The name on it.
    handle: String,
}

/// The proof.
#[derive(InputObject)]
pub struct CompleteLinkInput {
    /// The challenge's id, from `startLink`.
    challenge_id: ID,
    /// The code that was sent: six digits, good for 15 minutes and ten tries.
    #[graphql(secret)]
    code: String,
}

/// Which link to remove.
#[derive(InputObject)]
pub struct UnlinkInput {
    /// The link's id.
    link_id: ID,
}

/// A code is on its way. For the customer who asked for it.
#[derive(SimpleObject)]
pub struct Challenge {
    /// To be named with the answer.
    id: ID,
    /// Where the code went.
    channel: Channel,
    /// Until when it holds.
    expires_at: Timestamp,
}

payload! {
    /// What starting a link gives.
    StartLinkPayload {
        /// The challenge that waits for the code.
        challenge: Challenge,
    }
}

payload! {
    /// What completing a link gives.
    CompleteLinkPayload {
        /// The new link.
        link: Link,
    }
}

payload! {
    /// What unlinking gives.
    UnlinkPayload {
        /// The id of the link that is gone.
        unlinked_id: ID,
    }
}

/// Links.
#[derive(Default)]
pub struct LinkMutation;

#[Object]
impl LinkMutation {
    /// Starts the proof that a handle is the customer's: a code is sent to it. For customers.
    async fn start_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which handle.")] input: StartLinkInput,
    ) -> Result<StartLinkPayload> {
        match links::start(context.deps()?, context.owner()?, input.channel, &input.handle).await {
            Ok(challenge) => {
                let challenge =
                    Challenge { id: challenge.id.into(), channel: challenge.channel, expires_at: challenge.expires_at };
                Ok(StartLinkPayload { challenge: Some(challenge), user_errors: Vec::new() })
            }
            Err(refusal) => StartLinkPayload::refused(refusal),
        }
    }

    /// Completes the proof. Whoever held the handle before loses it; nothing of what they granted passes on. For
    /// customers.
    async fn complete_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof.")] input: CompleteLinkInput,
    ) -> Result<CompleteLinkPayload> {
        match links::complete(context.deps()?, context.owner()?, &input.challenge_id, &input.code).await {
            Ok(link) => Ok(CompleteLinkPayload { link: Some(link.into()), user_errors: Vec::new() }),
            Err(refusal) => CompleteLinkPayload::refused(refusal),
        }
    }

    /// Removes a link: brands no longer find the customer by that handle. For customers.
    async fn unlink(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which link.")] input: UnlinkInput,
    ) -> Result<UnlinkPayload> {
        match links::unlink(context.deps()?, context.owner()?, &input.link_id).await {
            Ok(()) => Ok(UnlinkPayload { unlinked_id: Some(input.link_id), user_errors: Vec::new() }),
            Err(refusal) => UnlinkPayload::refused(refusal),
        }
    }
}

//! Linking and unlinking profiles.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use entity::values::{Channel, Timestamp};

use crate::domain::links::{self, Instructions, Method, Start};
use crate::graphql::context::ContextExt;
use crate::graphql::types::link::Link;
use crate::graphql::types::user_error::payload;

/// How a handle is proven. Expect new values.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Method")]
pub enum LinkMethod {
    /// A code is mailed to it, and given back by `completeLink`. For EMAIL.
    MailedCode,
    /// A code is sent from it, as a message to an account of ours on its channel; that alone completes the proof.
    Message,
    /// The customer signs in at the channel, or at a provider that knows its handles, in the same browser.
    SignIn,
}

/// Which handle to prove.
#[derive(InputObject)]
pub struct StartLinkInput {
    /// Where the handle is.
    channel: Channel,
    /// The name on it. Not needed for SIGN_IN: the provider says it.
    handle: Option<String>,
    /// How; if left out, MAILED_CODE for EMAIL and MESSAGE for the rest, and SIGN_IN where a provider is named.
    method: Option<LinkMethod>,
    /// SIGN_IN: which of `linkProviders`; need not be named if the channel has only one.
    provider: Option<String>,
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

/// A proof that was started. For the customer who asked for it.
#[derive(SimpleObject)]
pub struct Challenge {
    /// To be named with the answer.
    id: ID,
    /// Where the handle is.
    channel: Channel,
    /// How it goes on.
    method: LinkMethod,
    /// Until when it holds.
    expires_at: Timestamp,
    /// MESSAGE: what to send from the handle, alone or among other words, once and within ten tries. Never send one for
    /// somebody else: whoever got it would own your handle here. The link is there as soon as the message has arrived.
    text: Option<String>,
    /// MESSAGE: the accounts on the channel of which one is to get the text, by a post that names it or directly.
    send_to: Vec<String>,
    /// SIGN_IN: where the browser goes now. It must be the browser that got this answer, with its cookie; whoever comes back
    /// with another proves nothing. The link is there when it has come back.
    authorization_url: Option<String>,
}

impl From<links::Challenge> for Challenge {
    fn from(challenge: links::Challenge) -> Self {
        let links::Challenge { id, channel, expires_at, instructions } = challenge;
        let (method, text, send_to, authorization_url) = match instructions {
            Instructions::Answer => (LinkMethod::MailedCode, None, Vec::new(), None),
            Instructions::Send { text, to } => (LinkMethod::Message, Some(text), to, None),
            Instructions::SignIn { url, .. } => (LinkMethod::SignIn, None, Vec::new(), Some(url)),
        };
        Self { id: id.into(), channel, method, expires_at, text, send_to, authorization_url }
    }
}

payload! {
    /// What starting a link gives.
    StartLinkPayload {
        /// What to do next.
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
    /// Starts the proof that a handle is the customer's: a code is mailed to it, or is to be sent from it. For customers.
    async fn start_link(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which handle.")] input: StartLinkInput,
    ) -> Result<StartLinkPayload> {
        let start = Start {
            channel: input.channel,
            handle: input.handle.as_deref(),
            method: input.method.map(Into::into),
            provider: input.provider.as_deref(),
        };
        match links::start(context.deps()?, context.owner()?, start).await {
            Ok(challenge) => {
                if let Instructions::SignIn { cookie, .. } = &challenge.instructions {
                    context.give_cookie(cookie);
                }
                Ok(StartLinkPayload { challenge: Some(challenge.into()), user_errors: Vec::new() })
            }
            Err(refusal) => StartLinkPayload::refused(refusal),
        }
    }

    /// Completes the proof by a mailed code. Whoever held the handle before loses it; nothing of what they granted passes on. For
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

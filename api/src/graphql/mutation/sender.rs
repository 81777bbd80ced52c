//! What the brand's own app does that sends its replies on a channel.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::values::Channel;

use crate::domain::conversations;
use crate::graphql::context::{ContextExt, program};
use crate::graphql::page;
use crate::graphql::types::conversation::Message;
use crate::graphql::types::outgoing::{ReplyClaim, ReplyOutcome};
use crate::graphql::types::user_error::payload;

/// Which replies an app takes to send them.
#[derive(InputObject)]
pub struct ClaimRepliesInput {
    /// The channels that it sends on; not EMAIL, where this server does.
    channels: Vec<Channel>,
    /// How many, 1 to 100; 20 if left out.
    first: Option<i32>,
}

/// What came of a reply.
#[derive(InputObject)]
pub struct ReportReplyInput {
    /// Its message.
    message_id: ID,
    /// Which time it was taken, as its claim says.
    attempt: i32,
    /// What came of it.
    outcome: ReplyOutcome,
    /// The channel's id of it, which SENT needs: so it is known again when the channel tells of it.
    channel_message_id: Option<String>,
}

payload! {
    /// What claiming gives.
    ClaimRepliesPayload {
        /// The replies that are the app's now, for five minutes: what is not reported by then is UNCERTAIN.
        claims: Vec<ReplyClaim>,
    }
}

payload! {
    /// What reporting gives.
    ReportReplyPayload {
        /// The message as it is now.
        message: Message,
    }
}

/// Replies, for whoever sends them.
#[derive(Default)]
pub struct SenderMutation;

#[Object]
impl SenderMutation {
    /// Takes replies that wait to be sent on channels that the brand's own app serves, and whose values it is registered for. For apps of the brand that are registered
    /// for CUSTOMER_CARE.
    async fn claim_replies(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which replies.")] input: ClaimRepliesInput,
    ) -> Result<ClaimRepliesPayload> {
        let rows = page::rows(input.first)?;
        let (deps, care) = (context.deps()?, program(context).await?);
        match conversations::claim(deps, &care, &input.channels, rows).await {
            Ok(claims) => {
                let claims = Some(claims.into_iter().map(Into::into).collect());
                Ok(ClaimRepliesPayload { claims, user_errors: Vec::new() })
            }
            Err(refusal) => ClaimRepliesPayload::refused(refusal),
        }
    }

    /// Says what came of a reply that was claimed. Saying it twice does no harm. For apps of the brand that are registered for
    /// CUSTOMER_CARE.
    async fn report_reply(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What came of which reply.")] input: ReportReplyInput,
    ) -> Result<ReportReplyPayload> {
        let (deps, care) = (context.deps()?, program(context).await?);
        let outcome = input.outcome.with(input.channel_message_id);
        match conversations::report(deps, &care, (&input.message_id, input.attempt), outcome).await {
            Ok(id) => {
                let message = Message::load_one(deps, &care, id).await?;
                Ok(ReportReplyPayload { message, user_errors: Vec::new() })
            }
            Err(refusal) => ReportReplyPayload::refused(refusal),
        }
    }
}

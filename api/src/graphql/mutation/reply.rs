//! Replies of a brand to its customers.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::access::Care;
use entity::conversation;
use entity::ids::MessageId;
use entity::kinds::MessageVisibility;

use crate::deps::Deps;
use crate::domain::conversations::{self, NewReply, Unsent};
use crate::graphql::context::{ContextExt, care};
use crate::graphql::query::refused;
use crate::graphql::types::conversation::{ConversationSummary, Message, wording};
use crate::graphql::types::user_error::payload;

/// What to answer.
#[derive(InputObject)]
pub struct SendReplyInput {
    /// In which conversation.
    conversation_id: ID,
    /// The version that was seen: if it has changed since, a colleague may have answered, and nothing is sent. Left out, it is
    /// sent in any case.
    version: Option<i32>,
    /// The text, with places to be filled in as `Conversation.draftReply` says: 10,000 bytes at most.
    template: Option<String>,
    /// A macro instead of a text of its own.
    macro_id: Option<ID>,
    /// The version of the macro that was seen: if it has changed since, nothing is sent. Left out, it is sent as it is now.
    macro_version: Option<i32>,
    /// Who can read it where it goes.
    visibility: MessageVisibility,
    /// A key of the caller's choice, 200 characters at most: the same reply under the same key is sent once, however often it
    /// is asked for.
    idempotency_key: Option<String>,
}

/// Which reply to send again.
#[derive(InputObject)]
pub struct ResendReplyInput {
    /// Its message.
    message_id: ID,
}

payload! {
    /// What sending gives.
    SendReplyPayload {
        /// The conversation as it is now.
        conversation: ConversationSummary,
        /// The reply; `delivery` says how far it has come.
        message: Message,
    }
}

payload! {
    /// What sending again gives.
    ResendReplyPayload {
        /// The conversation as it is now.
        conversation: ConversationSummary,
        /// The reply; `delivery` says how far it has come.
        message: Message,
    }
}

/// Replies, from the brand's side.
#[derive(Default)]
pub struct ReplyMutation;

#[Object]
impl ReplyMutation {
    /// Answers a customer where they wrote. The template is filled in with what they let this brand see now, for CUSTOMER_CARE:
    /// a disclosure like that of `Query.profile`, recorded, and shown to the customer. A place that has neither a value nor a
    /// fallback is a mistake, and so is what is private in a public reply. The reply waits in an outbox, and goes out only while
    /// what it holds is shared: after a withdrawal it is WITHHELD. By mail this server sends it; on other channels the brand's
    /// own app does. For apps of the brand that are registered for CUSTOMER_CARE, its agents and executives.
    async fn send_reply(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to answer, and where.")] input: SendReplyInput,
    ) -> Result<SendReplyPayload> {
        let SendReplyInput { conversation_id, version, template, macro_id, macro_version, .. } = input;
        let (visibility, idempotency_key) = (input.visibility, input.idempotency_key);
        let new = NewReply {
            conversation: conversation_id.0,
            seen: version,
            wording: wording(template, macro_id, macro_version)?,
            visibility,
            idempotency: idempotency_key,
        };
        let (deps, care, reader) = (context.deps()?, care(context).await?, context.reader()?);
        match conversations::send(deps, (&care, &reader.claim), &new).await {
            Ok(sent) => {
                let (conversation, message) = shown(deps, &care, sent).await?;
                Ok(SendReplyPayload { conversation: Some(conversation), message, user_errors: Vec::new() })
            }
            Err(Unsent::Undisclosed(why)) => Err(refused(why)),
            Err(Unsent::Refused(refusal)) => SendReplyPayload::refused(refusal),
        }
    }

    /// Sends a reply again that is FAILED or UNCERTAIN; of the latter the customer may have one already. For apps of the brand
    /// that are registered for CUSTOMER_CARE, its agents and executives.
    async fn resend_reply(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which reply.")] input: ResendReplyInput,
    ) -> Result<ResendReplyPayload> {
        let (deps, care) = (context.deps()?, care(context).await?);
        match conversations::send_again(deps, &care, &input.message_id).await {
            Ok(sent) => {
                let (conversation, message) = shown(deps, &care, sent).await?;
                Ok(ResendReplyPayload { conversation: Some(conversation), message, user_errors: Vec::new() })
            }
            Err(refusal) => ResendReplyPayload::refused(refusal),
        }
    }
}

async fn shown(
    deps: &Deps,
    care: &Care,
    (row, message): (conversation::Model, MessageId),
) -> Result<(ConversationSummary, Option<Message>)> {
    let conversation = ConversationSummary::load_one(deps, care, row).await?;
    Ok((conversation, Message::load_one(deps, care, message).await?))
}

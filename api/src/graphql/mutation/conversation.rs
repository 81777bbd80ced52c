//! What a brand's people do with conversations.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::access::Care;

use crate::deps::Deps;
use crate::domain::Refusal;
use crate::domain::conversations::{self, Change};
use crate::graphql::context::{ContextExt, care};
use crate::graphql::types::conversation::ConversationSummary;
use crate::graphql::types::user_error::payload;

/// Who is to look after a conversation.
#[derive(InputObject)]
pub struct AssignConversationInput {
    /// Which one.
    conversation_id: ID,
    /// The version that was seen: if it has changed since, nothing is done. Left out, it is done in any case.
    version: Option<i32>,
    /// An agent or executive of the brand; null or left out: nobody.
    staff_id: Option<ID>,
    /// Why it is handed over, as a note among the brand's people; 2,000 characters at most.
    reason: Option<String>,
}

/// Which conversation is done.
#[derive(InputObject)]
pub struct ResolveConversationInput {
    /// Which one.
    conversation_id: ID,
    /// The version that was seen: if it has changed since, nothing is done. Left out, it is done in any case.
    version: Option<i32>,
}

/// Which conversation is not done after all.
#[derive(InputObject)]
pub struct ReopenConversationInput {
    /// Which one.
    conversation_id: ID,
    /// The version that was seen: if it has changed since, nothing is done. Left out, it is done in any case.
    version: Option<i32>,
}

/// What to note among the brand's people.
#[derive(InputObject)]
pub struct AddNoteInput {
    /// In which conversation.
    conversation_id: ID,
    /// The note: 2,000 characters at most. It is sent to nobody.
    text: String,
}

payload! {
    /// What handing over gives.
    AssignConversationPayload {
        /// The conversation as it is now.
        conversation: ConversationSummary,
    }
}

payload! {
    /// What resolving gives.
    ResolveConversationPayload {
        /// The conversation as it is now. What is written within 14 days opens it again.
        conversation: ConversationSummary,
    }
}

payload! {
    /// What reopening gives.
    ReopenConversationPayload {
        /// The conversation as it is now.
        conversation: ConversationSummary,
    }
}

payload! {
    /// What noting gives.
    AddNotePayload {
        /// The conversation as it is now; its newest message is what was said, not the note.
        conversation: ConversationSummary,
    }
}

/// Conversations, from the brand's side.
#[derive(Default)]
pub struct ConversationMutation;

#[Object]
impl ConversationMutation {
    /// Hands a conversation to somebody, such as an executive, or to nobody. For apps of the brand that are registered for
    /// CUSTOMER_CARE, its agents and executives.
    async fn assign_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who is to look after which conversation.")] input: AssignConversationInput,
    ) -> Result<AssignConversationPayload> {
        let AssignConversationInput { conversation_id, version, staff_id, reason } = input;
        let change = Change::Assign(staff_id.map(|id| id.0), reason);
        match done(context, &conversation_id, version, &change).await? {
            Ok(conversation) => {
                Ok(AssignConversationPayload { conversation: Some(conversation), user_errors: Vec::new() })
            }
            Err(refusal) => AssignConversationPayload::refused(refusal),
        }
    }

    /// Says that a conversation is done. For apps of the brand that are registered for CUSTOMER_CARE, its agents and
    /// executives.
    async fn resolve_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which conversation.")] input: ResolveConversationInput,
    ) -> Result<ResolveConversationPayload> {
        let ResolveConversationInput { conversation_id, version } = input;
        match done(context, &conversation_id, version, &Change::Resolve).await? {
            Ok(conversation) => {
                Ok(ResolveConversationPayload { conversation: Some(conversation), user_errors: Vec::new() })
            }
            Err(refusal) => ResolveConversationPayload::refused(refusal),
        }
    }

    /// Says that a resolved conversation is not done. For apps of the brand that are registered for CUSTOMER_CARE, its agents
    /// and executives.
    async fn reopen_conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which conversation.")] input: ReopenConversationInput,
    ) -> Result<ReopenConversationPayload> {
        let ReopenConversationInput { conversation_id, version } = input;
        match done(context, &conversation_id, version, &Change::Reopen).await? {
            Ok(conversation) => {
                Ok(ReopenConversationPayload { conversation: Some(conversation), user_errors: Vec::new() })
            }
            Err(refusal) => ReopenConversationPayload::refused(refusal),
        }
    }

    /// Writes a note among the brand's people. For apps of the brand that are registered for CUSTOMER_CARE, its agents and
    /// executives.
    async fn add_note(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to note, and where.")] input: AddNoteInput,
    ) -> Result<AddNotePayload> {
        let (deps, care) = (context.deps()?, care(context).await?);
        match conversations::note(deps, &care, &input.conversation_id, &input.text).await {
            Ok(row) => {
                let conversation = ConversationSummary::load_one(deps, &care, row).await?;
                Ok(AddNotePayload { conversation: Some(conversation), user_errors: Vec::new() })
            }
            Err(refusal) => AddNotePayload::refused(refusal),
        }
    }
}

async fn done(
    context: &Context<'_>,
    id: &ID,
    version: Option<i32>,
    change: &Change,
) -> Result<std::result::Result<ConversationSummary, Refusal>> {
    let (deps, care): (&Deps, Care) = (context.deps()?, care(context).await?);
    match conversations::change(deps, &care, id, version, change).await {
        Ok(row) => ConversationSummary::load_one(deps, &care, row).await.map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

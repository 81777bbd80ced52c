//! Who is looking at a conversation.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use entity::ids::ConversationId;
use uuid::Uuid;

use crate::domain::conversations;
use crate::graphql::context::{ContextExt, care, fault};
use crate::graphql::types::conversation::Presence;
use crate::graphql::types::user_error::payload;

/// What somebody does in a conversation.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub enum PresenceState {
    /// They look at it.
    Looking,
    /// They write.
    Writing,
    /// They have gone.
    Gone,
}

/// Where somebody is, and what they do.
#[derive(InputObject)]
pub struct ShowPresenceInput {
    /// In which conversation.
    conversation_id: ID,
    /// What they do there.
    state: PresenceState,
}

payload! {
    /// What showing oneself gives.
    ShowPresencePayload {
        /// Who is there now.
        present: Vec<Presence>,
    }
}

/// Who is looking at a conversation.
#[derive(Default)]
pub struct PresenceMutation;

#[Object]
impl PresenceMutation {
    /// Tells colleagues that one looks at a conversation, or writes in it: for 30 seconds, so give a sign every 20 or so. For agents
    /// and executives.
    async fn show_presence(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where, and what.")] input: ShowPresenceInput,
    ) -> Result<ShowPresencePayload> {
        let (deps, care, id) = (context.deps()?, care(context).await?, input.conversation_id);
        let does = match input.state {
            PresenceState::Looking => conversations::Presence::Looking,
            PresenceState::Writing => conversations::Presence::Writing,
            PresenceState::Gone => conversations::Presence::Gone,
        };
        match conversations::show_presence(deps, &care, &id, does).await {
            Ok(()) => {
                let conversation = id.parse().unwrap_or(ConversationId(Uuid::nil()));
                let found = conversations::present(deps, &care, conversation).await.map_err(fault)?;
                let present = found.into_iter().map(Into::into).collect();
                Ok(ShowPresencePayload { present: Some(present), user_errors: Vec::new() })
            }
            Err(refusal) => ShowPresencePayload::refused(refusal),
        }
    }
}

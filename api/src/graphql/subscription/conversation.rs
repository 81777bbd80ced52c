//! Conversations as they change.

use async_graphql::{Context, Enum, ID, Result, SimpleObject, Subscription};
use entity::access::Care;
use entity::ids::{ConversationId, MessageId};
use entity::kinds::NewsKind;
use entity::values::Timestamp;
use futures_util::stream::Stream;
use uuid::Uuid;

use super::{from, moment, only};
use crate::deps::Deps;
use crate::domain::conversations;
use crate::graphql::context::{ContextExt, care, fault};
use crate::graphql::types::conversation::Conversation;
use crate::live::{Happened, Topic};

/// What has happened to a conversation.
#[derive(Enum, Copy, Clone, PartialEq, Eq)]
pub enum ConversationNewsKind {
    /// Nothing yet: from here on everything is told. Read what there is now.
    Listening,
    /// The customer has written.
    MessageReceived,
    /// The customer has changed a message, or taken it back.
    MessageChanged,
    /// A reply has come further on its way, or has not.
    ReplyChanged,
    /// Somebody has answered, noted something, or changed who looks after it or where it stands.
    ConversationChanged,
    /// One of the brand's people looks at it, writes in it, or has gone.
    PresenceChanged,
}

/// Something that has happened to a conversation of the brand. For whoever answers for it.
#[derive(SimpleObject)]
pub struct ConversationNews {
    /// The same however often it is told; what happened about when a connection broke off may be told twice.
    id: ID,
    /// Where whoever breaks off goes on: give it as `after` within a day.
    cursor: String,
    /// What has happened.
    kind: ConversationNewsKind,
    /// When; of LISTENING when it began.
    at: Timestamp,
    /// The message that it happened to, if it was one.
    message_id: Option<ID>,
    /// The conversation as it is now; null of LISTENING. Its `profile` and `draftReply` are disclosures each time.
    conversation: Option<Conversation>,
}

#[derive(Default)]
pub struct ConversationSubscription;

#[Subscription]
impl ConversationSubscription {
    /// What happens to the brand's conversations, within a second or so, from whatever node; first that it is listened to. For
    /// apps of the brand that are registered for CUSTOMER_CARE, its agents and executives.
    #[graphql(complexity = "5 + child_complexity")]
    async fn conversation_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only what happens to this one.")] id: Option<ID>,
        #[graphql(desc = "A cursor of this subscription, of the last day: what has happened since comes first.")]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<ConversationNews>> + use<>> {
        let (care, moment) = (care(context).await?, moment(context)?);
        let Some(happened) = moment.happened() else {
            // An id that is none is one that nobody has.
            let conversation = id.map(|id| id.parse().unwrap_or(ConversationId(Uuid::nil())));
            moment.listen(Topic::Conversations { brand: care.brand(), conversation, from: from(after)? });
            return Ok(only(None));
        };
        Ok(only(show(context.deps()?, &care, happened).await.transpose()))
    }
}

async fn show(deps: &Deps, care: &Care, happened: &Happened) -> Result<Option<ConversationNews>> {
    let told = match happened {
        Happened::Begun(place) => {
            let at = deps.vault.clock.now();
            let (id, cursor, kind) = (ID::from("listening"), place.to_string(), ConversationNewsKind::Listening);
            return Ok(Some(ConversationNews { id, cursor, kind, at, message_id: None, conversation: None }));
        }
        Happened::News(told) => told,
        Happened::Looked(_) | Happened::Due => return Ok(None),
    };
    let (Some(kind), Some(conversation)) = (kind(told.news.kind), told.news.conversation_id) else { return Ok(None) };
    let row = conversations::find(deps, care, conversation).await.map_err(fault)?;
    let conversation = match row {
        Some(row) => Some(Conversation::load(deps, care, row).await?),
        None => None,
    };
    let message_id = told.news.message_id.map(|id: MessageId| id.into());
    let (id, cursor, at) = (ID::from(told.news.id.to_string()), told.place.to_string(), told.news.occurred_at);
    Ok(Some(ConversationNews { id, cursor, kind, at, message_id, conversation }))
}

const fn kind(kind: NewsKind) -> Option<ConversationNewsKind> {
    Some(match kind {
        NewsKind::MessageReceived => ConversationNewsKind::MessageReceived,
        NewsKind::MessageChanged => ConversationNewsKind::MessageChanged,
        NewsKind::ReplyChanged => ConversationNewsKind::ReplyChanged,
        NewsKind::ConversationChanged => ConversationNewsKind::ConversationChanged,
        NewsKind::PresenceChanged => ConversationNewsKind::PresenceChanged,
        NewsKind::GrantChanged => return None,
    })
}

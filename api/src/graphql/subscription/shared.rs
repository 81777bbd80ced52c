//! What a customer shares, for as long as they do.

use async_graphql::{Context, ID, Result, Subscription};
use entity::ids::ConversationId;
use entity::kinds::Purpose;
use entity::vault::Profile;
use futures_util::stream::Stream;
use uuid::Uuid;

use super::{Followed, moment, only};
use crate::domain::conversations;
use crate::failure::{Code, error};
use crate::graphql::context::{ContextExt, care, fault};
use crate::graphql::types::conversation::{self, Conversation};
use crate::live::Topic;

#[derive(Default)]
pub struct SharedSubscription;

#[Subscription]
impl SharedSubscription {
    /// The customer that a conversation is with, as far as they let this brand see: now, and again whenever their grant
    /// changes. When it has ended, or is not what it was, null comes, and the subscription ends: whoever shows something of
    /// them takes it away then. Each time is a disclosure like that of `Query.profile`: recorded, and shown to the customer.
    /// For apps of the brand that are registered for CUSTOMER_CARE, its agents and executives.
    #[graphql(complexity = "10 + child_complexity")]
    async fn shared_profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "With whom: the conversation.")] conversation_id: ID,
        #[graphql(desc = "Why: CUSTOMER_CARE, which is what conversations are for.")] purpose: Purpose,
    ) -> Result<impl Stream<Item = Result<Option<Profile>>> + use<>> {
        conversation::care_only(purpose)?;
        let (deps, care, moment) = (context.deps()?, care(context).await?, moment(context)?);
        if moment.happened().is_none() {
            moment.listen(Topic::Shared { brand: care.brand() });
            return Ok(only(None));
        }
        let id = conversation_id.parse().unwrap_or(ConversationId(Uuid::nil()));
        let row = conversations::find(deps, &care, id).await.map_err(fault)?;
        let row =
            row.ok_or_else(|| error(Code::BadUserInput, "`conversationId`: your brand has no such conversation"))?;
        let shared = Conversation::load(deps, &care, row).await?.disclose(context, purpose).await?;
        let followed = shared.as_ref().and_then(Profile::rests_on);
        moment.follow(followed.map(|(grant, until)| Followed { grant, until }));
        Ok(only(Some(Ok(shared))))
    }
}

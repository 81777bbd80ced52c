//! What a brand says to the end of a grant.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::values::Timestamp;

use crate::domain::consent;
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::types::user_error::payload;

/// What is said of which grant.
#[derive(InputObject)]
pub struct AcknowledgeEndingInput {
    /// The grant, which is over: `grantId` of `consent.withdrawn` and its like, or of `Brand.grantChanges`.
    grant_id: ID,
    /// Whether the brand has deleted what it held by it. Leave it out until it has.
    #[graphql(default)]
    deleted: bool,
}

payload! {
    /// What acknowledging gives.
    AcknowledgeEndingPayload {
        /// The grant's id.
        grant_id: ID,
        /// When the brand said first that it knows.
        acknowledged_at: Timestamp,
        /// When it said first that it has deleted what it held.
        deleted_at: Timestamp,
    }
}

/// Grants that are over, from the brand's side.
#[derive(Default)]
pub struct AcknowledgementMutation;

#[Object]
impl AcknowledgementMutation {
    /// Says that the brand knows of the end of a grant and, once it has, that it deleted what it held by it. The customer sees
    /// both. Saying it again changes nothing. For apps that are registered for the grant's purpose.
    async fn acknowledge_ending(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which grant, and what.")] input: AcknowledgeEndingInput,
    ) -> Result<AcknowledgeEndingPayload> {
        let (deps, caller) = (context.deps()?, caller(context).await?);
        match consent::acknowledge(deps, &caller, &input.grant_id, input.deleted).await {
            Ok(row) => Ok(AcknowledgeEndingPayload {
                grant_id: Some(row.id.into()),
                acknowledged_at: row.acknowledged_at,
                deleted_at: row.deleted_at,
                user_errors: Vec::new(),
            }),
            Err(refusal) => AcknowledgeEndingPayload::refused(refusal),
        }
    }
}

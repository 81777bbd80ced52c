//! Ending sessions: one, or all but this one.

use async_graphql::{Context, ID, InputObject, Object, Result};

use crate::domain::accounts;
use crate::graphql::context::ContextExt;
use crate::graphql::types::user_error::payload;

/// Which session to end.
#[derive(InputObject)]
pub struct EndSessionInput {
    /// Its id, from `me { sessions }`.
    session_id: ID,
}

payload! {
    /// What ending a session gives.
    EndSessionPayload {
        /// The session that is over: its tokens are refused from now on.
        ended_id: ID,
    }
}

payload! {
    /// What ending the others gives.
    EndOtherSessionsPayload {
        /// How many are over: their tokens are refused from now on.
        ended: i32,
    }
}

/// Where a customer is signed in.
#[derive(Default)]
pub struct DeviceSessionMutation;

#[Object]
impl DeviceSessionMutation {
    /// Ends one of the customer's sessions at once, be it this one. For customers.
    async fn end_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session.")] input: EndSessionInput,
    ) -> Result<EndSessionPayload> {
        match accounts::end_session(context.deps()?, context.owner()?, &input.session_id).await {
            Ok(id) => Ok(EndSessionPayload { ended_id: Some(id.into()), user_errors: Vec::new() }),
            Err(refusal) => EndSessionPayload::refused(refusal),
        }
    }

    /// Ends every session of the customer but this one, at once. For customers.
    async fn end_other_sessions(&self, context: &Context<'_>) -> Result<EndOtherSessionsPayload> {
        match accounts::end_other_sessions(context.deps()?, context.owner()?).await {
            Ok(ended) => {
                let ended = Some(i32::try_from(ended).unwrap_or(i32::MAX));
                Ok(EndOtherSessionsPayload { ended, user_errors: Vec::new() })
            }
            Err(refusal) => EndOtherSessionsPayload::refused(refusal),
        }
    }
}

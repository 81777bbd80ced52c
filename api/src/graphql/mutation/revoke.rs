//! What a brand can end by itself: it gives up a grant that it holds.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::kinds::{GrantState, Purpose};
use entity::values::Timestamp;

use crate::domain::consent::{self, Held};
use crate::domain::{Mistake, MistakeCode};
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::types::user_error::payload;

/// Which grant to give up: its id, or the brand's own id of the customer together with the purpose.
#[derive(InputObject)]
pub struct RevokeGrantInput {
    /// The grant's id, as `access` shows it.
    grant_id: Option<ID>,
    /// The brand's own id of the customer.
    profile_id: Option<ID>,
    /// For what the grant is; with `profileId`.
    purpose: Option<Purpose>,
}

payload! {
    /// What giving up a grant gives. From now on no request gets a value by it.
    RevokeGrantPayload {
        /// The grant's id.
        grant_id: ID,
        /// For what it was.
        purpose: Purpose,
        /// REVOKED.
        state: GrantState,
        /// When it ended.
        ended_at: Timestamp,
    }
}

/// Grants, from the brand's side.
#[derive(Default)]
pub struct RevokeMutation;

#[Object]
impl RevokeMutation {
    /// Gives up a grant of the app's own brand, for good; the customer sees that the brand ended it. What is no open grant
    /// of this brand, for a purpose that the app is registered for, is refused alike, whatever it is. For apps.
    async fn revoke_grant(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which grant.")] input: RevokeGrantInput,
    ) -> Result<RevokeGrantPayload> {
        let (deps, caller) = (context.deps()?, caller(context).await?);
        let Some(held) = held(input) else {
            let message = "name the grant by `grantId` alone, or by `profileId` and `purpose`";
            return RevokeGrantPayload::refused(Mistake::new(MistakeCode::Invalid, "", message).into());
        };
        match consent::revoke(deps, &caller, &held).await {
            Ok(row) => Ok(RevokeGrantPayload {
                grant_id: Some(row.id.into()),
                purpose: Some(row.purpose),
                state: Some(row.state),
                ended_at: row.ended_at,
                user_errors: Vec::new(),
            }),
            Err(refusal) => RevokeGrantPayload::refused(refusal),
        }
    }
}

fn held(input: RevokeGrantInput) -> Option<Held> {
    match (input.grant_id, input.profile_id, input.purpose) {
        (Some(grant), None, None) => Some(Held::Grant(grant.0)),
        (None, Some(profile), Some(purpose)) => Some(Held::Profile(profile.0, purpose)),
        _ => None,
    }
}

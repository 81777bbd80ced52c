//! Answering what an app asks at `/oauth/authorize`.

use async_graphql::{Context, InputObject, Object, Result};
use entity::scope::Scope;
use entity::values::{Locale, Timestamp, Unchecked};

use super::consent::GrantDifference;
use crate::domain::authorizations::{self, Authorize, Authorized};
use crate::graphql::context::ContextExt;
use crate::graphql::types::grant::{self, Grant};
use crate::graphql::types::user_error::payload;

/// What the customer gives.
#[derive(InputObject)]
pub struct AuthorizeAppInput {
    /// The request as /oauth/authorize has sealed it.
    #[graphql(secret)]
    request: String,
    /// What may be read of what is asked: what the customer chose. What is shared already stays so.
    scopes: Vec<Scope>,
    /// Until when; as long as was asked for if left out, and never longer.
    expires_at: Option<Unchecked<Timestamp>>,
    /// The language in which the notice was shown: its `locale`.
    locale: Option<Unchecked<Locale>>,
    /// From the first call of an answer that widens a live grant: the explicit second act.
    #[graphql(secret)]
    confirmation_token: Option<String>,
}

/// What the customer refuses.
#[derive(InputObject)]
pub struct RefuseAppInput {
    /// The request as /oauth/authorize has sealed it.
    #[graphql(secret)]
    request: String,
}

payload! {
    /// What answering gives. With a `confirmationToken` nothing is changed yet.
    AuthorizeAppPayload {
        /// Where to go: back to the app, with a code that holds for a minute.
        redirect_to: String,
        /// The grant as it is now.
        grant: Grant,
        /// What would become different, if it would allow more.
        difference: GrantDifference,
        /// To be sent with the same input again, once the customer has seen the difference.
        confirmation_token: String,
    }
}

payload! {
    /// What refusing gives.
    RefuseAppPayload {
        /// Where to go: back to the app, which learns that it was refused.
        redirect_to: String,
    }
}

/// Answers to apps.
#[derive(Default)]
pub struct AuthorizationMutation;

#[Object]
impl AuthorizationMutation {
    /// Gives all or part of what an app asks at /oauth/authorize, which makes or widens a grant as the answer to a consent
    /// request does, and leads back to the app with a code. Nothing is changed where all of it is shared already. A change
    /// that allows more first gives the difference and a confirmation token. For customers.
    async fn authorize_app(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is given.")] input: AuthorizeAppInput,
    ) -> Result<AuthorizeAppPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let input = Authorize {
            request: input.request,
            scopes: input.scopes,
            expires_at: input.expires_at,
            locale: input.locale,
            confirmation: input.confirmation_token,
        };
        match authorizations::authorize(deps, owner, input).await {
            Ok(Authorized::Back(to, row)) => Ok(AuthorizeAppPayload {
                redirect_to: Some(to),
                grant: grant::show(deps, owner, *row).await?,
                ..Default::default()
            }),
            Ok(Authorized::Confirm(row, difference, confirmation)) => Ok(AuthorizeAppPayload {
                grant: grant::show(deps, owner, *row).await?,
                difference: Some(difference.into()),
                confirmation_token: Some(confirmation),
                ..Default::default()
            }),
            Err(refusal) => AuthorizeAppPayload::refused(refusal),
        }
    }

    /// Refuses what an app asks at /oauth/authorize, and leads back to the app with `access_denied`. The brand cannot ask for
    /// the same purpose again for 90 days; where all of it is shared already, nothing is changed. For customers.
    async fn refuse_app(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is refused.")] input: RefuseAppInput,
    ) -> Result<RefuseAppPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        match authorizations::refuse(deps, owner, &input.request).await {
            Ok(to) => Ok(RefuseAppPayload { redirect_to: Some(to), ..Default::default() }),
            Err(refusal) => RefuseAppPayload::refused(refusal),
        }
    }
}

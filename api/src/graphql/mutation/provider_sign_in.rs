//! Signing in at a provider.

use async_graphql::{Context, InputObject, Object, Result};
use entity::values::Timestamp;

use super::account;
use crate::domain::providers::{self, Completed};
use crate::graphql::context::ContextExt;
use crate::graphql::types::customer::Customer;
use crate::graphql::types::session::{SecondFactorChallenge, Session};
use crate::graphql::types::user_error::payload;

/// Where to sign in.
#[derive(InputObject)]
pub struct StartProviderSignInInput {
    /// One of `linkProviders`.
    provider: String,
}

/// Which sign-in.
#[derive(InputObject)]
pub struct CompleteProviderSignInInput {
    /// The secret, from `startProviderSignIn`.
    #[graphql(secret)]
    secret: String,
}

payload! {
    /// What starting a sign-in at a provider gives.
    StartProviderSignInPayload {
        /// Where the browser goes now. It must be the browser that got this answer, with its cookie.
        authorization_url: String,
        /// To be given back when the browser has returned; it opens nothing before.
        secret: String,
        /// Until when the browser can return.
        expires_at: Timestamp,
    }
}

payload! {
    /// What completing a sign-in at a provider gives.
    CompleteProviderSignInPayload {
        /// The tokens of the new session.
        session: Session,
        /// The customer who has signed in.
        customer: Customer,
        /// Null unless the account has a second factor: then there is no session yet, and `completeSignIn` opens it.
        second_factor: SecondFactorChallenge,
    }
}

/// Signing in at a provider.
#[derive(Default)]
pub struct ProviderSignInMutation;

#[Object]
impl ProviderSignInMutation {
    /// Starts a sign-in at a provider whose account the customer has linked from inside. Nobody is made or merged by it,
    /// whatever address the provider knows. After a change of the password it has to be linked again. For anyone.
    async fn start_provider_sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where to sign in.")] input: StartProviderSignInInput,
    ) -> Result<StartProviderSignInPayload> {
        match providers::start(context.deps()?, &context.client(), &input.provider).await {
            Ok(started) => {
                context.give_cookie(&started.cookie);
                Ok(StartProviderSignInPayload {
                    authorization_url: Some(started.authorization_url),
                    secret: Some(started.secret),
                    expires_at: Some(started.expires_at),
                    user_errors: Vec::new(),
                })
            }
            Err(refusal) => StartProviderSignInPayload::refused(refusal),
        }
    }

    /// Completes it, once, within two minutes after the browser has returned. For whoever started it.
    async fn complete_provider_sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which sign-in.")] input: CompleteProviderSignInInput,
    ) -> Result<CompleteProviderSignInPayload> {
        let deps = context.deps()?;
        match providers::complete(deps, &context.client(), &input.secret).await {
            Ok(Completed::Session(session)) => {
                let customer = account::customer(deps, &session).await?;
                let session = Some(session.into());
                Ok(CompleteProviderSignInPayload { session, customer, ..Default::default() })
            }
            Ok(Completed::SecondFactor(half)) => {
                Ok(CompleteProviderSignInPayload { second_factor: Some(half.into()), ..Default::default() })
            }
            Err(refusal) => CompleteProviderSignInPayload::refused(refusal),
        }
    }
}

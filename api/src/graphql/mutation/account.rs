//! Signing up, in and out.

use async_graphql::{Context, InputObject, Object, Result};
use entity::access::Owner;
use entity::values::{EmailAddress, Unchecked};

use crate::deps::Deps;
use crate::domain::accounts::{self, Entrance, NewSession, SignedIn};
use crate::graphql::context::{ContextExt, fault};
use crate::graphql::types::customer::Customer;
use crate::graphql::types::session::{SecondFactorChallenge, Session};
use crate::graphql::types::user_error::payload;

/// What a new account needs.
#[derive(InputObject)]
pub struct SignUpInput {
    /// The address to sign in with.
    email: Unchecked<EmailAddress>,
    /// 8 to 128 characters, hard to guess; no other rules.
    #[graphql(secret)]
    password: String,
    /// What to call the customer; shared with brands under NAME only.
    display_name: Option<String>,
}

/// What signing in needs.
#[derive(InputObject)]
pub struct SignInInput {
    /// The address of the account.
    email: Unchecked<EmailAddress>,
    /// Its password.
    #[graphql(secret)]
    password: String,
    /// The device token that this device was given when it last signed in to the account. With it, others who guess at the
    /// account do not lock this device out.
    #[graphql(secret)]
    device_token: Option<String>,
}

/// What continuing a session needs.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The refresh token, as it was given last.
    #[graphql(secret)]
    refresh_token: String,
}

payload! {
    /// What signing up gives.
    SignUpPayload {
        /// The tokens of the new session.
        session: Session,
        /// The new customer.
        customer: Customer,
        /// To keep on this device and to send with its next sign-in to this account. By itself it opens nothing.
        device_token: String,
    }
}

payload! {
    /// What signing in gives.
    SignInPayload {
        /// The tokens of the new session.
        session: Session,
        /// The customer.
        customer: Customer,
        /// To keep on this device and to send with its next sign-in to this account. By itself it opens nothing.
        device_token: String,
        /// Null unless the account has a second factor: then there is no session yet, and `completeSignIn` opens it.
        second_factor: SecondFactorChallenge,
    }
}

payload! {
    /// What continuing a session gives.
    RefreshSessionPayload {
        /// The session's new tokens; the old refresh token is used up.
        session: Session,
    }
}

payload! {
    /// What signing out gives.
    SignOutPayload {
        /// Whether the session is over: its tokens are refused from now on.
        signed_out: bool,
    }
}

/// Accounts and sessions.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Creates an account and signs in. For anyone. It may say that an address is taken, so how often it is called from one
    /// network address is limited (RATE_LIMITED).
    async fn sign_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The account's first details.")] input: SignUpInput,
    ) -> Result<SignUpPayload> {
        let deps = context.deps()?;
        let SignUpInput { email, password, display_name } = input;
        let input = accounts::SignUp { email, password, display_name };
        match accounts::sign_up(deps, &context.client(), input).await {
            Ok(SignedIn { session, device_token }) => {
                let customer = customer(deps, &session).await?;
                let (session, device_token) = (Some(session.into()), Some(device_token));
                Ok(SignUpPayload { session, customer, device_token, user_errors: Vec::new() })
            }
            Err(refusal) => SignUpPayload::refused(refusal),
        }
    }

    /// Signs in. For anyone. Every wrong pair gets the same answer after the same time. How often an account is guessed at,
    /// and from one network address, is limited (RATE_LIMITED). One such call per operation.
    async fn sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Address and password.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let deps = context.deps()?;
        let SignInInput { email, password, device_token } = input;
        let input = accounts::SignIn { email, password, device_token };
        match accounts::sign_in(deps, &context.client(), input).await {
            Ok(Entrance::Open(signed_in)) => {
                let SignedIn { session, device_token } = *signed_in;
                let customer = customer(deps, &session).await?;
                let (session, device_token) = (Some(session.into()), Some(device_token));
                Ok(SignInPayload { session, customer, device_token, ..Default::default() })
            }
            Ok(Entrance::SecondFactor(half)) => {
                Ok(SignInPayload { second_factor: Some(half.into()), ..Default::default() })
            }
            Err(refusal) => SignInPayload::refused(refusal),
        }
    }

    /// Gives the next access token for a refresh token. For whoever holds it; a second use ends the session.
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: RefreshSessionInput,
    ) -> Result<RefreshSessionPayload> {
        match accounts::refresh(context.deps()?, &input.refresh_token).await {
            Ok(session) => Ok(RefreshSessionPayload { session: Some(session.into()), user_errors: Vec::new() }),
            Err(refusal) => RefreshSessionPayload::refused(refusal),
        }
    }

    /// Ends the session of the access token at once. For customers.
    async fn sign_out(&self, context: &Context<'_>) -> Result<SignOutPayload> {
        match accounts::sign_out(context.deps()?, context.owner()?).await {
            Ok(()) => Ok(SignOutPayload { signed_out: Some(true), user_errors: Vec::new() }),
            Err(refusal) => SignOutPayload::refused(refusal),
        }
    }
}

/// The customer who is asking.
pub(super) fn customer_of(owner: &Owner) -> Customer {
    Customer::new(*owner)
}

/// The customer of a session that was just opened.
pub(super) async fn customer(deps: &Deps, session: &NewSession) -> Result<Option<Customer>> {
    let owner = Owner::check(deps.vault.store.reader(), &session.claim, &deps.vault.clock).await.map_err(fault)?;
    Ok(owner.map(Customer::new))
}

//! A forgotten password: set anew by a code that is mailed to the account's address.

use async_graphql::{Context, InputObject, Object, Result};
use entity::values::{EmailAddress, Unchecked};
use entity::vault::find::Recovery;

use super::account::customer;
use crate::domain::accounts::{self, Entrance, SignedIn};
use crate::graphql::context::ContextExt;
use crate::graphql::types::customer::Customer;
use crate::graphql::types::session::{SecondFactorChallenge, Session};
use crate::graphql::types::user_error::payload;

/// Whose password was forgotten.
#[derive(InputObject)]
pub struct StartPasswordResetInput {
    /// The address of the account.
    email: Unchecked<EmailAddress>,
}

/// The proof and the new password.
#[derive(InputObject)]
pub struct CompletePasswordResetInput {
    /// The address of the account.
    email: Unchecked<EmailAddress>,
    /// The code from the mail: six digits, good for 15 minutes and ten tries.
    #[graphql(secret)]
    code: String,
    /// The password from now on: 8 to 128 characters, hard to guess.
    #[graphql(secret)]
    password: String,
}

payload! {
    /// What starting a reset gives: the same for every address.
    StartPasswordResetPayload {
        /// True whenever the address has the form of one.
        accepted: bool,
    }
}

payload! {
    /// What completing a reset gives.
    CompletePasswordResetPayload {
        /// The tokens of the new session; every other one is over.
        session: Session,
        /// The customer.
        customer: Customer,
        /// To keep on this device and to send with its next sign-in to this account. By itself it opens nothing.
        device_token: String,
        /// Null unless the account has a second factor: then there is no session yet, and `completeSignIn` opens it.
        second_factor: SecondFactorChallenge,
    }
}

/// Forgotten passwords.
#[derive(Default)]
pub struct RecoveryMutation;

#[Object]
impl RecoveryMutation {
    /// Mails a code to the address, if there is an account with it. For anyone; the answer, and how long it takes, is the
    /// same for every address. How many codes one network address asks for is limited (RATE_LIMITED).
    async fn start_password_reset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which account.")] input: StartPasswordResetInput,
    ) -> Result<StartPasswordResetPayload> {
        match accounts::start_recovery(context.deps()?, &context.client(), &input.email, Recovery::Reset).await {
            Ok(()) => Ok(StartPasswordResetPayload { accepted: Some(true), user_errors: Vec::new() }),
            Err(refusal) => StartPasswordResetPayload::refused(refusal),
        }
    }

    /// Sets a new password, ends every session and signs in. The customer is told by mail. For whoever holds the mailed
    /// code.
    async fn complete_password_reset(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof and the new password.")] input: CompletePasswordResetInput,
    ) -> Result<CompletePasswordResetPayload> {
        let deps = context.deps()?;
        let CompletePasswordResetInput { email, code, password } = input;
        let input = accounts::Complete { email, code, password };
        match accounts::complete_recovery(deps, &context.client(), input, Recovery::Reset).await {
            Ok(Entrance::Open(signed_in)) => {
                let SignedIn { session, device_token } = *signed_in;
                let customer = customer(deps, &session).await?;
                let (session, device_token) = (Some(session.into()), Some(device_token));
                Ok(CompletePasswordResetPayload { session, customer, device_token, ..Default::default() })
            }
            Ok(Entrance::SecondFactor(half)) => {
                Ok(CompletePasswordResetPayload { second_factor: Some(half.into()), ..Default::default() })
            }
            Err(refusal) => CompletePasswordResetPayload::refused(refusal),
        }
    }
}

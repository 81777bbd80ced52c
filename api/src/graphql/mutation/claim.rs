//! Claiming an account that an import has made.

use async_graphql::{Context, InputObject, Object, Result};
use entity::values::{EmailAddress, Unchecked};
use entity::vault::find::Recovery;

use super::account::customer;
use crate::domain::accounts::{self, Entrance, SignedIn};
use crate::graphql::context::ContextExt;
use crate::graphql::types::customer::Customer;
use crate::graphql::types::session::{SecondFactorChallenge, Session};
use crate::graphql::types::user_error::payload;

/// Which account to claim.
#[derive(InputObject)]
pub struct StartClaimInput {
    /// The address that was imported.
    email: Unchecked<EmailAddress>,
}

/// The proof and the new password.
#[derive(InputObject)]
pub struct CompleteClaimInput {
    /// The address that was imported.
    email: Unchecked<EmailAddress>,
    /// The code from the mail: six digits, good for 15 minutes and ten tries.
    #[graphql(secret)]
    code: String,
    /// The password from now on.
    #[graphql(secret)]
    password: String,
}

payload! {
    /// What starting a claim gives: the same for every address.
    StartClaimPayload {
        /// True whenever the address has the form of one.
        accepted: bool,
    }
}

payload! {
    /// What completing a claim gives.
    CompleteClaimPayload {
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

/// Claiming imported accounts.
#[derive(Default)]
pub struct ClaimMutation;

#[Object]
impl ClaimMutation {
    /// Mails a code to an imported customer's address. For anyone; the answer is the same whether or not there is such
    /// an account.
    async fn start_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which account.")] input: StartClaimInput,
    ) -> Result<StartClaimPayload> {
        match accounts::start_recovery(context.deps()?, &context.client(), &input.email, Recovery::Claim).await {
            Ok(()) => Ok(StartClaimPayload { accepted: Some(true), user_errors: Vec::new() }),
            Err(refusal) => StartClaimPayload::refused(refusal),
        }
    }

    /// Sets the first password of an imported account and signs in. For whoever holds the mailed code.
    async fn complete_claim(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof and the new password.")] input: CompleteClaimInput,
    ) -> Result<CompleteClaimPayload> {
        let deps = context.deps()?;
        let CompleteClaimInput { email, code, password } = input;
        let input = accounts::Complete { email, code, password };
        match accounts::complete_recovery(deps, &context.client(), input, Recovery::Claim).await {
            Ok(Entrance::Open(signed_in)) => {
                let SignedIn { session, device_token } = *signed_in;
                let customer = customer(deps, &session).await?;
                let (session, device_token) = (Some(session.into()), Some(device_token));
                Ok(CompleteClaimPayload { session, customer, device_token, ..Default::default() })
            }
            Ok(Entrance::SecondFactor(half)) => {
                Ok(CompleteClaimPayload { second_factor: Some(half.into()), ..Default::default() })
            }
            Err(refusal) => CompleteClaimPayload::refused(refusal),
        }
    }
}

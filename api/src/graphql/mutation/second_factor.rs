//! The second factor: setting it up, taking it away, and the second step of a sign-in.

use async_graphql::{Context, InputObject, Object, OneofObject, Result};
use entity::vault::Owned;

use super::account::customer;
use crate::domain::accounts::{self, SecondFactor, SignedIn};
use crate::graphql::context::ContextExt;
use crate::graphql::types::customer::Customer;
use crate::graphql::types::passkey::AuthenticationResponse;
use crate::graphql::types::session::Session;
use crate::graphql::types::user_error::payload;

/// The second step of a sign-in.
#[derive(InputObject)]
pub struct CompleteSignInInput {
    /// From `secondFactor` of the first step.
    #[graphql(secret)]
    token: String,
    /// The second factor.
    #[graphql(secret)]
    proof: SecondFactorInput,
    /// The device token that this device was given when it last signed in to the account.
    #[graphql(secret)]
    device_token: Option<String>,
}

/// One second factor.
#[derive(OneofObject)]
pub enum SecondFactorInput {
    /// The six digits that the authenticator shows. Each is accepted once.
    #[graphql(secret)]
    AuthenticatorCode(String),
    /// One of the recovery codes. Each is accepted once.
    #[graphql(secret)]
    RecoveryCode(String),
    /// What the browser has found by the options of `startPasskeySecondFactor`.
    #[graphql(secret)]
    Passkey(AuthenticationResponse),
}

/// A code of the new authenticator.
#[derive(InputObject)]
pub struct ConfirmAuthenticatorInput {
    /// The six digits that it shows.
    #[graphql(secret)]
    code: String,
}

payload! {
    /// What the second step gives.
    CompleteSignInPayload {
        /// The tokens of the new session.
        session: Session,
        /// The customer.
        customer: Customer,
        /// To keep on this device and to send with its next sign-in to this account. By itself it opens nothing.
        device_token: String,
    }
}

payload! {
    /// What an authenticator app needs. It is shown once.
    StartAuthenticatorPayload {
        /// In base 32, to type in (RFC 6238: six digits, 30 seconds, SHA-1).
        secret: Owned<String>,
        /// The same as an address of the scheme `otpauth`, to show as a picture.
        uri: Owned<String>,
    }
}

payload! {
    /// What putting it into use gives.
    ConfirmAuthenticatorPayload {
        /// Ten codes, each of which stands in for the authenticator once. They are shown once: keep them.
        recovery_codes: Owned<Vec<String>>,
    }
}

payload! {
    /// What taking it away gives.
    RemoveSecondFactorPayload {
        /// True if it is gone. Without passkeys the password is enough from now on.
        removed: bool,
    }
}

payload! {
    /// What renewing the recovery codes gives.
    RenewRecoveryCodesPayload {
        /// Ten codes, each of which stands in for the authenticator once. They are shown once: keep them.
        recovery_codes: Owned<Vec<String>>,
    }
}

/// Second factors.
#[derive(Default)]
pub struct SecondFactorMutation;

#[Object]
impl SecondFactorMutation {
    /// The second step of a sign-in, for accounts that have a second factor. For whoever has the token of the first step. How
    /// often it is guessed at is limited (RATE_LIMITED).
    async fn complete_sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The token and the second factor.")] input: CompleteSignInInput,
    ) -> Result<CompleteSignInPayload> {
        let deps = context.deps()?;
        let proof = match input.proof {
            SecondFactorInput::AuthenticatorCode(code) => SecondFactor::Code(code),
            SecondFactorInput::RecoveryCode(code) => SecondFactor::RecoveryCode(code),
            SecondFactorInput::Passkey(credential) => SecondFactor::Passkey(credential.0),
        };
        let input = accounts::CompleteSignIn { token: input.token, proof, device_token: input.device_token };
        match accounts::complete_sign_in(deps, &context.client(), input).await {
            Ok(SignedIn { session, device_token }) => {
                let customer = customer(deps, &session).await?;
                let (session, device_token) = (Some(session.into()), Some(device_token));
                Ok(CompleteSignInPayload { session, customer, device_token, user_errors: Vec::new() })
            }
            Err(refusal) => CompleteSignInPayload::refused(refusal),
        }
    }

    /// Makes the secret of an authenticator. Sign-ins want it once `confirmAuthenticator` has seen a code of it. For
    /// customers, with a proof of the last ten minutes (`stepUp`).
    async fn start_authenticator(&self, context: &Context<'_>) -> Result<StartAuthenticatorPayload> {
        match accounts::start_authenticator(context.deps()?, context.owner()?).await {
            Ok(new) => {
                Ok(StartAuthenticatorPayload { secret: Some(new.secret), uri: Some(new.uri), user_errors: Vec::new() })
            }
            Err(refusal) => StartAuthenticatorPayload::refused(refusal),
        }
    }

    /// Puts the authenticator into use: sign-ins take two steps from now on, and every other session ends. The customer is
    /// told by mail. For customers.
    async fn confirm_authenticator(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A code of it.")] input: ConfirmAuthenticatorInput,
    ) -> Result<ConfirmAuthenticatorPayload> {
        match accounts::confirm_authenticator(context.deps()?, context.owner()?, &input.code).await {
            Ok(codes) => Ok(ConfirmAuthenticatorPayload { recovery_codes: Some(codes), user_errors: Vec::new() }),
            Err(refusal) => ConfirmAuthenticatorPayload::refused(refusal),
        }
    }

    /// Takes the authenticator away, and the recovery codes unless there are passkeys that they stand in for. Every other
    /// session ends. The customer is told by mail. For customers, with a proof of the last ten minutes (`stepUp`).
    async fn remove_second_factor(&self, context: &Context<'_>) -> Result<RemoveSecondFactorPayload> {
        match accounts::remove_second_factor(context.deps()?, context.owner()?).await {
            Ok(()) => Ok(RemoveSecondFactorPayload { removed: Some(true), user_errors: Vec::new() }),
            Err(refusal) => RemoveSecondFactorPayload::refused(refusal),
        }
    }

    /// Replaces the recovery codes by ten new ones. Every other session ends. The customer is told by mail. For customers,
    /// with a proof of the last ten minutes (`stepUp`).
    async fn renew_recovery_codes(&self, context: &Context<'_>) -> Result<RenewRecoveryCodesPayload> {
        match accounts::renew_recovery_codes(context.deps()?, context.owner()?).await {
            Ok(codes) => Ok(RenewRecoveryCodesPayload { recovery_codes: Some(codes), user_errors: Vec::new() }),
            Err(refusal) => RenewRecoveryCodesPayload::refused(refusal),
        }
    }
}

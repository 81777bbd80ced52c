//! Passkeys: registering, naming and removing them, and signing in by one.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::values::Timestamp;
use entity::vault::Owned;

use super::account::customer;
use crate::domain::accounts::{self, Asked, Registered, SignedIn};
use crate::graphql::context::ContextExt;
use crate::graphql::types::customer::Customer;
use crate::graphql::types::passkey::{
    AuthenticationResponse, CreationOptions, Passkey, RegistrationResponse, RequestOptions,
};
use crate::graphql::types::session::Session;
use crate::graphql::types::user_error::payload;

/// A new passkey.
#[derive(InputObject)]
pub struct ConfirmPasskeyInput {
    /// What the browser has made by the options of `startPasskey`.
    #[graphql(secret)]
    credential: RegistrationResponse,
    /// What to call it, such as "Key ring" or "Phone": at most 64 characters; "Passkey" if left out.
    nickname: Option<String>,
}

/// Another name for a passkey.
#[derive(InputObject)]
pub struct RenamePasskeyInput {
    /// Its id, from `me { passkeys }`.
    passkey_id: ID,
    /// What to call it: at most 64 characters.
    nickname: String,
}

/// Which passkey to remove.
#[derive(InputObject)]
pub struct RemovePasskeyInput {
    /// Its id, from `me { passkeys }`.
    passkey_id: ID,
}

/// The first step of a sign-in whose second is a passkey.
#[derive(InputObject)]
pub struct StartPasskeySecondFactorInput {
    /// From `secondFactor` of the first step.
    #[graphql(secret)]
    token: String,
}

/// A passkey that signs in by itself.
#[derive(InputObject)]
pub struct CompletePasskeySignInInput {
    /// What the browser has found by the options of `startPasskeySignIn`.
    #[graphql(secret)]
    credential: AuthenticationResponse,
    /// The device token that this device was given when it last signed in to the account.
    #[graphql(secret)]
    device_token: Option<String>,
}

payload! {
    /// What asking for a new passkey gives.
    StartPasskeyPayload {
        /// For the browser.
        options: Owned<CreationOptions>,
        /// Until when its answer counts: five minutes.
        expires_at: Timestamp,
    }
}

payload! {
    /// What registering a passkey gives.
    ConfirmPasskeyPayload {
        /// The passkey.
        passkey: Passkey,
        /// Ten codes, each of which stands in for the second factor once. They are shown once: keep them. Null if there are
        /// some already.
        recovery_codes: Owned<Vec<String>>,
    }
}

payload! {
    /// What naming a passkey gives.
    RenamePasskeyPayload {
        /// The passkey.
        passkey: Passkey,
    }
}

payload! {
    /// What removing a passkey gives.
    RemovePasskeyPayload {
        /// The passkey that opens nothing any more.
        removed_id: ID,
    }
}

payload! {
    /// What asking for a passkey gives.
    StartPasskeySignInPayload {
        /// For the browser.
        options: Owned<RequestOptions>,
        /// Until when its answer counts: five minutes.
        expires_at: Timestamp,
    }
}

payload! {
    /// What asking for a passkey beside the password gives.
    StartPasskeySecondFactorPayload {
        /// For the browser.
        options: Owned<RequestOptions>,
        /// Until when its answer counts: five minutes.
        expires_at: Timestamp,
    }
}

payload! {
    /// What asking for a passkey within a session gives.
    StartPasskeyStepUpPayload {
        /// For the browser.
        options: Owned<RequestOptions>,
        /// Until when its answer counts: five minutes.
        expires_at: Timestamp,
    }
}

payload! {
    /// What a sign-in by a passkey gives.
    CompletePasskeySignInPayload {
        /// The tokens of the new session.
        session: Session,
        /// The customer.
        customer: Customer,
        /// To keep on this device and to send with its next sign-in to this account. By itself it opens nothing.
        device_token: String,
    }
}

/// Passkeys.
#[derive(Default)]
pub struct PasskeyMutation;

#[Object]
impl PasskeyMutation {
    /// Asks for a new passkey (Web Authentication, Level 3): one that the authenticator finds by itself and checks its user
    /// for. Attestation is not asked for. For customers, with a proof of the last ten minutes (`stepUp`).
    async fn start_passkey(&self, context: &Context<'_>) -> Result<StartPasskeyPayload> {
        match accounts::start_passkey(context.deps()?, context.owner()?).await {
            Ok(Asked { options, expires_at }) => {
                let options = Some(options.map(CreationOptions));
                Ok(StartPasskeyPayload { options, expires_at: Some(expires_at), user_errors: Vec::new() })
            }
            Err(refusal) => StartPasskeyPayload::refused(refusal),
        }
    }

    /// Puts a passkey into use: it opens the account, and sign-ins with the password take a second step from now on. The
    /// customer is told by mail. For customers, in the session that has started it.
    async fn confirm_passkey(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The passkey.")] input: ConfirmPasskeyInput,
    ) -> Result<ConfirmPasskeyPayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        match accounts::confirm_passkey(deps, owner, &input.credential.0, input.nickname.as_deref()).await {
            Ok(Registered { passkey, recovery_codes }) => {
                Ok(ConfirmPasskeyPayload { passkey: Some(passkey.into()), recovery_codes, user_errors: Vec::new() })
            }
            Err(refusal) => ConfirmPasskeyPayload::refused(refusal),
        }
    }

    /// Gives a passkey another name. For customers.
    async fn rename_passkey(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and the name.")] input: RenamePasskeyInput,
    ) -> Result<RenamePasskeyPayload> {
        match accounts::rename_passkey(context.deps()?, context.owner()?, &input.passkey_id, &input.nickname).await {
            Ok(passkey) => Ok(RenamePasskeyPayload { passkey: Some(passkey.into()), user_errors: Vec::new() }),
            Err(refusal) => RenamePasskeyPayload::refused(refusal),
        }
    }

    /// Takes a passkey away at once and ends every other session. The customer is told by mail. For customers, with a proof
    /// of the last ten minutes (`stepUp`).
    async fn remove_passkey(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: RemovePasskeyInput,
    ) -> Result<RemovePasskeyPayload> {
        match accounts::remove_passkey(context.deps()?, context.owner()?, &input.passkey_id).await {
            Ok(id) => Ok(RemovePasskeyPayload { removed_id: Some(id.into()), user_errors: Vec::new() }),
            Err(refusal) => RemovePasskeyPayload::refused(refusal),
        }
    }

    /// Asks for any passkey of this server. For anyone; how often from one network address is limited (RATE_LIMITED).
    async fn start_passkey_sign_in(&self, context: &Context<'_>) -> Result<StartPasskeySignInPayload> {
        match accounts::start_passkey_sign_in(context.deps()?, &context.client()).await {
            Ok(Asked { options, expires_at }) => {
                let options = Some(options.map(RequestOptions));
                Ok(StartPasskeySignInPayload { options, expires_at: Some(expires_at), user_errors: Vec::new() })
            }
            Err(refusal) => StartPasskeySignInPayload::refused(refusal),
        }
    }

    /// Signs in by a passkey alone, in one step. For anyone. One that opens no account gets the same answer whatever the
    /// reason; how often it is tried from one network address is limited (RATE_LIMITED).
    async fn complete_passkey_sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The passkey.")] input: CompletePasskeySignInInput,
    ) -> Result<CompletePasskeySignInPayload> {
        let deps = context.deps()?;
        let CompletePasskeySignInInput { credential, device_token } = input;
        match accounts::complete_passkey_sign_in(deps, &context.client(), &credential.0, device_token).await {
            Ok(SignedIn { session, device_token }) => {
                let customer = customer(deps, &session).await?;
                let (session, device_token) = (Some(session.into()), Some(device_token));
                Ok(CompletePasskeySignInPayload { session, customer, device_token, user_errors: Vec::new() })
            }
            Err(refusal) => CompletePasskeySignInPayload::refused(refusal),
        }
    }

    /// Asks for a passkey of the account as the second step of a sign-in; `completeSignIn` takes it. For whoever has the token
    /// of the first step.
    async fn start_passkey_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first step.")] input: StartPasskeySecondFactorInput,
    ) -> Result<StartPasskeySecondFactorPayload> {
        let asked = accounts::start_passkey_second_factor(context.deps()?, &context.client(), &input.token).await;
        match asked {
            Ok(Asked { options, expires_at }) => {
                let options = Some(options.map(RequestOptions));
                Ok(StartPasskeySecondFactorPayload { options, expires_at: Some(expires_at), user_errors: Vec::new() })
            }
            Err(refusal) => StartPasskeySecondFactorPayload::refused(refusal),
        }
    }

    /// Asks for one of the customer's passkeys, for `stepUp`. For customers.
    async fn start_passkey_step_up(&self, context: &Context<'_>) -> Result<StartPasskeyStepUpPayload> {
        match accounts::start_passkey_step_up(context.deps()?, context.owner()?).await {
            Ok(Asked { options, expires_at }) => {
                let options = Some(options.map(RequestOptions));
                Ok(StartPasskeyStepUpPayload { options, expires_at: Some(expires_at), user_errors: Vec::new() })
            }
            Err(refusal) => StartPasskeyStepUpPayload::refused(refusal),
        }
    }
}

//! Changing password and address, and proving once more who is asking.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use entity::values::{EmailAddress, Timestamp, Unchecked};

use super::account::customer_of;
use crate::domain::accounts::{self, AddressChallenge};
use crate::graphql::context::ContextExt;
use crate::graphql::types::customer::Customer;
use crate::graphql::types::passkey::AuthenticationResponse;
use crate::graphql::types::user_error::payload;

/// What changing the password needs.
#[derive(InputObject)]
pub struct ChangePasswordInput {
    /// The password as it is.
    #[graphql(secret)]
    current_password: String,
    /// The password from now on: 8 to 128 characters, hard to guess.
    #[graphql(secret)]
    password: String,
}

/// What changing the address needs.
#[derive(InputObject)]
pub struct ChangeEmailInput {
    /// The address to sign in with from now on.
    email: Unchecked<EmailAddress>,
}

/// The proof of the new address.
#[derive(InputObject)]
pub struct CompleteEmailChangeInput {
    /// The challenge of `changeEmail`.
    challenge_id: ID,
    /// The code from the mail to the new address: six digits, good for 15 minutes and ten tries.
    #[graphql(secret)]
    code: String,
}

/// What takes a change of the address back.
#[derive(InputObject)]
pub struct UndoEmailChangeInput {
    /// What was mailed to the old address.
    #[graphql(secret)]
    token: String,
}

/// One proof of who is asking.
#[derive(OneofObject)]
pub enum StepUpInput {
    /// The password.
    #[graphql(secret)]
    Password(String),
    /// The six digits that the authenticator shows. Each is accepted once.
    #[graphql(secret)]
    AuthenticatorCode(String),
    /// What the browser has found by the options of `startPasskeyStepUp`.
    #[graphql(secret)]
    Passkey(AuthenticationResponse),
    /// A code from the mail that `startStepUp` sends.
    Code(MailedCodeInput),
}

/// A code that was mailed.
#[derive(InputObject)]
pub struct MailedCodeInput {
    /// The challenge that it answers.
    challenge_id: ID,
    /// Six digits, good for 15 minutes and ten tries.
    #[graphql(secret)]
    code: String,
}

/// A code that is on its way to an address. For the customer only.
#[derive(SimpleObject)]
pub struct MailedChallenge {
    /// To be named with the code.
    id: ID,
    /// Until when the code holds.
    expires_at: Timestamp,
}

impl From<AddressChallenge> for MailedChallenge {
    fn from(challenge: AddressChallenge) -> Self {
        Self { id: challenge.id.into(), expires_at: challenge.expires_at }
    }
}

payload! {
    /// What changing the password gives.
    ChangePasswordPayload {
        /// True if it is changed: every other session is over.
        changed: bool,
    }
}

payload! {
    /// What asking for another address gives.
    ChangeEmailPayload {
        /// The code that is on its way to the new address.
        challenge: MailedChallenge,
    }
}

payload! {
    /// What changing the address gives.
    CompleteEmailChangePayload {
        /// The customer, with the new address.
        customer: Customer,
    }
}

payload! {
    /// What taking a change back gives.
    UndoEmailChangePayload {
        /// True if the address is what it was: every session is over, and a new password is set by `startPasswordReset`.
        undone: bool,
    }
}

payload! {
    /// What asking for a code gives.
    StartStepUpPayload {
        /// The code that is on its way to the customer's address.
        challenge: MailedChallenge,
    }
}

payload! {
    /// What a proof gives.
    StepUpPayload {
        /// Until when this session may do what weighs most.
        proven_until: Timestamp,
    }
}

/// How an account is opened.
#[derive(Default)]
pub struct CredentialsMutation;

#[Object]
impl CredentialsMutation {
    /// Changes the password and ends every other session. The customer is told by mail. For customers.
    async fn change_password(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Both passwords.")] input: ChangePasswordInput,
    ) -> Result<ChangePasswordPayload> {
        let ChangePasswordInput { current_password, password } = input;
        let input = accounts::ChangePassword { current: current_password, new: password };
        match accounts::change_password(context.deps()?, context.owner()?, input).await {
            Ok(()) => Ok(ChangePasswordPayload { changed: Some(true), user_errors: Vec::new() }),
            Err(refusal) => ChangePasswordPayload::refused(refusal),
        }
    }

    /// Mails a code to the address that the customer wants to sign in with. For customers, with a proof of the last ten
    /// minutes (`stepUp`).
    async fn change_email(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The new address.")] input: ChangeEmailInput,
    ) -> Result<ChangeEmailPayload> {
        match accounts::change_email(context.deps()?, context.owner()?, &context.client(), &input.email).await {
            Ok(challenge) => Ok(ChangeEmailPayload { challenge: Some(challenge.into()), user_errors: Vec::new() }),
            Err(refusal) => ChangeEmailPayload::refused(refusal),
        }
    }

    /// Lets the customer sign in with the new address from now on, and ends every other session. Both addresses are told by
    /// mail, and the old one can take it back for seven days. For customers.
    async fn complete_email_change(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof of the address.")] input: CompleteEmailChangeInput,
    ) -> Result<CompleteEmailChangePayload> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        match accounts::complete_email_change(deps, owner, &input.challenge_id, &input.code).await {
            Ok(()) => Ok(CompleteEmailChangePayload { customer: Some(customer_of(owner)), user_errors: Vec::new() }),
            Err(refusal) => CompleteEmailChangePayload::refused(refusal),
        }
    }

    /// Takes a change of the address back, and every later one: ends every session and clears the password. For whoever holds
    /// what was mailed to the old address.
    async fn undo_email_change(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was mailed.")] input: UndoEmailChangeInput,
    ) -> Result<UndoEmailChangePayload> {
        match accounts::undo_email_change(context.deps()?, &input.token).await {
            Ok(()) => Ok(UndoEmailChangePayload { undone: Some(true), user_errors: Vec::new() }),
            Err(refusal) => UndoEmailChangePayload::refused(refusal),
        }
    }

    /// Mails a code to the customer, for `stepUp`. For customers.
    async fn start_step_up(&self, context: &Context<'_>) -> Result<StartStepUpPayload> {
        match accounts::start_step_up(context.deps()?, context.owner()?).await {
            Ok(challenge) => Ok(StartStepUpPayload { challenge: Some(challenge.into()), user_errors: Vec::new() }),
            Err(refusal) => StartStepUpPayload::refused(refusal),
        }
    }

    /// Proves that this session is still its customer's, for ten minutes; a sign-in does too. Wanted for giving a brand more
    /// of what is sensitive, for the export, for changing the address and for erasing. For customers.
    async fn step_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof.")] input: StepUpInput,
    ) -> Result<StepUpPayload> {
        let proof = match input {
            StepUpInput::Password(password) => accounts::Proof::Password(password),
            StepUpInput::AuthenticatorCode(code) => accounts::Proof::Authenticator(code),
            StepUpInput::Passkey(credential) => accounts::Proof::Passkey(credential.0),
            StepUpInput::Code(MailedCodeInput { challenge_id, code }) => {
                accounts::Proof::Code { challenge: challenge_id.0, code }
            }
        };
        match accounts::step_up(context.deps()?, context.owner()?, proof).await {
            Ok(until) => Ok(StepUpPayload { proven_until: Some(until), user_errors: Vec::new() }),
            Err(refusal) => StepUpPayload::refused(refusal),
        }
    }
}

//! The root of writes, merged from one file per noun. What is a customer's is written by that customer only; a brand's app
//! publishes its brand's notices and asks for consent, which changes nothing of anybody's, and gives up its own grants. A
//! brand's administrators look after its apps and people; whoever answers for it sees to its conversations.

pub mod account;
pub mod acknowledgement;
pub mod app;
pub mod authorization;
pub mod claim;
pub mod consent;
pub mod conversation;
pub mod credentials;
pub mod device_session;
pub mod link;
pub mod notice;
pub mod passkey;
pub mod presence;
pub mod provider_sign_in;
pub mod recovery;
pub mod reply;
pub mod reply_macro;
pub mod request;
pub mod revoke;
pub mod rights;
pub mod second_factor;
pub mod sender;
pub mod sharing;
pub mod staff;
pub mod switches;
pub mod webhook;

use async_graphql::{MaybeUndefined, MergedObject};

use crate::domain::sharing::Change;

/// Writes. Each takes one `input` and gives a payload with `userErrors`; if there are any, nothing was changed.
#[derive(MergedObject, Default)]
pub struct Mutation(
    account::AccountMutation,
    claim::ClaimMutation,
    recovery::RecoveryMutation,
    device_session::DeviceSessionMutation,
    credentials::CredentialsMutation,
    second_factor::SecondFactorMutation,
    passkey::PasskeyMutation,
    sharing::SharingMutation,
    link::LinkMutation,
    provider_sign_in::ProviderSignInMutation,
    consent::ConsentMutation,
    switches::SwitchMutation,
    revoke::RevokeMutation,
    acknowledgement::AcknowledgementMutation,
    request::RequestMutation,
    authorization::AuthorizationMutation,
    notice::NoticeMutation,
    rights::RightsMutation,
    staff::StaffMutation,
    app::AppMutation,
    conversation::ConversationMutation,
    presence::PresenceMutation,
    reply::ReplyMutation,
    reply_macro::MacroMutation,
    sender::SenderMutation,
    webhook::WebhookMutation,
);

/// Left out keeps, null clears, a value sets.
fn change<T>(value: MaybeUndefined<T>) -> Change<T> {
    match value {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(value),
    }
}

//! Typed ids: a UUID in the tables, an opaque text with its kind in front everywhere else.
//!
//! The text is `kind_` and the base64url of the 16 bytes (RFC 4648 section 5, unpadded). Ids are never reused.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use uuid::Uuid;

/// A text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of kind `{0}`")]
pub struct NotThisKind(pub &'static str);

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType, serde::Serialize, serde::Deserialize)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What stands before the underscore of the text.
            pub const KIND: &'static str = $prefix;
        }

        /// Primary keys of tables want this; ids are never counted up, so there is no way to make one.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64($prefix))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotThisKind;

            fn from_str(text: &str) -> Result<Self, NotThisKind> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(|body| URL_SAFE_NO_PAD.decode(body).ok())
                    .and_then(|bytes| Uuid::from_slice(&bytes).ok())
                    .map($name)
                    .ok_or(NotThisKind($prefix))
            }
        }
    )*};
}

typed_ids! {
    /// A customer. Never leaves towards a brand: brands know a [`ProfileId`].
    CustomerId = "customer";
    /// A customer as one brand knows them: pairwise, so that two brands cannot compare.
    ProfileId = "profile";
    /// A brand.
    BrandId = "brand";
    /// An OAuth client of a brand.
    AppId = "app";
    /// A grant; stays the same across its versions.
    GrantId = "grant";
    /// Something that happened to a customer's consents. Ordered by time (UUID version 7).
    ConsentEventId = "event";
    /// A brand's ask for consent.
    ConsentRequestId = "request";
    /// A brand's notice; stays the same across its versions.
    NoticeId = "notice";
    /// The signed proof of a consent event.
    ReceiptId = "receipt";
    /// Something that happened to a grant, as its brand's feed names it.
    ChangeId = "change";
    /// Something to be done after a change.
    JobId = "job";
    /// A proven tie of a customer to an account on a channel.
    LinkId = "link";
    /// Something a customer needs right now.
    ContextId = "context";
    /// A code that was sent to prove a handle.
    ChallengeId = "challenge";
    /// An act in a brand's audit trail. Ordered by time (UUID version 7).
    AuditEntryId = "audit";
    /// Somebody who works for a brand.
    StaffId = "staff";
    /// A signed-in device of staff.
    StaffSessionId = "staffsession";
    /// A signed-in device.
    SessionId = "session";
    /// A passkey.
    PasskeyId = "passkey";
    /// An address that was signed in with before.
    FormerLoginId = "former";
    /// An access token of an app.
    TokenId = "token";
    /// What an app got by asking one customer: a code, and the tokens after it.
    FamilyId = "family";
    /// Somebody who writes to a brand from one account: pairwise, whether they are a customer here or not.
    CorrespondentId = "correspondent";
    /// What somebody and a brand say to each other about one thing.
    ConversationId = "conversation";
    /// A template of replies that a brand's people share. Ordered by time (UUID version 7).
    MacroId = "macro";
    /// One message of a conversation. Ordered by time of arrival (UUID version 7).
    MessageId = "message";
    /// Something that an app is told by its webhook. Ordered by time (UUID version 7).
    WebhookDeliveryId = "delivery";
    /// One recorded read by a brand. Ordered by time (UUID version 7).
    DisclosureId = "disclosure";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_own_text() {
        let id = GrantId(Uuid::from_u128(7));
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let id = GrantId(Uuid::from_u128(7)).to_string();
        assert_eq!(id.parse::<LinkId>(), Err(NotThisKind("link")));
        assert!("grant_".parse::<GrantId>().is_err());
        assert!("grant_AAAA".parse::<GrantId>().is_err());
    }
}

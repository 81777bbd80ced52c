//! Closed lists: purposes, states, outcomes. Scopes have a module of their own, [`crate::scope`].

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "String(sea_orm::sea_query::StringLen::N(32))")]
        pub enum $name {
            $($(#[$item_doc])* #[serde(rename = $text)] #[sea_orm(string_value = $text)] $item,)*
        }

        impl $name {
            /// Every value, in the order of its declaration.
            pub const ALL: &'static [Self] = &[$(Self::$item),*];

            /// The name in GraphQL, in files and in the tables.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$item => $text,)* }
            }

            /// The value of that name.
            #[must_use]
            pub fn find(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        }
    };
}

mod conversation;
mod staff;
mod webhook;

pub use conversation::{ConversationStatus, DeliveryState, MessageKind, MessageVisibility, NewsKind};
pub use staff::{StaffRole, StaffSessionEnd, StaffStatus};
pub use webhook::{WebhookDeliveryState, WebhookEvent, WebhookFault};

closed_list! {
    /// Why data is read. Each operation declares exactly one; a grant is for exactly one.
    Purpose {
        /// Answering the customer and solving what they wrote about.
        CustomerCare = "CUSTOMER_CARE",
        /// Adapting the service to the customer.
        Personalisation = "PERSONALISATION",
        /// Suggesting products or events that fit.
        Recommendations = "RECOMMENDATIONS",
        /// Advertising to the customer directly.
        DirectMarketing = "DIRECT_MARKETING",
        /// Counting how the service is used.
        Analytics = "ANALYTICS",
    }
}

closed_list! {
    /// Where a grant stands. Only ACTIVE permits reads, and only between its two dates.
    GrantState {
        /// Permits reads between `validFrom` and `expiresAt`.
        Active = "ACTIVE",
        /// Halted by the customer, who can resume it.
        Paused = "PAUSED",
        /// Ended by the customer.
        Withdrawn = "WITHDRAWN",
        /// Ended by somebody else: the brand, the operator, an authority.
        Revoked = "REVOKED",
        /// Ended by its date.
        Expired = "EXPIRED",
        /// Found never to have been valid.
        Invalidated = "INVALIDATED",
    }
}

closed_list! {
    /// What happened to a grant. Appended, never changed.
    ConsentEventKind {
        /// The customer gave it.
        Given = "GIVEN",
        /// Fewer scopes or a shorter time.
        Narrowed = "NARROWED",
        /// More scopes, after an explicit second act.
        Widened = "WIDENED",
        /// The same for a longer time, after an explicit second act.
        Renewed = "RENEWED",
        /// Halted by the customer.
        Paused = "PAUSED",
        /// Continued by the customer.
        Resumed = "RESUMED",
        /// Ended by the customer.
        Withdrawn = "WITHDRAWN",
        /// Ended by somebody else.
        Revoked = "REVOKED",
        /// Ended by its date.
        Expired = "EXPIRED",
        /// Found never to have been valid.
        Invalidated = "INVALIDATED",
        /// A brand's request was refused; no grant is concerned.
        Refused = "REFUSED",
        /// Direct marketing was switched off for every brand; no single grant is concerned.
        MarketingBlocked = "MARKETING_BLOCKED",
        /// The customer switched direct marketing on again; grants permit it as far as they did.
        MarketingAllowed = "MARKETING_ALLOWED",
        /// The customer erased everything; every grant has ended.
        Erased = "ERASED",
    }
}

closed_list! {
    /// Who caused a consent event.
    ConsentActor {
        /// The customer.
        Customer = "CUSTOMER",
        /// The brand that held the grant.
        Brand = "BRAND",
        /// The operator, through the command line.
        Operator = "OPERATOR",
        /// The clock.
        Clock = "CLOCK",
    }
}

closed_list! {
    /// How consent was expressed.
    ConsentMethod {
        /// Through the API: no page of ours was seen.
        Api = "API",
        /// Brought by an import: given elsewhere.
        Imported = "IMPORTED",
        /// In answer to a brand's request, beside the notice that it names.
        Request = "REQUEST",
    }
}

closed_list! {
    /// Where a customer stands with a consent request that they have opened. The brand is told a [`RequestStatus`], which
    /// does not depend on it.
    RequestState {
        /// Waits for their answer.
        Requested = "REQUESTED",
        /// The customer gave all or part.
        Given = "GIVEN",
        /// The customer refused.
        Refused = "REFUSED",
        /// Waits no longer: its time is up, or somebody else was the first to give. This takes effect whether or not it
        /// was written down.
        Lapsed = "LAPSED",
    }
}

closed_list! {
    /// Where a consent request stands, which is what its brand is told. Only PENDING can be opened and answered.
    RequestStatus {
        /// Not given, for whatever reason: nobody has opened it, somebody has, or they refused.
        Pending = "PENDING",
        /// The customer gave all or part.
        Given = "GIVEN",
        /// Its time is up, and it was not given.
        Lapsed = "LAPSED",
    }
}

closed_list! {
    /// Why a field holds a value or is null.
    AccessStatus {
        /// A live grant permits it.
        Granted = "GRANTED",
        /// The grant does not cover this scope.
        NotGranted = "NOT_GRANTED",
        /// The customer has halted the grant, or direct marketing by anybody.
        Paused = "PAUSED",
        /// The grant covered this scope once; the customer took it back.
        Withdrawn = "WITHDRAWN",
        /// The grant has reached its date.
        Expired = "EXPIRED",
    }
}

closed_list! {
    /// Whether a customer's account is in use.
    CustomerStatus {
        /// Signed up, or claimed.
        Active = "ACTIVE",
        /// Imported: nobody can sign in until the account is claimed by a mailed code.
        Unclaimed = "UNCLAIMED",
        /// Erased: the row stays so that the log and the brands' evidence hold; nothing personal is left.
        Erased = "ERASED",
    }
}

closed_list! {
    /// What is to be done after a change.
    JobKind {
        /// Mail the customer the receipts that were not mailed yet.
        MailReceipts = "MAIL_RECEIPTS",
        /// Destroy the data key of a customer who was erased.
        FinishErasure = "FINISH_ERASURE",
        /// Delete what still counts the codes that were sent for a customer who was erased.
        ForgetCodes = "FORGET_CODES",
        /// Remind the customer of the handles that have to be proven again soon.
        RemindOfProofs = "REMIND_OF_PROOFS",
        /// Tell the customer of the links that somebody else's proof has ended.
        TellOfTakeovers = "TELL_OF_TAKEOVERS",
        /// Forget the addresses that the customer signed in with before, once no change of them can be taken back.
        ForgetLogins = "FORGET_LOGINS",
    }
}

closed_list! {
    /// What somebody was sent to a provider for.
    AttemptKind {
        /// To prove a handle.
        Link = "LINK",
        /// To sign in.
        SignIn = "SIGN_IN",
        /// Somebody has come back to sign in, and their browser may fetch the session.
        SignedIn = "SIGNED_IN",
    }
}

closed_list! {
    /// What a passkey answers a challenge for.
    PasskeyPurpose {
        /// To be registered.
        Register = "REGISTER",
        /// To sign in by itself.
        SignIn = "SIGN_IN",
        /// To be the second step of a sign-in.
        SecondFactor = "SECOND_FACTOR",
        /// To prove that a session is still its customer's.
        StepUp = "STEP_UP",
    }
}

closed_list! {
    /// What acts through an app.
    AppKind {
        /// A program with credentials of its own.
        Client = "CLIENT",
        /// The brand's staff: it has no credentials, and bounds what they may read.
        Console = "CONSOLE",
    }
}

closed_list! {
    /// Whether an app may call.
    AppStatus {
        /// May call.
        Active = "ACTIVE",
        /// Refused until it is active again; its grants stay.
        Suspended = "SUSPENDED",
    }
}

closed_list! {
    /// What was done to a brand's apps and people.
    AuditAct {
        /// The brand was registered.
        BrandRegistered = "BRAND_REGISTERED",
        /// The brand got another name.
        BrandRenamed = "BRAND_RENAMED",
        /// The operator said under which account customers write to the brand.
        AccountRegistered = "ACCOUNT_REGISTERED",
        /// An app was registered.
        AppRegistered = "APP_REGISTERED",
        /// Scopes, purposes or addresses of an app were changed.
        AppUpdated = "APP_UPDATED",
        /// An app got a new secret.
        AppSecretRotated = "APP_SECRET_ROTATED",
        /// An app got other keys to sign in by.
        AppKeysSet = "APP_KEYS_SET",
        /// The secret before the newest was ended.
        AppOldSecretEnded = "APP_OLD_SECRET_ENDED",
        /// An app was suspended.
        AppSuspended = "APP_SUSPENDED",
        /// A suspended app may call again.
        AppResumed = "APP_RESUMED",
        /// The deliveries of an app's webhook are signed by a new secret.
        WebhookSecretRotated = "WEBHOOK_SECRET_ROTATED",
        /// A webhook that was switched off is told again.
        WebhookEnabled = "WEBHOOK_ENABLED",
        /// A macro was written, or written anew.
        MacroWritten = "MACRO_WRITTEN",
        /// A macro was taken out of use.
        MacroRetired = "MACRO_RETIRED",
        /// Somebody was invited to work for the brand.
        StaffInvited = "STAFF_INVITED",
        /// Somebody accepted their invitation.
        StaffJoined = "STAFF_JOINED",
        /// Somebody got another role.
        StaffRoleChanged = "STAFF_ROLE_CHANGED",
        /// Somebody was removed, or an invitation was taken back.
        StaffRemoved = "STAFF_REMOVED",
    }
}

closed_list! {
    /// Why a family of an app's tokens ended before its grant.
    FamilyEnd {
        /// Its code was used twice, so one of the two users is a thief.
        CodeReused = "CODE_REUSED",
        /// One of its refresh tokens was used twice.
        TokenReused = "TOKEN_REUSED",
        /// The app has given it back.
        GivenBack = "GIVEN_BACK",
    }
}

closed_list! {
    /// Why a session ended.
    SessionEnd {
        /// The customer signed out.
        SignedOut = "SIGNED_OUT",
        /// A refresh token was used twice, so one of the two users is a thief.
        TokenReused = "TOKEN_REUSED",
        /// The account was claimed, which ends what went before.
        Claimed = "CLAIMED",
        /// The customer ended it from another session.
        Ended = "ENDED",
        /// The password was changed or set anew.
        PasswordChanged = "PASSWORD_CHANGED",
        /// The address to sign in with was changed, or such a change was taken back.
        EmailChanged = "EMAIL_CHANGED",
        /// A passkey was removed, and whoever has it may have opened some.
        PasskeyRemoved = "PASSKEY_REMOVED",
        /// An authenticator was put into use or removed, or the recovery codes were replaced.
        SecondFactorChanged = "SECOND_FACTOR_CHANGED",
        /// The customer erased everything.
        Erased = "ERASED",
    }
}

closed_list! {
    /// Why a link ended.
    LinkEnd {
        /// The customer removed it.
        Unlinked = "UNLINKED",
        /// Somebody else proved the handle or the account later.
        TakenOver = "TAKEN_OVER",
        /// The account was recovered, and this was linked before anybody had proven its address.
        Recovered = "RECOVERED",
        /// The customer erased everything; the row says nothing of what it was.
        Erased = "ERASED",
    }
}

impl Purpose {
    /// The bit of this purpose in an app's registration.
    #[must_use]
    pub const fn bit(self) -> i64 {
        1 << (self as i64)
    }

    /// Whether the customer's switch against direct marketing governs it, whatever was granted.
    #[must_use]
    pub const fn is_marketing(self) -> bool {
        matches!(self, Self::DirectMarketing)
    }

    /// The purpose's term in the W3C Data Privacy Vocabulary.
    #[must_use]
    pub const fn dpv_term(self) -> &'static str {
        match self {
            Self::CustomerCare => "https://w3id.org/dpv#CommunicationForCustomerCare",
            Self::Personalisation => "https://w3id.org/dpv#ServicePersonalisation",
            Self::Recommendations => "https://w3id.org/dpv#ProvidePersonalisedRecommendations",
            Self::DirectMarketing => "https://w3id.org/dpv#DirectMarketing",
            Self::Analytics => "https://w3id.org/dpv#ServiceUsageAnalytics",
        }
    }

    /// The purpose in the customer's words.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::CustomerCare => "To answer you and help you",
            Self::Personalisation => "To adapt the service to you",
            Self::Recommendations => "To suggest what might fit you",
            Self::DirectMarketing => "To send you advertising",
            Self::Analytics => "To count how the service is used",
        }
    }
}

impl GrantState {
    /// Neither ended nor expired by an event: at most one such grant per customer, brand and purpose.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }
}

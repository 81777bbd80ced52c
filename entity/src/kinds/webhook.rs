//! Closed lists about what brands' apps are told by their webhooks.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::{ConsentEventKind, DeliveryState};

closed_list! {
    /// What an app can be told. In a delivery its `type` is written as in the tables: `consent.withdrawn`.
    WebhookEvent {
        /// Somebody shares something with the brand.
        ConsentGiven = "consent.given",
        /// A grant was narrowed, widened, renewed, paused or resumed.
        ConsentAmended = "consent.amended",
        /// The customer has ended a grant.
        ConsentWithdrawn = "consent.withdrawn",
        /// Somebody else has ended a grant.
        ConsentRevoked = "consent.revoked",
        /// A grant has ended by its date.
        ConsentExpired = "consent.expired",
        /// A grant was found never to have been valid.
        ConsentInvalidated = "consent.invalidated",
        /// A customer whom the brand knows, or knew, has erased everything.
        CustomerErased = "customer.erased",
        /// A customer has written to the brand.
        MessageReceived = "message.received",
        /// A customer has changed what they wrote.
        MessageEdited = "message.edited",
        /// A customer has taken back what they wrote.
        MessageDeleted = "message.deleted",
        /// A reply waits for the app that sends on its channel.
        ReplyQueued = "reply.queued",
        /// The channel has taken a reply.
        ReplySent = "reply.sent",
        /// The channel says that a reply has arrived.
        ReplyDelivered = "reply.delivered",
        /// A reply has not gone out, and will not by itself.
        ReplyFailed = "reply.failed",
        /// Whether a reply has gone out cannot be known.
        ReplyUncertain = "reply.uncertain",
        /// A reply has not gone out because it holds what is not shared any more.
        ReplyWithheld = "reply.withheld",
        /// An administrator tries the webhook.
        WebhookTest = "webhook.test",
    }
}

closed_list! {
    /// Where a delivery stands.
    WebhookDeliveryState {
        /// It is tried until the address has taken it.
        Waiting = "WAITING",
        /// The address has taken it.
        Delivered = "DELIVERED",
        /// It was tried for three days. It can be replayed.
        Failed = "FAILED",
    }
}

closed_list! {
    /// Why an attempt did not deliver.
    WebhookFault {
        /// The address answered with something else than success; a redirect is none.
        Refused = "REFUSED",
        /// Nobody answered in time, or not as TLS and HTTP want it.
        Unreached = "UNREACHED",
        /// The name leads to an address that is not public; nothing was sent.
        NotPublic = "NOT_PUBLIC",
    }
}

impl WebhookEvent {
    /// What a brand is told of an event of its grants; `None` if it concerns no grant.
    #[must_use]
    pub const fn of_consent(kind: ConsentEventKind) -> Option<Self> {
        use ConsentEventKind as Kind;
        Some(match kind {
            Kind::Given => Self::ConsentGiven,
            Kind::Narrowed | Kind::Widened | Kind::Renewed | Kind::Paused | Kind::Resumed => Self::ConsentAmended,
            Kind::Withdrawn => Self::ConsentWithdrawn,
            Kind::Revoked => Self::ConsentRevoked,
            Kind::Expired => Self::ConsentExpired,
            Kind::Invalidated => Self::ConsentInvalidated,
            Kind::Refused | Kind::MarketingBlocked | Kind::MarketingAllowed | Kind::Erased => return None,
        })
    }

    /// What a brand is told of how far a reply has come; `None` while somebody is sending it.
    #[must_use]
    pub const fn of_reply(state: DeliveryState) -> Option<Self> {
        Some(match state {
            DeliveryState::Queued => Self::ReplyQueued,
            DeliveryState::Sending => return None,
            DeliveryState::Sent => Self::ReplySent,
            DeliveryState::Delivered => Self::ReplyDelivered,
            DeliveryState::Failed => Self::ReplyFailed,
            DeliveryState::Uncertain => Self::ReplyUncertain,
            DeliveryState::Withheld => Self::ReplyWithheld,
        })
    }
}

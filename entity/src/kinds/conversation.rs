//! Closed lists about what customers and brands say to each other.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

closed_list! {
    /// Where a conversation stands.
    ConversationStatus {
        /// The brand has something to do.
        Open = "OPEN",
        /// The customer has the word: the brand's clock stands still.
        Pending = "PENDING",
        /// Done. What is written within 14 days opens it again.
        Resolved = "RESOLVED",
    }
}

closed_list! {
    /// What a message of a conversation is.
    MessageKind {
        /// Written to the brand.
        Inbound = "INBOUND",
        /// Written by the brand.
        Outbound = "OUTBOUND",
        /// A note among the brand's people: it is sent to nobody.
        Note = "NOTE",
    }
}

closed_list! {
    /// Who can read a message where it was written.
    MessageVisibility {
        /// Anybody.
        Public = "PUBLIC",
        /// The two sides only.
        Private = "PRIVATE",
    }
}

closed_list! {
    /// How far a reply has come that was written here.
    DeliveryState {
        /// It waits for its turn, or for whoever sends for this channel.
        Queued = "QUEUED",
        /// It is on its way just now.
        Sending = "SENDING",
        /// The channel has taken it.
        Sent = "SENT",
        /// The channel says that it has arrived.
        Delivered = "DELIVERED",
        /// The channel has refused it for good, or has not taken it within three days. Nobody has read it.
        Failed = "FAILED",
        /// Whether the channel has taken it cannot be known. It is not sent again by itself.
        Uncertain = "UNCERTAIN",
        /// It holds what the customer does not share any more, or they have erased everything: it has not gone out.
        Withheld = "WITHHELD",
    }
}

impl DeliveryState {
    /// Whether nobody has got it, nor will without somebody's doing.
    #[must_use]
    pub const fn is_unsent(self) -> bool {
        matches!(self, Self::Failed | Self::Withheld)
    }
}

closed_list! {
    /// What happened that somebody may be watching.
    NewsKind {
        /// A customer has written.
        MessageReceived = "MESSAGE_RECEIVED",
        /// A message was changed or taken back by its author.
        MessageChanged = "MESSAGE_CHANGED",
        /// A reply has come further on its way, or has not.
        ReplyChanged = "REPLY_CHANGED",
        /// Somebody has answered, noted something, or changed who looks after the conversation or where it stands.
        ConversationChanged = "CONVERSATION_CHANGED",
        /// One of the brand's people looks at it, writes, or has gone.
        PresenceChanged = "PRESENCE_CHANGED",
        /// A grant was given, changed or has ended.
        GrantChanged = "GRANT_CHANGED",
    }
}

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

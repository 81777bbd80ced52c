//! Closed lists about the people who work for brands.

use async_graphql::Enum;
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

use super::Purpose;

closed_list! {
    /// What somebody may do for a brand.
    StaffRole {
        /// Answers customers: reads profiles for CUSTOMER_CARE.
        Agent = "AGENT",
        /// Takes over from agents: reads profiles for CUSTOMER_CARE.
        Executive = "EXECUTIVE",
        /// Looks after apps and staff. Reads no profile.
        Admin = "ADMIN",
    }
}

closed_list! {
    /// Where somebody stands with a brand that they work for.
    StaffStatus {
        /// Invited, and has not accepted.
        Invited = "INVITED",
        /// Can sign in.
        Active = "ACTIVE",
        /// Gone; the row stays for the audit trail and says nothing of who it was.
        Removed = "REMOVED",
    }
}

closed_list! {
    /// Why a session of staff ended.
    StaffSessionEnd {
        /// They signed out.
        SignedOut = "SIGNED_OUT",
        /// A refresh token was used twice, so one of the two users is a thief.
        TokenReused = "TOKEN_REUSED",
        /// They got another role.
        RoleChanged = "ROLE_CHANGED",
        /// They were removed.
        Removed = "REMOVED",
    }
}

impl StaffRole {
    /// The purposes for which somebody in this role may read profiles, as [`Purpose::bit`]s.
    #[must_use]
    pub const fn purposes(self) -> i64 {
        match self {
            Self::Agent | Self::Executive => Purpose::CustomerCare.bit(),
            Self::Admin => 0,
        }
    }

    /// As customers are told who looked.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Agent => "a care agent",
            Self::Executive => "an executive",
            Self::Admin => "an administrator",
        }
    }
}

//! Every way in which a customer takes something back. One more is one more variant: what it is called with, and what it
//! ends.

use serde_json::{Value, json};

use super::history::{Permission, Scope};
use crate::chance::Chance;

/// A reduction by the customer. Suspending an app is the operator's, see [`super::suspender`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// The area leaves the grant.
    Narrow,
    /// The grant's end comes within a fraction of a second.
    Shorten,
    /// The grant halts.
    Pause,
    /// The grant ends.
    Withdraw,
    /// All grants end.
    WithdrawEverything,
}

impl Reduction {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Narrow, Self::Shorten, Self::Pause, Self::Withdraw, Self::WithdrawEverything];

    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Shorten => "shorten",
            Self::Pause => "pause",
            Self::Withdraw => "withdraw",
            Self::WithdrawEverything => "everything",
        }
    }

    /// Which one a cycle begins its ending with.
    pub fn pick(chance: &mut Chance) -> Self {
        *chance.pick(&Self::ALL)
    }

    /// The mutation, its input and what to select of its payload, for a grant that may get this end.
    pub fn call(self, grant: &str, expires_at: &str) -> (&'static str, Value) {
        match self {
            Self::Narrow => ("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] })),
            Self::Shorten => ("amendConsent", json!({ "grantId": grant, "expiresAt": expires_at })),
            Self::Pause => ("pauseConsent", json!({ "grantId": grant })),
            Self::Withdraw => ("withdrawConsent", json!({ "grantId": grant })),
            Self::WithdrawEverything => ("withdrawEverything", json!({})),
        }
    }

    /// Whether it ends this permission of the customer.
    pub fn ends(self, permission: &Permission) -> bool {
        match self {
            Self::Narrow => permission.purpose == 0 && permission.scope == Scope::Area,
            Self::Shorten | Self::Pause | Self::Withdraw => permission.purpose == 0,
            Self::WithdrawEverything => true,
        }
    }
}

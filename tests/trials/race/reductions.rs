//! Every way in which something is taken back. One more is one more variant: what it is called with, and what it ends.

use serde_json::{Value, json};
use tests::chance::Chance;

use super::history::{Permission, Scope};
use crate::site::BRAND;

/// A reduction by the customer, or by the brand that gives up what it holds. Suspending an app is the operator's, see
/// [`super::suspender`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// The area leaves the grant.
    Narrow,
    /// The grant's end comes within a fraction of a second.
    Shorten,
    /// The grant halts.
    Pause,
    /// All grants halt.
    PauseEverything,
    /// Direct marketing is switched off, for all brands.
    BlockMarketing,
    /// The brand gives up the grant.
    Revoke,
    /// The grant ends.
    Withdraw,
    /// All grants of the brand end.
    WithdrawFromBrand,
    /// All grants end.
    WithdrawEverything,
    /// The account is erased.
    Erase,
}

impl Reduction {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Narrow,
        Self::Shorten,
        Self::Pause,
        Self::PauseEverything,
        Self::BlockMarketing,
        Self::Revoke,
        Self::Withdraw,
        Self::WithdrawFromBrand,
        Self::WithdrawEverything,
        Self::Erase,
    ];

    /// Its name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Shorten => "shorten",
            Self::Pause => "pause",
            Self::PauseEverything => "pause everything",
            Self::BlockMarketing => "no marketing",
            Self::Revoke => "revoke",
            Self::Withdraw => "withdraw",
            Self::WithdrawFromBrand => "from the brand",
            Self::WithdrawEverything => "everything",
            Self::Erase => "erase",
        }
    }

    /// Which one a cycle begins its ending with; an erasure in so many of a hundred cycles, because coming back is slow.
    pub fn pick(chance: &mut Chance, erasures: u64) -> Self {
        if chance.percent(erasures) {
            return Self::Erase;
        }
        let (_, others) = Self::ALL.split_last().expect("there are some");
        *chance.pick(others)
    }

    /// Whether it takes a grant for each purpose to see what it does.
    pub const fn concerns_both(self) -> bool {
        matches!(self, Self::PauseEverything | Self::BlockMarketing) || self.ends_everything()
    }

    /// Whether no grant of the customer's is left; all of them are one brand's here.
    pub const fn ends_everything(self) -> bool {
        matches!(self, Self::WithdrawFromBrand | Self::WithdrawEverything | Self::Erase)
    }

    /// Whether it is the brand's.
    pub const fn is_by_the_brand(self) -> bool {
        matches!(self, Self::Revoke)
    }

    /// The mutation and its input, for a grant that may get this end.
    pub fn call(self, grant: &str, expires_at: &str) -> (&'static str, Value) {
        match self {
            Self::Narrow => ("amendConsent", json!({ "grantId": grant, "scopes": ["NAME"] })),
            Self::Shorten => ("amendConsent", json!({ "grantId": grant, "expiresAt": expires_at })),
            Self::Pause => ("pauseConsent", json!({ "grantId": grant })),
            Self::PauseEverything => ("pauseEverything", json!({})),
            Self::BlockMarketing => ("setDirectMarketing", json!({ "allowed": false })),
            Self::Revoke => ("revokeGrant", json!({ "grantId": grant })),
            Self::Withdraw => ("withdrawConsent", json!({ "grantId": grant })),
            Self::WithdrawFromBrand => ("withdrawFromBrand", json!({ "brand": BRAND })),
            Self::WithdrawEverything => ("withdrawEverything", json!({})),
            Self::Erase => ("eraseAccount", json!({})),
        }
    }

    /// What undoes it, for those that can be undone.
    pub fn find_undoing(self, grant: &str) -> Option<(&'static str, Value)> {
        match self {
            Self::Pause => Some(("resumeConsent", json!({ "grantId": grant }))),
            Self::PauseEverything => Some(("resumeEverything", json!({}))),
            Self::BlockMarketing => Some(("setDirectMarketing", json!({ "allowed": true }))),
            _ => None,
        }
    }

    /// Whether it ends this permission of the customer.
    pub fn ends(self, permission: &Permission) -> bool {
        match self {
            Self::Narrow => permission.purpose == 0 && permission.scope == Scope::Area,
            Self::Shorten | Self::Pause | Self::Revoke | Self::Withdraw => permission.purpose == 0,
            Self::BlockMarketing => permission.purpose == 1,
            Self::PauseEverything | Self::WithdrawFromBrand | Self::WithdrawEverything | Self::Erase => true,
        }
    }

    /// What nothing permits any more afterwards, so that new values of it must not be seen. For the name there may be the
    /// other purpose.
    pub const fn leaves_nothing_of(self) -> &'static [Scope] {
        match self {
            Self::PauseEverything | Self::WithdrawFromBrand | Self::WithdrawEverything | Self::Erase => {
                &[Scope::Name, Scope::Area]
            }
            _ => &[Scope::Area],
        }
    }
}

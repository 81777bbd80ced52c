//! What the journal keeps of a reduction: which grant (or app), at which revision, and what is left of it. Random ids only.

use serde::{Deserialize, Serialize};

use crate::grant;
use crate::ids::{AppId, BrandId, ConsentEventId, ConsentRequestId, CustomerId, GrantId};
use crate::kinds::{ConsentActor, ConsentEventKind, Purpose};
use crate::scope::Pins;
use crate::values::Timestamp;

/// A reduction that must hold whatever copy of the database is brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Ending {
    /// Of a customer's consents.
    Consent(ConsentEnding),
    /// Of an app's right to call.
    App(AppEnding),
}

/// A consent event that took something away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentEnding {
    /// What was done.
    pub kind: EndingKind,
    /// Whose.
    pub customer: CustomerId,
    /// The grant; none for what concerns all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantId>,
    /// The customer's consent revision that the event made.
    pub revision: i64,
    /// The event: whether a database knows of it is asked by this.
    pub event: ConsentEventId,
    /// Who caused it.
    pub actor: ConsentActor,
    /// When it took effect.
    pub at: Timestamp,
    /// What the grant still permits; of a narrowing only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remaining: Option<Remaining>,
    /// What was refused; of a refusal only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<AnsweredRequest>,
    /// Whether the customer asks, with it, that the brand delete what it holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deletion_wanted: bool,
}

/// A brand's request that the customer has answered, by random ids. The brand and the purpose are what it rests for after a
/// refusal: a copy of the database may be older than the request itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnsweredRequest {
    /// The request.
    pub id: ConsentRequestId,
    /// Who has asked.
    pub brand: BrandId,
    /// For what.
    pub purpose: Purpose,
}

/// What a changed grant permits at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remaining {
    /// The version of the grant that says so.
    pub version: i32,
    /// Its scopes, each at the version agreed to.
    pub pins: Pins,
    /// Its end (exclusive).
    pub until: Timestamp,
}

/// An app that was suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppEnding {
    /// Always that.
    pub kind: AppEndingKind,
    /// Whose app.
    pub brand: BrandId,
    /// The app.
    pub app: AppId,
    /// The app's status revision that the suspension made.
    pub revision: i32,
    /// When.
    pub at: Timestamp,
}

/// How consent is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EndingKind {
    /// Fewer scopes or a shorter time, be it while others were added.
    Narrowed,
    /// Halted.
    Paused,
    /// Ended by the customer.
    Withdrawn,
    /// Ended by somebody else.
    Revoked,
    /// Found never to have been valid.
    Invalidated,
    /// No direct marketing by anybody.
    MarketingBlocked,
    /// A brand's request, which it may not repeat for a while.
    Refused,
    /// The customer is gone.
    Erased,
}

/// How an app's right to call is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppEndingKind {
    /// Refused from its next request on.
    #[serde(rename = "APP_SUSPENDED")]
    Suspended,
}

/// A consent event that is about to be committed.
#[derive(Debug, Clone, Copy)]
pub struct Happening {
    /// Whose.
    pub customer: CustomerId,
    /// The revision that it makes.
    pub revision: i64,
    /// Its id.
    pub event: ConsentEventId,
    /// What happens.
    pub kind: ConsentEventKind,
    /// Who causes it.
    pub actor: ConsentActor,
    /// When it takes effect.
    pub at: Timestamp,
    /// The request that it answers.
    pub request: Option<AnsweredRequest>,
    /// Whether the customer asks, with it, that the brand delete what it holds.
    pub deletion_wanted: bool,
}

impl EndingKind {
    /// What of an event must survive a restore. Every kind of event says it here: one that is left out does not compile.
    #[must_use]
    pub const fn of(event: ConsentEventKind) -> Option<Self> {
        use ConsentEventKind as Event;
        match event {
            // What adds a scope or time may take another away in the same step.
            Event::Narrowed | Event::Widened | Event::Renewed => Some(Self::Narrowed),
            Event::Paused => Some(Self::Paused),
            Event::Withdrawn => Some(Self::Withdrawn),
            Event::Revoked => Some(Self::Revoked),
            Event::Invalidated => Some(Self::Invalidated),
            Event::MarketingBlocked => Some(Self::MarketingBlocked),
            Event::Erased => Some(Self::Erased),
            // They only give; a restore that forgets them denies.
            Event::Given | Event::Resumed | Event::MarketingAllowed => None,
            // An older database judges the end by the clock too.
            Event::Expired => None,
            // Nothing was given, but the brand must go on resting.
            Event::Refused => Some(Self::Refused),
        }
    }

    /// The event that a replay writes down.
    #[must_use]
    pub const fn event(self) -> ConsentEventKind {
        match self {
            Self::Narrowed => ConsentEventKind::Narrowed,
            Self::Paused => ConsentEventKind::Paused,
            Self::Withdrawn => ConsentEventKind::Withdrawn,
            Self::Revoked => ConsentEventKind::Revoked,
            Self::Invalidated => ConsentEventKind::Invalidated,
            Self::MarketingBlocked => ConsentEventKind::MarketingBlocked,
            Self::Refused => ConsentEventKind::Refused,
            Self::Erased => ConsentEventKind::Erased,
        }
    }
}

impl Ending {
    /// What of an event must survive a restore; `grant` is the row as the event leaves it.
    #[must_use]
    pub fn of(happening: &Happening, grant: Option<&grant::Model>) -> Option<Self> {
        let kind = EndingKind::of(happening.kind)?;
        let remaining = grant.filter(|_| kind == EndingKind::Narrowed).map(|row| Remaining {
            version: row.version,
            pins: row.pins.clone(),
            until: row.expires_at,
        });
        Some(Self::Consent(ConsentEnding {
            kind,
            customer: happening.customer,
            grant: grant.map(|row| row.id),
            revision: happening.revision,
            event: happening.event,
            actor: happening.actor,
            at: happening.at,
            remaining,
            request: happening.request.filter(|_| kind == EndingKind::Refused),
            deletion_wanted: happening.deletion_wanted,
        }))
    }

    /// An app that is suspended under this status revision.
    #[must_use]
    pub const fn of_app(brand: BrandId, app: AppId, revision: i32, at: Timestamp) -> Self {
        Self::App(AppEnding { kind: AppEndingKind::Suspended, brand, app, revision, at })
    }
}

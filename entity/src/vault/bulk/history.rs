//! What became of imported grants, written as if it had happened here: versions, events, and the revision they make.

use sea_orm::Set;

use super::NewGrant;
use crate::ids::{ConsentEventId, CustomerId, GrantId};
use crate::kinds::{ConsentActor, ConsentEventKind, ConsentMethod, GrantState};
use crate::notice::Shown;
use crate::scope::{Pins, ScopeSet};
use crate::values::Timestamp;
use crate::vault::transaction::Transaction;
use crate::{consent_event, grant, grant_version};

/// The rows of one customer's grants.
pub(super) struct Written {
    pub grants: Vec<grant::ActiveModel>,
    pub versions: Vec<grant_version::ActiveModel>,
    pub events: Vec<consent_event::ActiveModel>,
    pub revision: i64,
}

/// Something that happened to a grant.
struct Happening {
    at: Timestamp,
    grant: GrantId,
    version: i32,
    kind: ConsentEventKind,
    actor: ConsentActor,
}

/// Writes the grants of a customer with everything that happened to them, in the order of time.
pub(super) fn write(transaction: &Transaction, customer: CustomerId, new: &[NewGrant]) -> Written {
    let mut written = Written { grants: Vec::new(), versions: Vec::new(), events: Vec::new(), revision: 0 };
    let mut happenings = Vec::with_capacity(new.len() * 2);
    for grant in new {
        let id = GrantId(transaction.entropy().id());
        let story = Story::of(grant, transaction.now());
        written.grants.push(story.row(customer, id, grant));
        written.versions.extend(story.versions(customer, id, grant));
        happenings.extend(story.happenings(id));
    }
    // Stable: what happened at the same moment keeps its order within a grant.
    happenings.sort_by_key(|happening| happening.at);
    for happening in happenings {
        written.revision += 1;
        written.events.push(consent_event::ActiveModel {
            customer_id: Set(customer),
            revision: Set(written.revision),
            id: Set(ConsentEventId(transaction.entropy().id_at(happening.at))),
            grant_id: Set(Some(happening.grant)),
            request_id: Set(None),
            version: Set(happening.version),
            kind: Set(happening.kind),
            actor: Set(happening.actor),
            reason: Set(None),
            occurred_at: Set(happening.at),
            idempotency: Set(None),
            deletion_wanted: Set(false),
        });
    }
    written
}

/// How one grant came to stand where it stands.
struct Story {
    /// The pins of each version with its date.
    versions: Vec<(Pins, Timestamp)>,
    events: Vec<(ConsentEventKind, ConsentActor, Timestamp, i32)>,
    state: GrantState,
    ended_at: Option<Timestamp>,
}

impl Story {
    fn of(grant: &NewGrant, now: Timestamp) -> Self {
        let given = (ConsentEventKind::Given, ConsentActor::Operator, grant.period.from, 1);
        let mut story = Self {
            versions: vec![(grant.pins.clone(), grant.period.from)],
            events: vec![given],
            state: GrantState::Active,
            ended_at: None,
        };
        if let Some((scope, at)) = grant.narrowed {
            let mut pins = grant.pins.clone();
            pins.0.remove(&scope);
            story.versions.push((pins, at));
            story.events.push((ConsentEventKind::Narrowed, ConsentActor::Customer, at, 2));
        }
        if let Some(at) = grant.paused_at {
            story.happen(ConsentEventKind::Paused, ConsentActor::Customer, at);
            story.state = GrantState::Paused;
        }
        if let Some(at) = grant.withdrawn_at {
            story.happen(ConsentEventKind::Withdrawn, ConsentActor::Customer, at);
            story.state = GrantState::Withdrawn;
            story.ended_at = Some(at);
        } else if grant.period.until <= now {
            story.happen(ConsentEventKind::Expired, ConsentActor::Clock, grant.period.until);
            story.state = GrantState::Expired;
            story.ended_at = Some(grant.period.until);
        }
        story
    }

    fn happen(&mut self, kind: ConsentEventKind, actor: ConsentActor, at: Timestamp) {
        self.events.push((kind, actor, at, self.version()));
    }

    fn version(&self) -> i32 {
        i32::try_from(self.versions.len()).unwrap_or(1)
    }

    fn row(&self, customer: CustomerId, id: GrantId, grant: &NewGrant) -> grant::ActiveModel {
        let pins = self.versions.last().map_or_else(|| grant.pins.clone(), |(pins, _)| pins.clone());
        let withdrawn: ScopeSet = grant.pins.scopes().without(pins.scopes());
        grant::ActiveModel {
            customer_id: Set(customer),
            id: Set(id),
            brand_id: Set(grant.brand),
            purpose: Set(grant.purpose),
            state: Set(self.state),
            version: Set(self.version()),
            scopes: Set(pins.scopes()),
            pins: Set(pins),
            withdrawn_scopes: Set(withdrawn),
            valid_from: Set(grant.period.from),
            expires_at: Set(grant.period.until),
            created_at: Set(grant.period.from),
            ended_at: Set(self.ended_at),
            acknowledged_at: Set(None),
            deleted_at: Set(None),
        }
    }

    fn versions<'s>(
        &'s self,
        customer: CustomerId,
        id: GrantId,
        grant: &'s NewGrant,
    ) -> impl Iterator<Item = grant_version::ActiveModel> + 's {
        let shown = Shown::standard();
        (1..).zip(&self.versions).map(move |(version, (pins, at))| grant_version::ActiveModel {
            customer_id: Set(customer),
            grant_id: Set(id),
            version: Set(version),
            pins: Set(pins.clone()),
            valid_from: Set(grant.period.from),
            expires_at: Set(grant.period.until),
            notice_id: Set(shown.id.clone()),
            notice_version: Set(shown.version),
            notice_locale: Set(shown.locale.clone()),
            notice_hash: Set(shown.hash.clone()),
            method: Set(ConsentMethod::Imported),
            created_at: Set(*at),
        })
    }

    fn happenings(&self, grant: GrantId) -> impl Iterator<Item = Happening> + '_ {
        self.events.iter().map(move |(kind, actor, at, version)| Happening {
            at: *at,
            grant,
            version: *version,
            kind: *kind,
            actor: *actor,
        })
    }
}

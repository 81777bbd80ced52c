//! The profile: what one brand gets of one customer.

use async_graphql::{ID, Object, SimpleObject};
use serde::Serialize;
use serde_json::Value;

use crate::consent::{Ask, Decision, Ledger, decide, standing};
use crate::ids::{BrandId, GrantId, ProfileId};
use crate::kinds::{AccessStatus, Purpose};
use crate::proof::ProofPeriod;
use crate::scope::{Scope, ScopeSet, consent};
use crate::values::Timestamp;

use super::clusters::{Area, Cluster, ContactDetails, Context, Handle, Language, PersonName, Preference};
use super::gated::Gated;
use super::gather::Snapshot;

/// How a scope stands for the calling brand and the declared purpose.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub struct ScopeAccess {
    /// Which scope.
    pub scope: Scope,
    /// Why its field holds a value or is null.
    pub status: AccessStatus,
    /// The live grant; null where none covers the scope.
    pub grant_id: Option<ID>,
    /// When that grant ends; null where none covers the scope.
    pub expires_at: Option<Timestamp>,
}

/// A customer as one brand may see them. Every value has a scope and is null unless a live grant permits it.
pub struct Profile {
    id: ProfileId,
    name: Gated<PersonName>,
    contact: Gated<ContactDetails>,
    handles: Gated<Vec<Handle>>,
    area: Gated<Area>,
    language: Gated<Language>,
    preferences: Gated<Vec<Preference>>,
    context: Gated<Vec<Context>>,
    access: Vec<ScopeAccess>,
    rests_on: Option<(GrantId, Timestamp)>,
}

/// A customer as one brand may see them, under exactly one purpose. Every value has a scope (see the directive) and is
/// null unless a live grant of that brand for that purpose permits it; `access` says why.
/// For apps and staff of the brand; each read is recorded and shown to the customer.
#[Object]
impl Profile {
    /// The brand's own id of this customer: pairwise, so another brand has another id for the same person. Open.
    pub async fn id(&self) -> ID {
        self.id.into()
    }

    /// What to call them. Readable by apps registered for `name:read`, under a grant.
    #[graphql(directive = consent::apply(<PersonName as Cluster>::SCOPE))]
    async fn name(&self) -> &Gated<PersonName> {
        &self.name
    }

    /// How to reach them. Readable by apps registered for `contact:read`, under a grant.
    #[graphql(directive = consent::apply(<ContactDetails as Cluster>::SCOPE))]
    async fn contact(&self) -> &Gated<ContactDetails> {
        &self.contact
    }

    /// Their proven handles, but for those whose proof is due again. Readable by apps registered for `handles:read`, under a grant.
    #[graphql(directive = consent::apply(<Vec<Handle> as Cluster>::SCOPE))]
    async fn handles(&self) -> &Gated<Vec<Handle>> {
        &self.handles
    }

    /// Where they live, coarsely. Readable by apps registered for `area:read`, under a grant.
    #[graphql(directive = consent::apply(<Area as Cluster>::SCOPE))]
    async fn area(&self) -> &Gated<Area> {
        &self.area
    }

    /// How to speak to them. Readable by apps registered for `language:read`, under a grant.
    #[graphql(directive = consent::apply(<Language as Cluster>::SCOPE))]
    async fn language(&self) -> &Gated<Language> {
        &self.language
    }

    /// What they like. Readable by apps registered for `preferences:read`, under a grant.
    #[graphql(directive = consent::apply(<Vec<Preference> as Cluster>::SCOPE))]
    async fn preferences(
        &self,
        #[graphql(desc = "Only preferences of this category, such as `travel`.")] category: Option<String>,
    ) -> Option<Vec<&Preference>> {
        let wanted = |item: &&Preference| category.as_ref().is_none_or(|category| *category == item.category);
        self.preferences.peek().map(|items| items.iter().filter(wanted).collect())
    }

    /// What they need right now, newest first: what they addressed to this brand or to every brand they share it with.
    /// Readable by apps registered for `context:read`, under a grant.
    #[graphql(directive = consent::apply(<Vec<Context> as Cluster>::SCOPE))]
    async fn context(&self) -> &Gated<Vec<Context>> {
        &self.context
    }

    /// How each scope stands, in the order of `scopes`. Open.
    async fn access(&self) -> &[ScopeAccess] {
        &self.access
    }
}

impl Profile {
    /// The live grant that it was shown under, and when that ends; none if no purpose was declared.
    #[must_use]
    pub const fn rests_on(&self) -> Option<(GrantId, Timestamp)> {
        self.rests_on
    }

    /// What a snapshot shows of somebody under a question. `None` without a live grant, whatever the reason.
    pub(super) fn reveal(id: ProfileId, snapshot: &Snapshot, ask: &Ask, proofs: ProofPeriod) -> Option<Self> {
        let grant = standing(&snapshot.ledger, ask)?;
        let rests_on = Some((grant.id, grant.period.until));
        let access = Scope::ALL.iter().map(|scope| access(&snapshot.ledger, ask, *scope)).collect();
        let open = Opening { snapshot, ask };
        Some(Self {
            id,
            name: open.one(),
            contact: open.one(),
            handles: open.proven(proofs),
            area: open.one(),
            language: open.one(),
            preferences: open.list(),
            context: open.addressed_to(ask.brand),
            access,
            rests_on,
        })
    }

    /// What `node` shows: the id and how things stand over all purposes, but no value.
    pub(super) fn outline(id: ProfileId, ledger: &Ledger, ask: &Ask) -> Option<Self> {
        let asks: Vec<Ask> = Purpose::ALL
            .iter()
            .filter(|purpose| ask.app.may_declare(**purpose))
            .map(|purpose| Ask { purpose: Some(*purpose), ..*ask })
            .filter(|ask| standing(ledger, ask).is_some())
            .collect();
        let best =
            |scope: Scope| asks.iter().map(|ask| access(ledger, ask, scope)).min_by_key(|access| rank(access.status));
        let access = Scope::ALL.iter().filter_map(|scope| best(*scope)).collect::<Vec<_>>();
        (!asks.is_empty()).then_some(Self {
            id,
            name: Gated::Unread,
            contact: Gated::Unread,
            handles: Gated::Unread,
            area: Gated::Unread,
            language: Gated::Unread,
            preferences: Gated::Unread,
            context: Gated::Unread,
            access,
            rests_on: None,
        })
    }
}

impl Profile {
    /// A text that was disclosed, by its path such as `name.displayName`; of a list, the first item's. `None` if it was not, or
    /// is not there.
    pub(super) fn leaf(&self, path: &str) -> Option<String> {
        fn of<T: Serialize>(value: Option<&T>) -> Option<Value> {
            serde_json::to_value(value?).ok()
        }
        let (field, leaf) = path.split_once('.')?;
        let whole = match field {
            "name" => of(self.name.peek()),
            "contact" => of(self.contact.peek()),
            "area" => of(self.area.peek()),
            "language" => of(self.language.peek()),
            "context" => of(self.context.peek().and_then(|items| items.first())),
            _ => None,
        };
        whole?.get(leaf)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The grant that permits these scopes; one does, as there is one purpose.
    pub(super) fn grant(&self, scopes: ScopeSet) -> Option<GrantId> {
        let found = self.access.iter().find(|access| scopes.contains(access.scope));
        found?.grant_id.as_ref()?.parse().ok()
    }

    /// Whether every one of these scopes is permitted.
    pub(super) fn permits(&self, scopes: ScopeSet) -> bool {
        scopes.iter().all(|scope| self.status(scope) == AccessStatus::Granted)
    }

    /// How a scope stands.
    pub(super) fn status(&self, scope: Scope) -> AccessStatus {
        let found = self.access.iter().find(|access| access.scope == scope);
        found.map_or(AccessStatus::NotGranted, |access| access.status)
    }
}

const fn rank(status: AccessStatus) -> u8 {
    match status {
        AccessStatus::Granted => 0,
        AccessStatus::Paused => 1,
        AccessStatus::Withdrawn => 2,
        AccessStatus::Expired => 3,
        AccessStatus::NotGranted => 4,
    }
}

fn access(ledger: &Ledger, ask: &Ask, scope: Scope) -> ScopeAccess {
    let status = AccessStatus::from(decide(ledger, ask, scope));
    // An app that is not registered for a scope learns nothing of how it stands for this person.
    let registered = ask.app.scopes.contains(scope);
    let grant = standing(ledger, ask).filter(|grant| registered && grant.pins.version(scope).is_some());
    ScopeAccess {
        scope,
        status,
        grant_id: grant.map(|grant| grant.id.into()),
        expires_at: grant.map(|grant| grant.period.until),
    }
}

/// Opens the clusters of one snapshot, each only if the law permits its scope.
struct Opening<'s> {
    snapshot: &'s Snapshot,
    ask: &'s Ask,
}

impl Opening<'_> {
    fn one<T: Cluster>(&self) -> Gated<T> {
        let pinned = match decide(&self.snapshot.ledger, self.ask, T::SCOPE) {
            Decision::Permit { pinned, .. } => pinned,
            Decision::Deny(denial) => return Gated::Denied(denial),
        };
        if !self.snapshot.asked.contains(T::SCOPE) {
            return Gated::Unread;
        }
        match self.snapshot.read::<T>() {
            Ok(Some(mut value)) => {
                value.prune(pinned);
                Gated::granted(value)
            }
            Ok(None) => Gated::Empty,
            // What cannot be read is denied, even where an absent list would be an empty one.
            Err(_) => Gated::Unread,
        }
    }

    /// A list that is permitted and not there is an empty list.
    fn list<T>(&self) -> Gated<Vec<T>>
    where
        Vec<T>: Cluster,
    {
        match self.one::<Vec<T>>() {
            Gated::Empty => Gated::granted(Vec::new()),
            other => other,
        }
    }

    /// A handle whose proof is due again may be somebody else's by now, so it is not there at all.
    fn proven(&self, proofs: ProofPeriod) -> Gated<Vec<Handle>> {
        let mut handles = self.list::<Handle>();
        if let Some(items) = handles.peek_mut() {
            items.retain(|handle| !proofs.is_due(handle.verified_at, self.ask.now));
        }
        handles
    }

    /// Context that is meant for another brand is not there at all.
    fn addressed_to(&self, brand: BrandId) -> Gated<Vec<Context>> {
        let mut contexts = self.list::<Context>();
        if let Some(items) = contexts.peek_mut() {
            items.retain(|context| context.audience.is_none_or(|audience| audience == brand));
        }
        contexts
    }
}

//! Consent events, as the customer sees them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use entity::ids::{ConsentEventId, GrantId, ReceiptId};
use entity::kinds::{ConsentActor, ConsentEventKind};
use entity::scope::Scope;
use entity::values::Timestamp;
use entity::vault::receipt;
use entity::{consent_event, grant_version};
use tokio::sync::OnceCell;

use crate::domain::consent;
use crate::graphql::context::{ContextExt, fault};

/// Something that happened to a grant. Never changed, only appended. For the customer only.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ConsentEvent {
    /// Its place in the order of all the customer's consent events.
    revision: i64,
    /// What happened.
    kind: ConsentEventKind,
    /// Who caused it.
    actor: ConsentActor,
    /// The grant's version after it.
    version: i32,
    /// Why, if an operator did it and said so.
    reason: Option<String>,
    /// The brand's request that it answered; null if it answered none.
    request_id: Option<ID>,
    /// Whether the customer asked, with this ending, that the brand delete what it holds of them, see `withdrawConsent`.
    deletion_wanted: bool,
    /// When it took effect.
    occurred_at: Timestamp,
    #[graphql(skip)]
    id: ConsentEventId,
    #[graphql(skip)]
    grant: Option<GrantId>,
    #[graphql(skip)]
    companions: Arc<Companions>,
}

#[ComplexObject]
impl ConsentEvent {
    /// Its signed proof, see `Customer.receipt`; null for what an import has brought, which was given elsewhere.
    async fn receipt_id(&self, context: &Context<'_>) -> Result<Option<ID>> {
        let receipts = self.companions.receipts(context).await?;
        Ok(receipts.get(&self.id).map(|id| (*id).into()))
    }

    /// What the grant's version after it lets the brand read: beside that of the event before, what has changed.
    async fn scopes(&self, context: &Context<'_>) -> Result<Vec<Scope>> {
        Ok(self.terms(context).await?.map(|terms| terms.pins.scopes().iter().collect()).unwrap_or_default())
    }

    /// Until when that version lets the brand read it.
    async fn expires_at(&self, context: &Context<'_>) -> Result<Option<Timestamp>> {
        Ok(self.terms(context).await?.map(|terms| terms.expires_at))
    }
}

impl ConsentEvent {
    /// Several that are shown together.
    pub fn together(rows: Vec<consent_event::Model>) -> Vec<Self> {
        let companions = Companions::of(&rows);
        rows.into_iter().map(|row| Self::of(row, Arc::clone(&companions))).collect()
    }

    /// Its place in the list of its grant's events.
    pub fn cursor(&self) -> String {
        format!("event_{}", self.revision)
    }

    /// One of several that are shown together.
    pub fn of(row: consent_event::Model, companions: Arc<Companions>) -> Self {
        Self {
            revision: row.revision,
            kind: row.kind,
            actor: row.actor,
            version: row.version,
            reason: row.reason,
            request_id: row.request_id.map(Into::into),
            deletion_wanted: row.deletion_wanted,
            occurred_at: row.occurred_at,
            id: row.id,
            grant: row.grant_id,
            companions,
        }
    }

    async fn terms(&self, context: &Context<'_>) -> Result<Option<&grant_version::Model>> {
        let Some(grant) = self.grant else { return Ok(None) };
        Ok(self.companions.terms(context).await?.get(&(grant, self.version)))
    }
}

/// What belongs to events that are shown together: loaded for all of them once it is asked for of one.
pub struct Companions {
    events: Vec<ConsentEventId>,
    grants: HashSet<GrantId>,
    receipts: OnceCell<HashMap<ConsentEventId, ReceiptId>>,
    terms: OnceCell<HashMap<(GrantId, i32), grant_version::Model>>,
}

impl Companions {
    /// Of these.
    pub fn of<'e>(rows: impl IntoIterator<Item = &'e consent_event::Model>) -> Arc<Self> {
        let (mut events, mut grants) = (Vec::new(), HashSet::new());
        for row in rows {
            events.push(row.id);
            grants.extend(row.grant_id);
        }
        Arc::new(Self { events, grants, receipts: OnceCell::new(), terms: OnceCell::new() })
    }

    async fn receipts(&self, context: &Context<'_>) -> Result<&HashMap<ConsentEventId, ReceiptId>> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        self.receipts.get_or_try_init(|| receipt::ids_of(&deps.vault, owner, &self.events)).await.map_err(fault)
    }

    async fn terms(&self, context: &Context<'_>) -> Result<&HashMap<(GrantId, i32), grant_version::Model>> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        self.terms.get_or_try_init(|| consent::versions(deps, owner, &self.grants)).await.map_err(fault)
    }
}

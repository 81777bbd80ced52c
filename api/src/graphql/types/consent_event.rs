//! Consent events, as the customer sees them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use entity::consent_event;
use entity::ids::{ConsentEventId, ReceiptId};
use entity::kinds::{ConsentActor, ConsentEventKind};
use entity::values::Timestamp;
use entity::vault::receipt;
use tokio::sync::OnceCell;

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
    receipts: Arc<EventReceipts>,
}

#[ComplexObject]
impl ConsentEvent {
    /// Its signed proof, see `Customer.receipt`; null for what an import has brought, which was given elsewhere.
    async fn receipt_id(&self, context: &Context<'_>) -> Result<Option<ID>> {
        let receipts = self.receipts.load(context).await?;
        Ok(receipts.get(&self.id).map(|id| (*id).into()))
    }
}

impl ConsentEvent {
    /// Several that are shown together.
    pub fn together(rows: Vec<consent_event::Model>) -> Vec<Self> {
        let receipts = EventReceipts::of(&rows);
        rows.into_iter().map(|row| Self::of(row, Arc::clone(&receipts))).collect()
    }

    /// Its place in the list of its grant's events.
    pub fn cursor(&self) -> String {
        format!("event_{}", self.revision)
    }

    /// One of several that are shown together.
    pub fn of(row: consent_event::Model, receipts: Arc<EventReceipts>) -> Self {
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
            receipts,
        }
    }
}

/// The receipts of events that are shown together: loaded for all of them once one is asked for.
pub struct EventReceipts {
    events: Vec<ConsentEventId>,
    known: OnceCell<HashMap<ConsentEventId, ReceiptId>>,
}

impl EventReceipts {
    /// Of these.
    pub fn of<'e>(events: impl IntoIterator<Item = &'e consent_event::Model>) -> Arc<Self> {
        let events = events.into_iter().map(|event| event.id).collect();
        Arc::new(Self { events, known: OnceCell::new() })
    }

    async fn load(&self, context: &Context<'_>) -> Result<&HashMap<ConsentEventId, ReceiptId>> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        self.known.get_or_try_init(|| receipt::ids_of(&deps.vault, owner, &self.events)).await.map_err(fault)
    }
}

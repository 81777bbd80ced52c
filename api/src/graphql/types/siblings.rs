//! The grants of one list: whatever is asked of one of them besides its row is loaded for all of them at once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Result};
use entity::ids::{BrandId, GrantId};
use entity::values::Timestamp;
use entity::vault::own::{self, Usage};
use entity::vault::{Owned, Profile};
use entity::{consent_event, grant};
use tokio::sync::{Mutex, OnceCell};

use super::consent_event::{Companions, ConsentEvent};
use crate::domain::consent;
use crate::graphql::context::{ContextExt, fault};

/// The first events of each grant, with what belongs to them.
pub struct Events {
    of: HashMap<GrantId, Vec<consent_event::Model>>,
    companions: Arc<Companions>,
}

impl Events {
    /// Those of one grant.
    pub fn of_grant(&self, grant: GrantId) -> Vec<ConsentEvent> {
        let rows = self.of.get(&grant).cloned().unwrap_or_default();
        rows.into_iter().map(|row| ConsentEvent::of(row, Arc::clone(&self.companions))).collect()
    }
}

/// For how long reads are counted.
const DAYS: i64 = 30;

/// Grants that are shown together.
pub struct Siblings {
    ids: Vec<GrantId>,
    brands: Vec<BrandId>,
    now: Timestamp,
    usage: OnceCell<HashMap<GrantId, Usage>>,
    offers: OnceCell<HashMap<GrantId, String>>,
    previews: OnceCell<HashMap<GrantId, Owned<Arc<Profile>>>>,
    /// By how many of each are wanted.
    events: Mutex<HashMap<u64, Arc<Events>>>,
}

impl Siblings {
    /// These, as they are shown at this time.
    pub fn of(rows: &[grant::Model], now: Timestamp) -> Self {
        let ids = rows.iter().map(|row| row.id).collect();
        let mut brands: Vec<BrandId> = rows.iter().map(|row| row.brand_id).collect();
        brands.dedup();
        let (usage, offers, previews) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Self { ids, brands, now, usage, offers, previews, events: Mutex::default() }
    }

    /// When the brand of each read last, and how often in the last 30 days.
    pub async fn usage(&self, context: &Context<'_>) -> Result<&HashMap<GrantId, Usage>> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let since = self.now.minus_days(DAYS);
        self.usage.get_or_try_init(|| own::usage(&deps.vault, owner, &self.ids, since)).await.map_err(fault)
    }

    /// What the brand of each offered in return.
    pub async fn offers(&self, context: &Context<'_>) -> Result<&HashMap<GrantId, String>> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        let load = || consent::offers(deps, owner, &self.ids, &self.brands);
        self.offers.get_or_try_init(load).await.map_err(fault)
    }

    /// What the brand of each would get now.
    pub async fn previews(&self, context: &Context<'_>) -> Result<&HashMap<GrantId, Owned<Arc<Profile>>>> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        self.previews.get_or_try_init(|| own::previews(&deps.vault, owner, &self.ids)).await.map_err(fault)
    }

    /// The first so many events of each.
    pub async fn first_events(&self, context: &Context<'_>, rows: u64) -> Result<Arc<Events>> {
        let mut known = self.events.lock().await;
        if let Some(events) = known.get(&rows) {
            return Ok(Arc::clone(events));
        }
        let of = consent::first_events(context.deps()?, context.owner()?, &self.ids, rows).await.map_err(fault)?;
        let companions = Companions::of(of.values().flatten());
        let events = Arc::new(Events { of, companions });
        known.insert(rows, Arc::clone(&events));
        Ok(events)
    }
}

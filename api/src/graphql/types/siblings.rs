//! The grants of one list: whatever is asked of one of them besides its row is loaded for all of them at once.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Result};
use entity::ids::GrantId;
use entity::vault::{Owned, Profile, own};
use entity::{consent_event, grant};
use tokio::sync::{Mutex, OnceCell};

use crate::domain::consent;
use crate::graphql::context::{ContextExt, fault};

/// The first events of each grant.
type Events = Arc<HashMap<GrantId, Vec<consent_event::Model>>>;

/// Grants that are shown together.
pub struct Siblings {
    ids: Vec<GrantId>,
    previews: OnceCell<HashMap<GrantId, Owned<Arc<Profile>>>>,
    /// By how many of each are wanted.
    events: Mutex<HashMap<u64, Events>>,
}

impl Siblings {
    /// These.
    pub fn of(rows: &[grant::Model]) -> Self {
        let ids = rows.iter().map(|row| row.id).collect();
        Self { ids, previews: OnceCell::new(), events: Mutex::default() }
    }

    /// What the brand of each would get now.
    pub async fn previews(&self, context: &Context<'_>) -> Result<&HashMap<GrantId, Owned<Arc<Profile>>>> {
        let (deps, owner) = (context.deps()?, context.owner()?);
        self.previews.get_or_try_init(|| own::previews(&deps.vault, owner, &self.ids)).await.map_err(fault)
    }

    /// The first so many events of each.
    pub async fn first_events(&self, context: &Context<'_>, rows: u64) -> Result<Events> {
        let mut known = self.events.lock().await;
        if let Some(events) = known.get(&rows) {
            return Ok(Arc::clone(events));
        }
        let events = consent::first_events(context.deps()?, context.owner()?, &self.ids, rows).await.map_err(fault)?;
        let events = Arc::new(events);
        known.insert(rows, Arc::clone(&events));
        Ok(events)
    }
}

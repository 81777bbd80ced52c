//! Grants, as the customer who gave them sees them.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use entity::access::Owner;
use entity::grant;
use entity::ids::{BrandId, ProfileId};
use entity::kinds::{GrantState, Purpose};
use entity::scope::Scope;
use entity::values::Timestamp;
use entity::vault::{Owned, Profile, own};

use super::brand::Brand;
use super::consent_event::ConsentEvent;
use super::siblings::Siblings;
use crate::deps::Deps;
use crate::domain::consent;
use crate::graphql::context::{ContextExt, fault};
use crate::graphql::page;

/// What a customer lets a brand read, for one purpose, until a date. For the customer only.
pub struct Grant {
    row: grant::Model,
    brand: Brand,
    profile: ProfileId,
    now: Timestamp,
    siblings: Arc<Siblings>,
}

/// What a customer lets a brand read, for one purpose, until a date. For the customer only.
#[Object]
impl Grant {
    /// The global id; the same across the grant's versions.
    pub async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Who may read.
    async fn brand(&self) -> &Brand {
        &self.brand
    }

    /// For what.
    async fn purpose(&self) -> Purpose {
        self.row.purpose
    }

    /// What may be read.
    async fn scopes(&self) -> Vec<Scope> {
        self.row.scopes.iter().collect()
    }

    /// Where it stands now.
    async fn state(&self) -> GrantState {
        consent::state_at(&self.row, self.now)
    }

    /// Its current version; rises with every change of what may be read or until when.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// From when on it permits reads.
    async fn valid_from(&self) -> Timestamp {
        self.row.valid_from
    }

    /// From then on it permits nothing.
    async fn expires_at(&self) -> Timestamp {
        self.row.expires_at
    }

    /// When it ended, by whatever cause; null while it has not.
    async fn ended_at(&self) -> Option<Timestamp> {
        let expired = self.row.expires_at <= self.now;
        self.row.ended_at.or(expired.then_some(self.row.expires_at))
    }

    /// When the brand said that it knows of the end; null if it has not.
    async fn acknowledged_at(&self) -> Option<Timestamp> {
        self.row.acknowledged_at
    }

    /// When the brand said that it has deleted what it held by it; null if it has not.
    async fn deleted_at(&self) -> Option<Timestamp> {
        self.row.deleted_at
    }

    /// The id by which that brand, and no other, knows the customer.
    async fn profile_id(&self) -> ID {
        self.profile.into()
    }

    /// What the brand offered in return, with the request that the customer answered last by it; null if it was not asked for.
    async fn offer(&self, context: &Context<'_>) -> Result<Option<String>> {
        let offers = self.siblings.offers(context).await?;
        Ok(offers.get(&self.row.id).cloned())
    }

    /// When the brand last read something under it, by whichever app or member of staff; null if nothing ever left under it.
    async fn last_read_at(&self, context: &Context<'_>) -> Result<Option<Timestamp>> {
        let usage = self.siblings.usage(context).await?;
        Ok(usage.get(&self.row.id).and_then(|usage| usage.last_read_at))
    }

    /// How often the brand has read something under it in the last 30 days. Reads that gave nothing do not count;
    /// `Customer.disclosures` has them all.
    async fn reads(&self, context: &Context<'_>) -> Result<i32> {
        let usage = self.siblings.usage(context).await?;
        let reads = usage.get(&self.row.id).map_or(0, |usage| usage.reads);
        Ok(i32::try_from(reads).unwrap_or(i32::MAX))
    }

    /// What that brand would get now, by the same law. Discloses nothing; null if nothing is permitted.
    #[graphql(complexity = "50 + child_complexity")]
    async fn preview(&self, context: &Context<'_>) -> Result<Option<Owned<Arc<Profile>>>> {
        let previews = self.siblings.previews(context).await?;
        Ok(previews.get(&self.row.id).cloned())
    }

    /// What happened to it, oldest first.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, ConsentEvent>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), |text| text.strip_prefix("event_")?.parse().ok())?;
        let events = match from {
            Some(from) => {
                let after = consent::events(context.deps()?, context.owner()?, self.row.id, from, rows).await;
                ConsentEvent::together(after.map_err(fault)?)
            }
            None => self.siblings.first_events(context, rows).await?.of_grant(self.row.id),
        };
        let items = events.into_iter().map(|event| (event.cursor(), event)).collect();
        Ok(page::page(items, rows, after.as_deref()))
    }
}

/// What grants need to be shown: their brands, the pairwise ids, the time. Loaded once per list.
pub struct GrantContext {
    brands: HashMap<BrandId, Brand>,
    profiles: HashMap<BrandId, ProfileId>,
    now: Timestamp,
    siblings: Arc<Siblings>,
}

impl GrantContext {
    /// Loads what these grants need, in three statements however many they are.
    pub async fn load(deps: &Deps, owner: &Owner, rows: &[grant::Model]) -> Result<Self> {
        let now = deps.vault.now().await.map_err(fault)?;
        Ok(Self {
            brands: Brand::load(deps, rows.iter().map(|row| row.brand_id)).await?,
            profiles: own::pairwise_ids(&deps.vault, owner).await.map_err(fault)?,
            now,
            siblings: Arc::new(Siblings::of(rows, now)),
        })
    }

    /// The grant with what it needs.
    pub fn show(&self, row: grant::Model) -> Option<Grant> {
        let brand = self.brands.get(&row.brand_id)?.clone();
        let profile = *self.profiles.get(&row.brand_id)?;
        Some(Grant { row, brand, profile, now: self.now, siblings: Arc::clone(&self.siblings) })
    }
}

/// One grant with what it needs.
pub(in crate::graphql) async fn show(deps: &Deps, owner: &Owner, row: grant::Model) -> Result<Option<Grant>> {
    Ok(GrantContext::load(deps, owner, std::slice::from_ref(&row)).await?.show(row))
}

/// Several grants with what they need, in this order.
pub(in crate::graphql) async fn show_all(deps: &Deps, owner: &Owner, rows: Vec<grant::Model>) -> Result<Vec<Grant>> {
    let shown = GrantContext::load(deps, owner, &rows).await?;
    Ok(rows.into_iter().filter_map(|row| shown.show(row)).collect())
}

/// The cursor of a grant in the list of all.
pub(in crate::graphql) fn cursor(row: &grant::Model) -> String {
    format!("{}.{}", row.id, row.created_at.as_millis())
}

/// Reads a cursor back.
pub(in crate::graphql) fn read_cursor(text: &str) -> Option<consent::GrantCursor> {
    let (id, at) = text.split_once('.')?;
    Some(consent::GrantCursor { created_at: Timestamp::from_millis(at.parse().ok()?), id: id.parse().ok()? })
}

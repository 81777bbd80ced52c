//! `brand` and `staff`: the caller's own.

use async_graphql::{Context, Object, Result};

use crate::auth::Viewer;
use crate::failure;
use crate::graphql::context::{ContextExt, fault, staff};
use crate::graphql::types::brand::Brand;
use crate::graphql::types::staff::StaffMember;

#[derive(Default)]
pub struct BrandQuery;

#[Object]
impl BrandQuery {
    /// The brand of the calling app or member of staff; null for everybody else.
    async fn brand(&self, context: &Context<'_>) -> Result<Option<Brand>> {
        let (Viewer::App(reader) | Viewer::Staff(reader)) = context.viewer() else { return Ok(None) };
        let deps = context.deps()?;
        let caller = reader.caller(&deps.vault).await.map_err(fault)?.ok_or_else(failure::unauthenticated)?;
        Ok(Brand::load(deps, [caller.brand()]).await?.remove(&caller.brand()))
    }

    /// The member of staff who is asking; null for everybody else.
    async fn staff(&self, context: &Context<'_>) -> Result<Option<StaffMember>> {
        let Viewer::Staff(_) = context.viewer() else { return Ok(None) };
        let (deps, staff) = (context.deps()?, staff(context).await?);
        Ok(entity::vault::staff::myself(&deps.vault, &staff).await.map_err(fault)?.map(StaffMember::from))
    }
}

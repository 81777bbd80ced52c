//! `brand`: the calling app's own.

use async_graphql::{Context, Object, Result};

use crate::auth::Viewer;
use crate::failure;
use crate::graphql::context::{ContextExt, fault};
use crate::graphql::types::brand::Brand;

#[derive(Default)]
pub struct BrandQuery;

#[Object]
impl BrandQuery {
    /// The brand of the calling app; null for everybody else.
    async fn brand(&self, context: &Context<'_>) -> Result<Option<Brand>> {
        let Viewer::App(app) = context.viewer() else { return Ok(None) };
        let deps = context.deps()?;
        let caller = app.caller(&deps.vault).await.map_err(fault)?.ok_or_else(failure::unauthenticated)?;
        Ok(Brand::load(deps, [caller.brand()]).await?.remove(&caller.brand()))
    }
}

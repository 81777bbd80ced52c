//! `brand`: the calling app's own.

use async_graphql::{Context, Object, Result};

use crate::auth::Viewer;
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::types::brand::Brand;

#[derive(Default)]
pub struct BrandQuery;

#[Object]
impl BrandQuery {
    /// The brand of the calling app; null for everybody else.
    async fn brand(&self, context: &Context<'_>) -> Result<Option<Brand>> {
        let Viewer::App(_) = context.viewer() else { return Ok(None) };
        let (deps, caller) = (context.deps()?, caller(context).await?);
        Ok(Brand::load(deps, [caller.brand()]).await?.remove(&caller.brand()))
    }
}

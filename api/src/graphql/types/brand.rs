//! Brands, as anyone may see them.

use std::collections::HashMap;

use async_graphql::{ID, Object, Result};
use entity::brand;
use entity::ids::BrandId;

use crate::deps::Deps;
use crate::domain;
use crate::graphql::context::fault;

/// An organisation that customers write to. Open to anyone.
#[derive(Clone)]
pub struct Brand(brand::Model);

/// An organisation that customers write to. Open to anyone.
#[Object]
impl Brand {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The short name that inputs take.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name as customers know it.
    async fn name(&self) -> &str {
        &self.0.name
    }
}

impl Brand {
    /// The brands of these ids, in one statement.
    pub async fn load(deps: &Deps, ids: impl IntoIterator<Item = BrandId>) -> Result<HashMap<BrandId, Self>> {
        let rows = domain::brands::load(deps, ids).await.map_err(fault)?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

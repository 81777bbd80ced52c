//! Brands, as anyone may see them.

use std::collections::HashMap;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use entity::brand;
use entity::ids::BrandId;

use super::consent_request::{self, ConsentRequest};
use crate::auth::Viewer;
use crate::deps::Deps;
use crate::domain;
use crate::graphql::context::{ContextExt, caller, fault};
use crate::graphql::page;

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

    /// What it has asked for, newest first. For its own apps; null for everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn consent_requests(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Option<Connection<String, ConsentRequest>>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), consent_request::read_cursor)?;
        if !matches!(context.viewer(), Viewer::App(app) if app.claim.brand == self.0.id) {
            return Ok(None);
        }
        let (deps, caller) = (context.deps()?, caller(context).await?);
        let requests = domain::requests::of_brand(deps, &caller, from, rows).await.map_err(fault)?;
        Ok(Some(page::page(consent_request::show(deps, requests).await?, rows, after.as_deref())))
    }
}

impl Brand {
    /// The brands of these ids, in one statement.
    pub async fn load(deps: &Deps, ids: impl IntoIterator<Item = BrandId>) -> Result<HashMap<BrandId, Self>> {
        let rows = domain::brands::load(deps, ids).await.map_err(fault)?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

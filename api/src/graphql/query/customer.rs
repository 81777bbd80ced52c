//! `me`, `node`, `nodes`.

use async_graphql::{Context, ID, Object, Result};

use crate::auth::Viewer;
use crate::failure::{Code, error};
use crate::graphql::context::ContextExt;
use crate::graphql::node::{self, Node};
use crate::graphql::types::customer::Customer;

#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// The customer who is signed in; null for everybody else.
    async fn me(&self, context: &Context<'_>) -> Option<Customer> {
        match context.viewer() {
            Viewer::Customer(owner) => Some(Customer::new(*owner)),
            Viewer::App(_) | Viewer::Staff(_) | Viewer::Nobody => None,
        }
    }

    /// Something by its global id; null if it is unknown or not for the viewer.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The global id, as it was given.")] id: ID,
    ) -> Result<Option<Node>> {
        Ok(node::find(context, &[id]).await?.pop().flatten())
    }

    /// Up to 50 things by their global ids, in that order; null for what is unknown, not for the viewer, or the viewer's own
    /// and named before.
    #[graphql(complexity = "ids.len() * (10 + child_complexity)")]
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The global ids, 50 at most.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > 50 {
            return Err(error(Code::BadUserInput, "`ids` may hold 50 at most; ask in several requests"));
        }
        node::find(context, &ids).await
    }
}

//! `authorization`: what an app asks of the customer whom it has sent to `/oauth/authorize`.

use async_graphql::{Context, Object, Result};

use crate::auth::Viewer;
use crate::domain::authorizations::{look, open};
use crate::failure::{Code, error};
use crate::graphql::context::{ContextExt, fault};
use crate::graphql::types::authorization::Authorization;

#[derive(Default)]
pub struct AuthorizationQuery;

#[Object]
impl AuthorizationQuery {
    /// What an app asks of the signed-in customer; null for everybody else.
    async fn authorization(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The request as /oauth/authorize has sealed it.", secret)] request: String,
    ) -> Result<Option<Authorization>> {
        let Viewer::Customer(owner) = context.viewer() else { return Ok(None) };
        let deps = context.deps()?;
        let ask = open(deps, &request).map_err(|mistake| error(Code::BadUserInput, mistake.message))?;
        Authorization::show(deps, look(deps, owner, ask).await.map_err(fault)?).await
    }
}

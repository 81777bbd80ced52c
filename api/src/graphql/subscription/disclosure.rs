//! Who looks, while they do.

use async_graphql::{Context, Result, SimpleObject, Subscription};
use entity::vault::own::{self, Wanted};
use futures_util::stream::Stream;

use super::{moment, only};
use crate::graphql::context::{ContextExt, fault};
use crate::graphql::types::disclosure::{self, Disclosure};
use crate::live::{Happened, Topic};

/// Somebody looks at what is the customer's. For the customer only.
#[derive(SimpleObject)]
pub struct DisclosureNews {
    /// The record; null the first time, which says that from here on each is told.
    disclosure: Option<Disclosure>,
}

#[derive(Default)]
pub struct DisclosureSubscription;

#[Subscription]
impl DisclosureSubscription {
    /// Who looks at what is the customer's, within a second or so; first that it is listened to, and perhaps those of the last
    /// half minute. All of them are in `me { disclosures }`. For the customer only.
    #[graphql(complexity = "5 + child_complexity")]
    async fn disclosure_made(
        &self,
        context: &Context<'_>,
    ) -> Result<impl Stream<Item = Result<DisclosureNews>> + use<>> {
        let (owner, moment) = (context.owner()?, moment(context)?);
        let Some(happened) = moment.happened() else {
            moment.listen(Topic::Disclosures { customer: owner.customer() });
            return Ok(only(None));
        };
        let Happened::Looked(id) = happened else { return Ok(only(Some(Ok(DisclosureNews { disclosure: None })))) };
        let (deps, wanted) = (context.deps()?, Wanted { id: Some(*id), ..Wanted::default() });
        let records = own::disclosures(&deps.vault, owner, wanted, None, 1).await.map_err(fault)?;
        let shown = disclosure::show(deps, records, false).await?.pop();
        Ok(only(shown.map(|(_, disclosure)| Ok(DisclosureNews { disclosure: Some(disclosure) }))))
    }
}

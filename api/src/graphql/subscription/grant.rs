//! Grants as they change.

use async_graphql::{Context, ID, Result, SimpleObject, Subscription};
use entity::access::Caller;
use entity::ids::GrantId;
use entity::kinds::{GrantState, Purpose};
use entity::values::Timestamp;
use futures_util::stream::Stream;

use super::{from, moment, only};
use crate::deps::Deps;
use crate::domain::consent;
use crate::graphql::context::{ContextExt, caller, fault};
use crate::live::{Happened, Topic};

/// A grant of the brand's that has changed just now. For the brand's own apps that are registered for its purpose.
#[derive(SimpleObject)]
pub struct GrantNews {
    /// The same however often it is told; what happened about when a connection broke off may be told twice.
    id: ID,
    /// Where whoever breaks off goes on: give it as `after` within a day. `Brand.changes` has everything for ever, in its order.
    cursor: String,
    /// When; where nothing has happened yet, when it began.
    at: Timestamp,
    /// The grant; null the first time, which says that from here on everything is told.
    grant_id: Option<ID>,
    /// What it is for.
    purpose: Option<Purpose>,
    /// Where it stands now; only ACTIVE permits reads.
    state: Option<GrantState>,
}

#[derive(Default)]
pub struct GrantSubscription;

#[Subscription]
impl GrantSubscription {
    /// Grants of the brand for the purposes that the app is registered for, whenever one is given, changes or ends; first that
    /// it is listened to. One that runs out by its date is told when that is noted, within a minute; what an import brings is in `Brand.changes` only. For the brand's own apps.
    #[graphql(complexity = "5 + child_complexity")]
    async fn grant_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A cursor of this subscription, of the last day: what has happened since comes first.")]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<GrantNews>> + use<>> {
        let (caller, moment) = (caller(context).await?, moment(context)?);
        let Some(happened) = moment.happened() else {
            moment.listen(Topic::Grants { brand: caller.brand(), from: from(after)? });
            return Ok(only(None));
        };
        Ok(only(show(context.deps()?, &caller, happened).await.transpose()))
    }
}

async fn show(deps: &Deps, caller: &Caller, happened: &Happened) -> Result<Option<GrantNews>> {
    let told = match happened {
        Happened::Begun(place) => {
            let (id, cursor, at) = (ID::from("listening"), place.to_string(), deps.vault.clock.now());
            return Ok(Some(GrantNews { id, cursor, at, grant_id: None, purpose: None, state: None }));
        }
        Happened::News(told) => told,
        Happened::Looked(_) | Happened::Due => return Ok(None),
    };
    let Some(id): Option<GrantId> = told.news.grant_id else { return Ok(None) };
    let Some((grant, state)) = consent::of_brand(deps, caller, id).await.map_err(fault)? else { return Ok(None) };
    Ok(Some(GrantNews {
        id: ID::from(told.news.id.to_string()),
        cursor: told.place.to_string(),
        at: told.news.occurred_at,
        grant_id: Some(grant.id.into()),
        purpose: Some(grant.purpose),
        state: Some(state),
    }))
}

//! The Relay node interface: everything that has a global id.

use async_graphql::{Context, ID, Interface, Result};
use entity::ids::{BrandId, CustomerId, GrantId, LinkId, ProfileId};
use entity::vault::disclose::{Answer, Locator, Question, Refused, disclose};
use entity::vault::{Profile, own};

use super::context::{ContextExt, fault};
use super::query::refused;
use super::types::brand::Brand;
use super::types::customer::Customer;
use super::types::grant::{Grant, GrantContext};
use super::types::link::Link;
use crate::auth::Viewer;
use crate::domain::consent;

/// Something with a global id (Relay). Who may read it depends on the type; for everybody else it is null.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id: opaque, and never used again for something else."))]
pub enum Node {
    /// A customer, to themself.
    Customer(Customer),
    /// A profile, to the brand whose id of the customer this is: `id` and `access` only, as no purpose is declared.
    Profile(Box<Profile>),
    /// A grant, to the customer who gave it.
    Grant(Box<Grant>),
    /// A link, to its owner.
    Link(Link),
    /// A brand, to anyone.
    Brand(Brand),
}

/// Looks up ids of any kind: null for what is unknown and for what the viewer may not see, which look alike.
pub(super) async fn find(context: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Node>>> {
    let mut found = Vec::with_capacity(ids.len());
    let mut profiles = profiles(context, ids).await?.into_iter();
    for id in ids {
        found.push(match id.parse::<ProfileId>() {
            Ok(_) => profiles.next().flatten().map(|profile| Node::Profile(Box::new(profile))),
            Err(_) => find_other(context, id).await?,
        });
    }
    Ok(found)
}

/// All profiles of the list in one statement; each lookup is recorded.
async fn profiles(context: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Profile>>> {
    let locators: Vec<Locator> = ids.iter().filter_map(|id| id.parse().ok()).map(Locator::Profile).collect();
    let Viewer::App(app) = context.viewer() else {
        return Ok(locators.iter().map(|_| None).collect());
    };
    if locators.is_empty() {
        return Ok(Vec::new());
    }
    let vault = &context.deps()?.vault;
    let answer: Result<Answer, Refused> = disclose(vault, &app.claim, &Question::default(), &locators).await;
    let answer = answer.map_err(refused)?;
    app.found_alive(answer.caller);
    Ok(answer.people)
}

async fn find_other(context: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let deps = context.deps()?;
    if let Ok(id) = id.parse::<BrandId>() {
        return Ok(Brand::load(deps, [id]).await?.remove(&id).map(Node::Brand));
    }
    let Viewer::Customer(owner) = context.viewer() else { return Ok(None) };
    if let Ok(id) = id.parse::<CustomerId>() {
        return Ok((id == owner.customer()).then(|| Node::Customer(Customer::new(*owner))));
    }
    if let Ok(id) = id.parse::<GrantId>() {
        let Some(row) = consent::find_grant(deps, owner, id).await.map_err(fault)? else { return Ok(None) };
        let grant_context = GrantContext::load(deps, owner, std::slice::from_ref(&row)).await?;
        return Ok(grant_context.show(row).map(|grant| Node::Grant(Box::new(grant))));
    }
    if let Ok(id) = id.parse::<LinkId>() {
        let links = own::links(&deps.vault, owner).await.map_err(fault)?;
        return Ok(links.into_iter().find(|link| link.id == id).map(|link| Node::Link(Link::from(link))));
    }
    Ok(None)
}

//! The Relay node interface: everything that has a global id.

use std::collections::HashMap;

use async_graphql::{Context, ID, Interface, Result};
use entity::ids::{BrandId, GrantId, LinkId, ProfileId};
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
    Customer(Box<Customer>),
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
    let mut profiles = profiles(context, ids).await?.into_iter();
    let brands = Brand::load(context.deps()?, ids.iter().filter_map(|id| id.parse::<BrandId>().ok())).await?;
    let mut own = own(context, ids).await?;
    let find = |id: &ID| {
        if id.parse::<ProfileId>().is_ok() {
            return profiles.next().flatten().map(|profile| Node::Profile(Box::new(profile)));
        }
        let brand = id.parse().ok().and_then(|id| brands.get(&id)).cloned();
        brand.map(Node::Brand).or_else(|| own.remove(id.as_str()))
    };
    Ok(ids.iter().map(find).collect())
}

/// All profiles of the list in one statement; each lookup is recorded.
async fn profiles(context: &Context<'_>, ids: &[ID]) -> Result<Vec<Option<Profile>>> {
    let locators: Vec<Locator> = ids.iter().filter_map(|id| id.parse().ok()).map(Locator::Profile).collect();
    let (Viewer::App(reader) | Viewer::Staff(reader)) = context.viewer() else {
        return Ok(locators.iter().map(|_| None).collect());
    };
    if locators.is_empty() {
        return Ok(Vec::new());
    }
    let vault = &context.deps()?.vault;
    let answer: Result<Answer, Refused> = disclose(vault, &reader.claim, &Question::default(), &locators).await;
    let answer = answer.map_err(refused)?;
    reader.took(&answer);
    Ok(answer.people)
}

/// What is the customer's own: their grants and links in one statement each, however many ids there are.
async fn own(context: &Context<'_>, ids: &[ID]) -> Result<HashMap<String, Node>> {
    let mut found = HashMap::new();
    let Viewer::Customer(owner) = context.viewer() else { return Ok(found) };
    let deps = context.deps()?;
    if ids.iter().any(|id| id.parse() == Ok(owner.customer())) {
        found.insert(owner.customer().to_string(), Node::Customer(Box::new(Customer::new(*owner))));
    }
    let grants: Vec<GrantId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    if !grants.is_empty() {
        let rows = consent::find_grants(deps, owner, grants).await.map_err(fault)?;
        let shown = GrantContext::load(deps, owner, &rows).await?;
        for row in rows {
            let id = row.id.to_string();
            found.extend(shown.show(row).map(|grant| (id, Node::Grant(Box::new(grant)))));
        }
    }
    if ids.iter().any(|id| id.parse::<LinkId>().is_ok()) {
        let links = own::links(&deps.vault, owner).await.map_err(fault)?;
        found.extend(links.into_iter().map(|link| (link.id.to_string(), Node::Link(Link::from(link)))));
    }
    Ok(found)
}

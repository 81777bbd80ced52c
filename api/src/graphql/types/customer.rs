//! The customer, to themself.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use entity::access::Owner;
use entity::values::{EmailAddress, Timestamp};
use entity::vault;
use entity::vault::own::{self, OwnClusters, Wanted};
use entity::vault::second_factor;
use entity::vault::{Area, ContactDetails, Language, Owned, PersonName, Preference};
use tokio::sync::OnceCell;

use super::brand::Brand;
use super::consent_request;
use super::context::StatedContext;
use super::device_session::{self, DeviceSession, SecondFactor};
use super::disclosure::{self, Disclosure};
use super::grant::{self, Grant, GrantContext};
use super::link::{self, Link};
use super::passkey::{self, Passkey};
use super::pending_request::{PendingConsentRequest, RequestContext};
use super::receipt::{self, Receipt};
use crate::domain::{accounts, brands, consent, requests};
use crate::graphql::context::{ContextExt, fault};
use crate::graphql::page;

/// The customer who is signed in. Nobody else can read anything here.
pub struct Customer {
    owner: Owner,
    /// Read once per request, when the first of them is selected.
    clusters: OnceCell<OwnClusters>,
    marketing_blocked_since: OnceCell<Option<Timestamp>>,
}

impl Customer {
    /// The owner's own view.
    pub fn new(owner: Owner) -> Self {
        Self { owner, clusters: OnceCell::new(), marketing_blocked_since: OnceCell::new() }
    }

    async fn blocked_since(&self, context: &Context<'_>) -> Result<Option<Timestamp>> {
        let deps = context.deps()?;
        let read = || consent::marketing_blocked_since(deps, &self.owner);
        self.marketing_blocked_since.get_or_try_init(read).await.copied().map_err(fault)
    }

    async fn take<T: entity::vault::Cluster>(&self, context: &Context<'_>) -> Result<Option<Owned<T>>> {
        let vault = &context.deps()?.vault;
        let read = || async { own::clusters(vault, &self.owner).await };
        let clusters = self.clusters.get_or_try_init(read).await.map_err(fault)?;
        clusters.read::<T>().map_err(fault)
    }
}

/// The customer who is signed in. Nobody else can read anything here. All of it at once, and everything else that is held of
/// them, is a JSON file at `POST /export` with the customer's access token (GDPR articles 15 and 20).
#[Object]
impl Customer {
    /// The global id. No brand ever sees it.
    pub async fn id(&self) -> ID {
        self.owner.customer().into()
    }

    /// The address that the customer signs in with. It is not shared; `contact.email` is, under CONTACT.
    async fn email(&self, context: &Context<'_>) -> Result<Owned<EmailAddress>> {
        own::login_address(&context.deps()?.vault, &self.owner).await.map_err(fault)
    }

    /// What to call them.
    async fn name(&self, context: &Context<'_>) -> Result<Option<Owned<PersonName>>> {
        self.take(context).await
    }

    /// How to reach them.
    async fn contact(&self, context: &Context<'_>) -> Result<Option<Owned<ContactDetails>>> {
        self.take(context).await
    }

    /// Where they live, coarsely.
    async fn area(&self, context: &Context<'_>) -> Result<Option<Owned<Area>>> {
        self.take(context).await
    }

    /// How to speak to them.
    async fn language(&self, context: &Context<'_>) -> Result<Option<Owned<Language>>> {
        self.take(context).await
    }

    /// What they like; 200 at most.
    async fn preferences(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only preferences of this category.")] category: Option<String>,
    ) -> Result<Owned<Vec<Preference>>> {
        let preferences = self.take::<Vec<Preference>>(context).await?;
        let wanted = |item: &Preference| category.as_ref().is_none_or(|category| *category == item.category);
        Ok(Owned::or_empty(preferences).map(|items| items.into_iter().filter(wanted).collect()))
    }

    /// What they need right now, newest first; 20 at most.
    async fn context(&self, context: &Context<'_>) -> Result<Owned<Vec<StatedContext>>> {
        let needs = Owned::or_empty(self.take::<Vec<entity::vault::Context>>(context).await?);
        let audiences = needs.as_ref().iter().filter_map(|need| need.audience);
        let brands = Brand::load(context.deps()?, audiences).await?;
        let show = |need: entity::vault::Context| {
            let brand = need.audience.and_then(|brand| brands.get(&brand).cloned());
            StatedContext::new(need, brand)
        };
        Ok(needs.map(|needs| needs.into_iter().map(show).collect()))
    }

    /// Whether grants for DIRECT_MARKETING permit what they say; see `setDirectMarketing`.
    async fn direct_marketing_allowed(&self, context: &Context<'_>) -> Result<bool> {
        Ok(self.blocked_since(context).await?.is_none())
    }

    /// Since when none of them permits anything; null while they do.
    async fn direct_marketing_blocked_at(&self, context: &Context<'_>) -> Result<Option<Timestamp>> {
        self.blocked_since(context).await
    }

    /// The handles that they have proven, newest proof first.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn links(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, Link>> {
        let rows = page::rows(first)?;
        let links = own::links(&context.deps()?.vault, &self.owner).await.map_err(fault)?;
        let place = |text: &str| links.iter().position(|known| link::cursor(known) == text);
        let start = page::cursor(after.as_deref(), place)?.map_or(0, |place| place + 1);
        let most = usize::try_from(rows).unwrap_or(usize::MAX);
        let items = links.into_iter().skip(start).take(most).map(|link| (link::cursor(&link), link.into())).collect();
        Ok(page::page(items, rows, after.as_deref()))
    }

    /// What a sign-in wants beside the password; null if the password is enough.
    async fn second_factor(&self, context: &Context<'_>) -> Result<Option<SecondFactor>> {
        let own = second_factor::own(&context.deps()?.vault, &self.owner).await.map_err(fault)?;
        Ok(own.map(Into::into))
    }

    /// The passkeys that open the account, newest first; 20 at most.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn passkeys(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, Passkey>> {
        let rows = page::rows(first)?;
        let own = vault::passkey::own(&context.deps()?.vault, &self.owner).await.map_err(fault)?;
        let place = |text: &str| own.iter().position(|known| passkey::cursor(known) == text);
        let start = page::cursor(after.as_deref(), place)?.map_or(0, |place| place + 1);
        let most = usize::try_from(rows).unwrap_or(usize::MAX);
        let items = own.into_iter().skip(start).take(most).map(|own| (passkey::cursor(&own), own.into())).collect();
        Ok(page::page(items, rows, after.as_deref()))
    }

    /// Where they are signed in, newest first; what has ended is not shown.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn sessions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, DeviceSession>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), device_session::read_cursor)?;
        let sessions = accounts::sessions(context.deps()?, &self.owner, from, rows).await.map_err(fault)?;
        let show = |row| (device_session::cursor(&row), DeviceSession::of(row, &self.owner));
        Ok(page::page(sessions.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// What they let brands read, newest first; ended grants too.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn grants(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, Grant>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), grant::read_cursor)?;
        let deps = context.deps()?;
        let grants = consent::grants(deps, &self.owner, from, rows).await.map_err(fault)?;
        let shown = GrantContext::load(deps, &self.owner, &grants).await?;
        let items = grants.into_iter().filter_map(|row| Some((grant::cursor(&row), shown.show(row)?))).collect();
        Ok(page::page(items, rows, after.as_deref()))
    }

    /// The signed proofs of everything that happened to their consents, newest first. What an import has brought was given
    /// elsewhere and has none.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn receipts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, Receipt>> {
        let rows = page::rows(first)?;
        let before = page::cursor(after.as_deref(), |text| text.strip_prefix("receipt_")?.parse().ok())?;
        let deps = context.deps()?;
        let own = vault::receipt::own(&deps.vault, &self.owner, before, rows).await.map_err(fault)?;
        let (cursors, receipts): (Vec<i64>, Vec<_>) = own.into_iter().unzip();
        let shown = receipt::show(deps, receipts).await?;
        let cursors = cursors.into_iter().map(|revision| format!("receipt_{revision}"));
        Ok(page::page(cursors.zip(shown).collect(), rows, after.as_deref()))
    }

    /// One of their receipts; null for an id of no receipt of theirs.
    async fn receipt(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The receipt's id.")] id: ID,
    ) -> Result<Option<Receipt>> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let deps = context.deps()?;
        let own = vault::receipt::find_own(&deps.vault, &self.owner, vec![id]).await.map_err(fault)?;
        Ok(receipt::show(deps, own).await?.pop())
    }

    /// The brands' requests that they have opened and that wait for their answer, newest first.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn consent_requests(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, PendingConsentRequest>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), consent_request::read_cursor)?;
        let deps = context.deps()?;
        let now = deps.vault.now().await.map_err(fault)?;
        let requests = requests::waiting(deps, &self.owner, now, from, rows).await.map_err(fault)?;
        let shown = RequestContext::load(deps, &self.owner, now, &requests).await?;
        let items = requests
            .into_iter()
            .filter_map(|row| Some((consent_request::cursor(&row.request), shown.show(row)?)))
            .collect();
        Ok(page::page(items, rows, after.as_deref()))
    }

    /// Who looked at what, when and why, newest first: every read by a brand, answered or blocked.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn disclosures(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
        #[graphql(desc = "Only reads by this brand: its slug. One that nobody has finds nothing.")] brand: Option<
            String,
        >,
        #[graphql(desc = "True: only reads with which something left. False: only those with which nothing did.")]
        answered: Option<bool>,
    ) -> Result<Connection<String, Disclosure>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let deps = context.deps()?;
        let brand = match brand {
            Some(slug) => match brands::find(deps.vault.store.reader(), &slug).await.map_err(fault)? {
                Some(brand) => Some(brand.id),
                None => return Ok(page::page(Vec::new(), rows, after.as_deref())),
            },
            None => None,
        };
        let wanted = Wanted { brand, answered, id: None };
        let records = own::disclosures(&deps.vault, &self.owner, wanted, from, rows).await.map_err(fault)?;
        Ok(page::page(disclosure::show(deps, records, page::selects(context, "proof")).await?, rows, after.as_deref()))
    }
}

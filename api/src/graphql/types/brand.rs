//! Brands, as anyone may see them.

use std::collections::HashMap;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use entity::access::{Admin, Care};
use entity::ids::{AppId, BrandId, MacroId, ProfileId, StaffId};
use entity::kinds::{ConversationStatus, Purpose, WebhookDeliveryState};
use entity::vault::changes::{self, Change, ChangePlace};
use entity::vault::conversation::find_outgoing;
use entity::vault::{receipt, staff};
use entity::{app, audit_entry, brand, reply_macro, reply_macro_version, webhook_delivery};
use uuid::Uuid;

use super::app::App;
use super::audit::AuditEntry;
use super::consent_request::{self, ConsentRequest};
use super::conversation::{Conversation, ConversationSummary, care_only};
use super::grant_change::GrantChange;
use super::outgoing::OutgoingReply;
use super::receipt::Receipt;
use super::reply_macro::{Macro, MacroVersion};
use super::staff::StaffMember;
use super::webhook::{Webhook, WebhookDelivery};
use crate::auth::Viewer;
use crate::deps::Deps;
use crate::domain::conversations::{QueueFilter, QueuePlace, place};
use crate::failure::{Code, error};
use crate::graphql::context::{ContextExt, admin, caller, care, fault, program, staff as staff_member};
use crate::graphql::page;
use crate::graphql::query::refused;
use crate::{domain, failure};

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

    /// Everything that happened to the consents that this brand holds or held, newest first: its feed of changes, and its
    /// evidence, which an erasure leaves. For the brand's own apps; an error for everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn receipts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
        #[graphql(desc = "Only those of this customer: the brand's own id of them.")] profile_id: Option<ID>,
    ) -> Result<Connection<String, Receipt>> {
        let rows = page::rows(first)?;
        let before = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let (deps, caller) = (context.deps()?, caller(context).await?);
        if caller.brand() != self.0.id {
            return Err(failure::forbidden("these receipts are another brand's"));
        }
        // An id that is none is one that nobody has.
        let profile = profile_id.map(|id| id.parse().unwrap_or(ProfileId(Uuid::nil())));
        let found = receipt::of_brand(&deps.vault, &caller, profile, before, rows).await.map_err(fault)?;
        let show = |receipt: receipt::Receipt| (receipt.id.to_string(), Receipt::of_brand(receipt, Some(self.clone())));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// Everything that happened to the grants of this brand, for the purposes that the app is registered for: oldest first,
    /// and each change exactly once to whoever goes on from the last cursor that they got, however long they were away. It
    /// joins at the end of the list about a second after it happened; nothing ever joins before a cursor. For the brand's own
    /// apps; an error for everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn grant_changes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it. Keep the last one while a page is empty.")]
        after: Option<String>,
    ) -> Result<Connection<String, GrantChange>> {
        let rows = page::rows(first)?;
        let from: Option<ChangePlace> = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let (deps, caller) = (context.deps()?, caller(context).await?);
        if caller.brand() != self.0.id {
            return Err(failure::forbidden("these changes are another brand's"));
        }
        let Some(found) = changes::of_brand(&deps.vault, &caller, from, rows).await.map_err(fault)? else {
            let message = "nothing stands at `after` any more, because the database was restored from a copy: read the list \
                           again from its beginning, and act on what each grant is `now`";
            return Err(error(Code::BadUserInput, message));
        };
        let now = deps.vault.now().await.map_err(fault)?;
        let show = |change: Change| (change.place.to_string(), GrantChange::seen_at(change, now));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// What people have written to it, newest message first. For its apps that are registered for CUSTOMER_CARE, its agents
    /// and executives; an error for everybody else. Who they are takes `Conversation.profile`.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn conversations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
        #[graphql(desc = "Only those that stand there.")] status: Option<ConversationStatus>,
        #[graphql(desc = "Only those that this member of staff looks after.")] assignee_id: Option<ID>,
    ) -> Result<Connection<String, ConversationSummary>> {
        let rows = page::rows(first)?;
        let from: Option<QueuePlace> = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let (deps, care) = (context.deps()?, self.care(context).await?);
        // An id that is none is one that nobody has.
        let assignee = assignee_id.map(|id| id.parse().unwrap_or(StaffId(Uuid::nil())));
        let filter = QueueFilter { status, assignee };
        let found = domain::conversations::queue(deps, &care, filter, from, rows).await.map_err(fault)?;
        let places: Vec<String> = found.iter().map(|row| place(row).to_string()).collect();
        let shown = ConversationSummary::load(deps, &care, found).await?;
        Ok(page::page(places.into_iter().zip(shown).collect(), rows, after.as_deref()))
    }

    /// One conversation; null if the brand has none of this id. For its apps that are registered for CUSTOMER_CARE, its agents
    /// and executives; an error for everybody else.
    async fn conversation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The conversation's id.")] id: ID,
    ) -> Result<Option<Conversation>> {
        let (deps, care) = (context.deps()?, self.care(context).await?);
        let Ok(id) = id.parse() else { return Ok(None) };
        match domain::conversations::find(deps, &care, id).await.map_err(fault)? {
            Some(row) => Conversation::load(deps, &care, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// A reply that an app of the brand has claimed and is to send; null if it has none of this id that is SENDING. The values in
    /// its text are disclosed to that app: recorded, and shown to the customer. For its apps that are registered for
    /// CUSTOMER_CARE; an error for everybody else.
    #[graphql(complexity = "10 + child_complexity")]
    async fn outgoing_reply(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The reply's message.")] id: ID,
        #[graphql(desc = "Why: CUSTOMER_CARE, which is what conversations are for.")] purpose: Purpose,
    ) -> Result<Option<OutgoingReply>> {
        care_only(purpose)?;
        let (deps, care, reader) = (context.deps()?, program(context).await?, context.reader()?);
        let Ok(id) = id.parse() else { return Ok(None) };
        let found = find_outgoing(&deps.vault, (&care, &reader.claim), id).await.map_err(refused)?;
        if let Some(answer) = found.as_ref().and_then(|found| found.answer.as_ref()) {
            reader.took(answer);
        }
        Ok(found.map(Into::into))
    }

    /// The templates of replies that its people share, oldest first. For its staff and its apps that are registered for
    /// CUSTOMER_CARE; an error for everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn macros(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
        #[graphql(desc = "Those too that were taken out of use.", default)] retired: bool,
    ) -> Result<Connection<String, Macro>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let (deps, brand) = (context.deps()?, self.colleague(context).await?);
        let found = domain::conversations::macros(deps, brand, retired, (from, rows)).await.map_err(fault)?;
        let show = |row: reply_macro::Model| (row.id.to_string(), Macro::from(row));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// The versions of one of them, newest first. For its staff and its apps that are registered for CUSTOMER_CARE; an error for
    /// everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn macro_versions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which macro.")] macro_id: ID,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, MacroVersion>> {
        let rows = page::rows(first)?;
        let before = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let (deps, brand) = (context.deps()?, self.colleague(context).await?);
        // An id that is none is one that nobody has.
        let id = macro_id.parse().unwrap_or(MacroId(Uuid::nil()));
        let found = domain::conversations::macro_versions(deps, (brand, id), (before, rows)).await.map_err(fault)?;
        let show = |row: reply_macro_version::Model| (row.version.to_string(), MacroVersion::from(row));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// What was done to its apps and people, newest first. For its administrators; an error for everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn audit_trail(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, AuditEntry>> {
        let rows = page::rows(first)?;
        let before = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let admin = self.admin(context).await?;
        let found = domain::audit::of_brand(context.deps()?, &admin, before, rows).await.map_err(fault)?;
        let show = |row: audit_entry::Model| (row.id.to_string(), AuditEntry::from(row));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// Its apps, in no particular order. For its administrators; an error for everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn apps(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, App>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let admin = self.admin(context).await?;
        let found = domain::apps::of_brand(context.deps()?, &admin, from, rows).await.map_err(fault)?;
        let show = |row: app::Model| (row.id.to_string(), App::from(row));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// How its apps are told what happens: those that have an address, in no particular order. For its administrators; an error
    /// for everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn webhooks(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, Webhook>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let admin = self.admin(context).await?;
        let found = domain::webhooks::of_brand(context.deps()?, &admin, from, rows).await.map_err(fault)?;
        let show = |hook: domain::webhooks::Webhook| (hook.app.id.to_string(), Webhook::from(hook));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// What its apps were told in the last 30 days, newest first. For its administrators; an error for everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn webhook_deliveries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
        #[graphql(desc = "Only those to this app.")] app_id: Option<ID>,
        #[graphql(desc = "Only those that stand there.")] state: Option<WebhookDeliveryState>,
    ) -> Result<Connection<String, WebhookDelivery>> {
        let rows = page::rows(first)?;
        let before = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let (deps, admin) = (context.deps()?, self.admin(context).await?);
        // An id that is none is one that nobody has.
        let app = app_id.map(|id| id.parse().unwrap_or(AppId(Uuid::nil())));
        let filter = domain::webhooks::Filter { app, state };
        let found = domain::webhooks::deliveries(deps, &admin, filter, (before, rows)).await.map_err(fault)?;
        let show = |row: webhook_delivery::Model| (row.id.to_string(), WebhookDelivery::from(row));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
    }

    /// Who works for it, in no particular order; those who were removed are left out. For its administrators; an error for
    /// everybody else.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, StaffMember>> {
        let rows = page::rows(first)?;
        let from = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let admin = self.admin(context).await?;
        let found = staff::of_brand(&context.deps()?.vault, &admin, from, rows).await.map_err(fault)?;
        let show = |member: staff::Member| (member.id.to_string(), StaffMember::from(member));
        Ok(page::page(found.into_iter().map(show).collect(), rows, after.as_deref()))
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
        if !matches!(context.viewer(), Viewer::App(app) if app.claim.brand() == self.0.id) {
            return Ok(None);
        }
        let (deps, caller) = (context.deps()?, caller(context).await?);
        let requests = domain::requests::of_brand(deps, &caller, from, rows).await.map_err(fault)?;
        Ok(Some(page::page(consent_request::show(deps, requests).await?, rows, after.as_deref())))
    }
}

impl Brand {
    /// Its name, for sentences.
    pub fn plain_name(&self) -> &str {
        &self.0.name
    }

    /// Whoever asks and answers customers, if this is their brand.
    async fn care(&self, context: &Context<'_>) -> Result<Care> {
        let care = care(context).await?;
        if care.brand() == self.0.id { Ok(care) } else { Err(failure::forbidden("this is another brand's")) }
    }

    /// The brand, if whoever asks works for it: a member of its staff, or an app that answers customers.
    async fn colleague(&self, context: &Context<'_>) -> Result<BrandId> {
        let brand = match context.viewer() {
            Viewer::Staff(_) => staff_member(context).await?.brand(),
            _ => care(context).await?.brand(),
        };
        if brand == self.0.id { Ok(brand) } else { Err(failure::forbidden("this is another brand's")) }
    }

    /// The administrator who asks, if this is their brand.
    async fn admin(&self, context: &Context<'_>) -> Result<Admin> {
        let admin = admin(context).await?;
        if admin.brand() == self.0.id { Ok(admin) } else { Err(failure::forbidden("this is another brand's")) }
    }

    /// The brands of these ids, in one statement.
    pub async fn load(deps: &Deps, ids: impl IntoIterator<Item = BrandId>) -> Result<HashMap<BrandId, Self>> {
        let rows = domain::brands::load(deps, ids).await.map_err(fault)?;
        Ok(rows.into_iter().map(|row| (row.id, Self(row))).collect())
    }
}

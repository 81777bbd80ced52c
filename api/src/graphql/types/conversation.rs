//! Conversations, as those see them who answer for a brand.

use std::collections::HashMap;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, MergedObject, Object, Result, SimpleObject};
use entity::access::Care;
use entity::ids::{CorrespondentId, MessageId};
use entity::kinds::{ConversationStatus, DeliveryState, MessageKind, MessageVisibility, Purpose};
use entity::values::{Channel, Timestamp};
use entity::vault::Profile;
use entity::vault::conversation::{self as door, MessagePlace};
use entity::{conversation, presence};

use super::reply::{self, ReplyDraft};
use crate::deps::Deps;
use crate::domain::conversations::{self, Wording};
use crate::failure::{Code, error};
use crate::graphql::context::{ContextExt, fault};
use crate::graphql::page;
use crate::graphql::query::look_up;

/// Who writes to the brand, as their channel names them. For whoever answers for that brand.
#[derive(SimpleObject, Clone)]
pub struct Correspondent {
    /// The brand's own id of this account: another brand's is another one.
    id: ID,
    /// Where they write.
    channel: Channel,
    /// Their handle there now; null once they have erased everything.
    handle: Option<String>,
    /// What the channel calls them beside.
    name: Option<String>,
}

impl From<&door::Correspondent> for Correspondent {
    fn from(with: &door::Correspondent) -> Self {
        let names = with.names.as_ref().map(AsRef::as_ref);
        Self {
            id: with.id.into(),
            channel: with.channel,
            handle: names.map(|(handle, _)| handle.clone()),
            name: names.and_then(|(_, name)| name.clone()),
        }
    }
}

/// What was written to the brand, by it, or among its people. For whoever answers for that brand.
#[derive(SimpleObject, Clone)]
pub struct Message {
    /// The message's id.
    id: ID,
    /// Which way it went.
    kind: MessageKind,
    /// Who can read it where it was written.
    visibility: MessageVisibility,
    /// The text as its author has it now; null once it was taken back or its author has erased everything. Of a reply that was
    /// written here: as it was written, with its places, so that nothing of a grant outlives it here.
    text: Option<String>,
    /// Where it can be seen.
    url: Option<String>,
    /// What it is about, where the channel has that.
    subject: Option<String>,
    /// How far it has come, if it was written here to be sent; null otherwise.
    delivery: Option<DeliveryState>,
    /// The macro that it was written by; null if it is none.
    macro_id: Option<ID>,
    /// In which version of that.
    macro_version: Option<i32>,
    /// Which of the brand's people wrote it here; null if a channel brought it.
    staff_id: Option<ID>,
    /// When it was written, by the channel's clock, but never later than it came.
    occurred_at: Timestamp,
    /// When it came.
    received_at: Timestamp,
    /// When its author changed it last.
    edited_at: Option<Timestamp>,
    /// When its author took it back.
    deleted_at: Option<Timestamp>,
}

impl From<&door::Message> for Message {
    fn from(message: &door::Message) -> Self {
        let said = message.said.as_ref().map(AsRef::as_ref);
        Self {
            id: message.id.into(),
            kind: message.kind,
            visibility: message.visibility,
            text: said.map(|said| said.text.clone()),
            url: said.and_then(|said| said.url.clone()),
            subject: said.and_then(|said| said.subject.clone()),
            delivery: message.delivery,
            macro_id: message.by.map(|(id, _)| id.into()),
            macro_version: message.by.map(|(_, version)| version),
            staff_id: message.staff.map(Into::into),
            occurred_at: message.occurred_at,
            received_at: message.received_at,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
        }
    }
}

/// Somebody of the brand's people who is looking at a conversation. For whoever answers for that brand.
#[derive(SimpleObject)]
pub struct Presence {
    /// Who.
    staff_id: ID,
    /// Whether they are writing.
    is_writing: bool,
    /// From then on they are not there, unless they give another sign.
    until: Timestamp,
}

impl From<presence::Model> for Presence {
    fn from(row: presence::Model) -> Self {
        Self { staff_id: row.staff_id.into(), is_writing: row.is_writing, until: row.seen_until }
    }
}

/// A conversation as a list shows it. For whoever answers for the brand.
pub struct ConversationSummary {
    row: conversation::Model,
    with: Option<door::Correspondent>,
    last: Option<Message>,
}

/// A conversation as a list shows it. For apps of the brand that are registered for CUSTOMER_CARE, its agents and executives.
#[Object]
impl ConversationSummary {
    /// The conversation's id.
    async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Where it stands.
    async fn status(&self) -> ConversationStatus {
        self.row.status
    }

    /// Counts its changes. Give it back with an act: whoever acts on an older version is told.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// How often it was opened: 1, and one more each time that it was opened again.
    async fn episode(&self) -> i32 {
        self.row.episode
    }

    /// With whom it is.
    async fn correspondent(&self) -> Option<Correspondent> {
        self.with.as_ref().map(Into::into)
    }

    /// Which of the brand's people looks after it.
    async fn assignee_id(&self) -> Option<ID> {
        self.row.assignee_id.map(Into::into)
    }

    /// When its first message was written.
    async fn opened_at(&self) -> Timestamp {
        self.row.opened_at
    }

    /// Since when the customer waits for a word of the brand; null while the brand waits, or nobody does.
    async fn waiting_since(&self) -> Option<Timestamp> {
        self.row.waiting_since
    }

    /// When it was resolved; null while it is not.
    async fn resolved_at(&self) -> Option<Timestamp> {
        self.row.resolved_at.filter(|_| self.row.status == ConversationStatus::Resolved)
    }

    /// When the newest message was written; notes do not count.
    async fn last_message_at(&self) -> Timestamp {
        self.row.last_message_at
    }

    /// The newest message; notes do not count.
    async fn last_message(&self) -> Option<Message> {
        self.last.clone()
    }
}

impl ConversationSummary {
    /// These rows in their order, with whom they are and their newest messages: a few statements, however many they are.
    pub async fn load(deps: &Deps, care: &Care, rows: Vec<conversation::Model>) -> Result<Vec<Self>> {
        let with: Vec<CorrespondentId> = rows.iter().map(|row| row.correspondent_id).collect();
        let last: Vec<MessageId> = rows.iter().map(|row| row.last_message_id).collect();
        let with: HashMap<_, _> = door::correspondents(&deps.vault, care, &with).await.map_err(fault)?;
        let last: HashMap<_, _> = door::messages_of(&deps.vault, care, &last).await.map_err(fault)?;
        let one = |row: conversation::Model| Self {
            with: with.get(&row.correspondent_id).cloned(),
            last: last.get(&row.last_message_id).map(Into::into),
            row,
        };
        Ok(rows.into_iter().map(one).collect())
    }

    /// One row.
    pub async fn load_one(deps: &Deps, care: &Care, row: conversation::Model) -> Result<Self> {
        let mut loaded = Self::load(deps, care, vec![row]).await?;
        loaded.pop().ok_or_else(|| error(Code::InternalServerError, "the conversation is gone"))
    }
}

/// A conversation with all that was said. For apps of the brand that are registered for CUSTOMER_CARE, its agents and
/// executives.
#[derive(MergedObject)]
pub struct Conversation(ConversationSummary, ConversationDetail);

/// What only a single conversation shows.
pub struct ConversationDetail {
    care: Care,
    row: conversation::Model,
    with: Option<door::Correspondent>,
}

#[Object]
impl ConversationDetail {
    /// What was said, newest first.
    #[graphql(complexity = "page::weight(first, child_complexity)")]
    async fn messages(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "A cursor of this list: what comes after it.")] after: Option<String>,
    ) -> Result<Connection<String, Message>> {
        let rows = page::rows(first)?;
        let before: Option<MessagePlace> = page::cursor(after.as_deref(), |text| text.parse().ok())?;
        let deps = context.deps()?;
        let found = door::messages(&deps.vault, &self.care, self.row.id, before, rows).await.map_err(fault)?;
        let show = |message: &door::Message| (message.place().to_string(), message.into());
        Ok(page::page(found.iter().map(show).collect(), rows, after.as_deref()))
    }

    /// Who of the brand's people is looking at it now.
    async fn present(&self, context: &Context<'_>) -> Result<Vec<Presence>> {
        let found = conversations::present(context.deps()?, &self.care, self.row.id).await.map_err(fault)?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// The customer it is with, as far as they let this brand see; found by the account, not by the handle, which may have
    /// gone to somebody else. Null without a live grant, whatever the reason. A disclosure like that of `Query.profile`:
    /// recorded, and shown to the customer.
    #[graphql(complexity = "10 + child_complexity")]
    async fn profile(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Why: CUSTOMER_CARE, which is what conversations are for.")] purpose: Purpose,
    ) -> Result<Option<Profile>> {
        care_only(purpose)?;
        self.disclose(context, purpose).await
    }

    /// A reply's template, filled in with what the customer lets this brand see now: `Dear
    /// {{ name.displayName || 'customer' }}`. There are name.displayName, givenName and familyName, contact.email and phone,
    /// area.postalCode, region and country, context.topic, text and wishedOutcome (of the newest), and the brand's own
    /// brand.name and agent.name. A value that is withheld or missing is replaced by the fallback after `||`; where there is
    /// none the place is left open. What is private is refused in a public reply, before anything is read. A disclosure like
    /// that of `Query.profile`: recorded, and shown to the customer.
    #[graphql(complexity = "10 + child_complexity")]
    async fn draft_reply(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The template: 10,000 bytes and 50 places at most.")] template: Option<String>,
        #[graphql(desc = "A macro instead.")] macro_id: Option<ID>,
        #[graphql(desc = "Who can read the reply where it goes.")] visibility: MessageVisibility,
        #[graphql(desc = "Why: CUSTOMER_CARE, which is what conversations are for.")] purpose: Purpose,
    ) -> Result<ReplyDraft> {
        care_only(purpose)?;
        let wording = wording(template, macro_id, None)?;
        reply::draft(context, (&self.care, self.with.as_ref()), &wording, visibility).await
    }
}

impl ConversationDetail {
    /// The customer, as far as the field that is being resolved selects of them.
    async fn disclose(&self, context: &Context<'_>, purpose: Purpose) -> Result<Option<Profile>> {
        let Some(locator) = self.with.as_ref().and_then(door::Correspondent::locator) else { return Ok(None) };
        Ok(look_up(context, &[locator], purpose).await?.pop().flatten())
    }
}

/// What is to be said: a text of its own, or a macro.
pub(in crate::graphql) fn wording(
    template: Option<String>,
    macro_id: Option<ID>,
    macro_version: Option<i32>,
) -> Result<Wording> {
    match (template, macro_id) {
        (Some(template), None) => Ok(Wording::Template(template)),
        (None, Some(id)) => Ok(Wording::Macro(id.0, macro_version)),
        _ => Err(error(Code::BadUserInput, "give either `template` or `macroId`")),
    }
}

pub(in crate::graphql) fn care_only(purpose: Purpose) -> Result<()> {
    let message = "`purpose` must be CUSTOMER_CARE here; use `profile` for another";
    if purpose == Purpose::CustomerCare { Ok(()) } else { Err(error(Code::BadUserInput, message)) }
}

impl Message {
    /// One of the brand's, just written.
    pub async fn load_one(deps: &Deps, care: &Care, id: MessageId) -> Result<Option<Self>> {
        let found = door::messages_of(&deps.vault, care, &[id]).await.map_err(fault)?;
        Ok(found.get(&id).map(Into::into))
    }
}

impl Conversation {
    /// A conversation from its row.
    pub async fn load(deps: &Deps, care: &Care, row: conversation::Model) -> Result<Self> {
        let summary = ConversationSummary::load_one(deps, care, row.clone()).await?;
        let with = summary.with.clone();
        Ok(Self(summary, ConversationDetail { care: *care, row, with }))
    }

    /// The customer it is with, as far as the field that is being resolved selects of them: a disclosure.
    pub async fn disclose(&self, context: &Context<'_>, purpose: Purpose) -> Result<Option<Profile>> {
        self.1.disclose(context, purpose).await
    }
}

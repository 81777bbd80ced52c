//! A message as a channel has signed it: to which brand it goes, or from which it comes, and what has happened to it.

use entity::brand_account;
use entity::kinds::{MessageKind, MessageVisibility};
use entity::values::{AccountId, Channel, Handle, HttpsUrl, Text, Timestamp};
use entity::vault::conversation::{self, Delivered, Passed};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, Set};

use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal};
use crate::failure;

/// What has happened to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// It was written.
    Created,
    /// Its author has changed it: the text is the new one.
    Edited,
    /// Its author has taken it back.
    Deleted,
}

/// Somebody on a channel.
#[derive(Debug, Clone, Default)]
pub struct Party {
    /// The channel's lasting id of their account; of addresses and numbers it may be left out.
    pub account: String,
    /// Their name there now.
    pub handle: String,
    /// What the channel calls them beside.
    pub name: Option<String>,
}

/// What a channel tells.
pub struct Event {
    /// Where.
    pub channel: Channel,
    /// What has happened.
    pub verb: Verb,
    /// The channel's id of the delivery: the same one is done once.
    pub delivery: String,
    /// The channel's id of the message.
    pub id: Option<String>,
    /// Who wrote it; may be left out of what was taken back.
    pub author: Option<Party>,
    /// To whom.
    pub to: Option<Party>,
    /// The text as it is now.
    pub text: String,
    /// Who can read it there; left out: anybody, or of addresses and numbers the two sides only.
    pub visibility: Option<MessageVisibility>,
    /// Where it can be seen.
    pub url: Option<String>,
    /// What it is about, where the channel has that.
    pub subject: Option<String>,
    /// Whether it names both sides by the channel's lasting ids. Otherwise a brand is known by its handle alone.
    pub names_accounts: bool,
    /// When it happened; left out: now.
    pub occurred_at: Option<String>,
}

/// Takes in what a channel tells, if an account of a brand is on either side. When this returns it is done, and the same
/// event may come again.
///
/// # Errors
/// When something of it cannot be used: its field is named as it stands in the delivery.
pub async fn receive(deps: &Deps, event: &Event) -> Result<(), Refusal> {
    match take(deps, event).await {
        // Two came at once from somebody who writes for the first time; nothing was changed.
        Err(Refusal::Fault(error)) if failure::is_conflict(&error) => take(deps, event).await,
        done => done,
    }
}

async fn take(deps: &Deps, event: &Event) -> Result<(), Refusal> {
    let Some(Sides { account, kind, other }) = sides(deps, event).await? else { return Ok(()) };
    let mut check = Mistakes::default();
    let now = deps.vault.now().await?;
    let id = event.id.as_deref().and_then(|id| check.parse::<Text<512>>("data.id", id));
    if event.id.is_none() {
        check.push(Mistake::new(MistakeCode::Invalid, "data.id", "the channel's id of the message is missing"));
    }
    if event.verb == Verb::Edited && event.occurred_at.is_none() {
        // Of two changes the later one counts, whichever comes first.
        check.push(Mistake::new(MistakeCode::Invalid, "data.occurredAt", "when it was changed is missing"));
    }
    let occurred_at = event.occurred_at.as_deref().map(|at| check.parse::<Timestamp>("data.occurredAt", at));
    let occurred_at = occurred_at.flatten().unwrap_or(now);
    let passed = match (event.verb, other) {
        (Verb::Deleted, _) => None,
        (_, other) => read(&mut check, event, (kind, other), (&account, occurred_at)),
    };
    check.done()?;
    let Some(id) = id else { return Ok(()) };
    let (id, delivery) = (id.as_str().to_owned(), Some(event.delivery.clone()));
    let at = Delivered { brand: account.brand_id, channel: event.channel, id, delivery };
    let transaction = deps.vault.begin().await?;
    match passed {
        None => conversation::take_back(&transaction, &at, occurred_at).await?,
        Some(passed) => {
            let is_edit = event.verb == Verb::Edited;
            conversation::receive(&transaction, &at, &passed, is_edit).await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}

/// Between whom it is.
struct Sides<'e> {
    /// The account of the brand.
    account: brand_account::Model,
    /// Which way it goes.
    kind: MessageKind,
    /// Who is on the other side.
    other: Option<&'e Party>,
}

/// `None`: no brand's account is there, or on both sides one of the same brand's.
async fn sides<'e>(deps: &Deps, event: &'e Event) -> Result<Option<Sides<'e>>, DbErr> {
    let (author, to) = (event.author.as_ref(), event.to.as_ref());
    let writer = account_of(deps, event, author).await?;
    let reader = account_of(deps, event, to).await?;
    Ok(match (writer, reader) {
        (Some(writer), Some(reader)) if writer.brand_id == reader.brand_id => None,
        (_, Some(account)) => Some(Sides { account, kind: MessageKind::Inbound, other: author }),
        (Some(account), None) => Some(Sides { account, kind: MessageKind::Outbound, other: to }),
        (None, None) => None,
    })
}

/// The brand's account that somebody is. By its id, if the channel names it: a handle may have gone to somebody else. An id that
/// is told for the first time is remembered.
async fn account_of(deps: &Deps, event: &Event, party: Option<&Party>) -> Result<Option<brand_account::Model>, DbErr> {
    let (Some(party), channel) = (party, event.channel) else { return Ok(None) };
    let id = Some(party.account.as_str()).filter(|id| event.names_accounts && !id.is_empty());
    let handle = Handle::parse(channel, &party.handle).ok();
    let mut which = Condition::any();
    if let Some(id) = id {
        which = which.add(brand_account::Column::AccountId.eq(id));
    }
    if let Some(handle) = &handle {
        which = which.add(brand_account::Column::Normalised.eq(handle.normalised()));
    }
    if which.is_empty() {
        return Ok(None);
    }
    let rows = brand_account::Entity::find()
        .filter(brand_account::Column::Channel.eq(channel))
        .filter(which)
        .all(deps.vault.store.reader())
        .await?;
    if let Some(row) = rows.iter().find(|row| id.is_some() && row.account_id.as_deref() == id) {
        return Ok(Some(row.clone()));
    }
    let by_handle =
        rows.into_iter().find(|row| handle.as_ref().is_some_and(|handle| row.normalised == handle.normalised()));
    match (by_handle, id) {
        (Some(row), Some(id)) if row.account_id.is_none() => {
            let learnt = brand_account::ActiveModel { account_id: Set(Some(id.to_owned())), ..Default::default() };
            brand_account::Entity::update_many()
                .set(learnt)
                .filter(brand_account::Column::BrandId.eq(row.brand_id))
                .filter(brand_account::Column::Channel.eq(channel))
                .filter(brand_account::Column::Normalised.eq(row.normalised.clone()))
                .filter(brand_account::Column::AccountId.is_null())
                .exec(deps.vault.store.writer())
                .await?;
            Ok(Some(row))
        }
        // The handle is another account's by now.
        (Some(_), Some(_)) => Ok(None),
        (by_handle, None) => Ok(by_handle),
        (None, Some(_)) => Ok(None),
    }
}

fn read(
    check: &mut Mistakes,
    event: &Event,
    (kind, other): (MessageKind, Option<&Party>),
    (account, occurred_at): (&brand_account::Model, Timestamp),
) -> Option<Passed> {
    let side = if kind == MessageKind::Inbound { "data.author" } else { "data.to" };
    let Some(other) = other else {
        check.push(Mistake::new(MistakeCode::Invalid, side, "who is on the other side is missing"));
        return None;
    };
    let handle = check.take(&format!("{side}.handle"), Handle::parse(event.channel, &other.handle))?;
    let is_address = event.channel.is_address();
    let id = if is_address { handle.normalised() } else { other.account.as_str() };
    let id = check.parse::<AccountId>(&format!("{side}.id"), id)?;
    let subject = event.subject.as_deref().and_then(|subject| subject.parse::<Text<1_000>>().ok());
    let url = event.url.as_deref().and_then(|url| check.parse::<HttpsUrl>("data.url", url));
    let usual = if is_address { MessageVisibility::Private } else { MessageVisibility::Public };
    let name = other.name.as_deref().and_then(|name| name.parse::<Text<200>>().ok());
    Some(Passed {
        handle,
        account: id,
        name: name.map(|name| name.as_str().to_owned()),
        kind,
        visibility: event.visibility.unwrap_or(usual),
        text: event.text.clone(),
        url: url.map(|url| url.as_str().to_owned()),
        subject: subject.map(|subject| subject.as_str().to_owned()),
        brand_account: account.handle.clone(),
        occurred_at,
    })
}

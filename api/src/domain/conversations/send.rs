//! Sending a reply: filled in by a disclosure, queued with the conversation's change, and sent by whoever sends for the channel.

use entity::access::{Care, ReaderClaim};
use entity::conversation;
use entity::ids::{ConversationId, MessageId};
use entity::kinds::{AccessStatus, MessageVisibility};
use entity::values::Text;
use entity::vault::conversation::{self as door, Another, Queued, Written};
use entity::vault::disclose::Refused;
use entity::vault::draft::{Draft, Variable};
use sea_orm::DbErr;

use super::act::lock;
use super::draft::{Worded, Wording, draft, template, worded};
use super::macros::usable_macro;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};
use crate::failure;

/// A reply.
pub struct NewReply {
    /// In which conversation.
    pub conversation: String,
    /// The version of it that was seen.
    pub seen: Option<i32>,
    /// What to send, with places to be filled in.
    pub wording: Wording,
    /// Who may read it where it goes.
    pub visibility: MessageVisibility,
    /// The caller's key: whoever sends it twice sends one reply.
    pub idempotency: Option<String>,
}

/// Why nothing was queued.
#[derive(Debug, thiserror::Error)]
pub enum Unsent {
    /// Its values were not disclosed.
    #[error(transparent)]
    Undisclosed(#[from] Refused),
    /// The input has mistakes, or we have a fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<DbErr> for Unsent {
    fn from(fault: DbErr) -> Self {
        Self::Refused(Refusal::Fault(fault))
    }
}

impl From<Mistake> for Unsent {
    fn from(mistake: Mistake) -> Self {
        Self::Refused(mistake.into())
    }
}

/// Queues a reply. Durable when this returns.
///
/// # Errors
/// When there is no such conversation, it has changed since, or the reply cannot be sent as it is; then nothing is.
pub async fn send(
    deps: &Deps,
    (care, claim): (&Care, &ReaderClaim),
    new: &NewReply,
) -> Result<(conversation::Model, MessageId), Unsent> {
    match try_send(deps, (care, claim), new).await {
        // The same was sent twice at once: now the other one is there.
        Err(Unsent::Refused(Refusal::Fault(error))) if failure::is_conflict(&error) => {
            try_send(deps, (care, claim), new).await
        }
        done => done,
    }
}

async fn try_send(
    deps: &Deps,
    (care, claim): (&Care, &ReaderClaim),
    new: &NewReply,
) -> Result<(conversation::Model, MessageId), Unsent> {
    let worded = worded(deps.vault.store.reader(), care.brand(), &new.wording).await?;
    let template = template(&worded.template, new.visibility)?;
    if worded.template.trim().is_empty() {
        return Err(Mistake::new(MistakeCode::Invalid, "template", "a reply says something").into());
    }
    if let Some(key) = &new.idempotency {
        let checked: Result<Text<200>, _> = key.parse();
        checked.map_err(|fault| Mistake::new(MistakeCode::Invalid, "idempotencyKey", fault.to_string()))?;
    }
    let id: ConversationId = new.conversation.parse().map_err(|_| super::act::unknown())?;
    let Worded { template: text, by } = &worded;
    let written =
        Written { template: text, visibility: new.visibility, by: *by, idempotency: new.idempotency.as_deref() };
    let reader = deps.vault.store.reader();
    let row = super::find(deps, care, id).await?.ok_or_else(super::act::unknown)?;
    let queued = door::find_queued(reader, &deps.vault.keys, care, id, &written).await?;
    if let Some(message) = once(queued)? {
        return Ok((row, message));
    }
    // What is refused anyway discloses nothing.
    super::act::is_as_seen(&row, new.seen)?;
    let with = door::correspondents(&deps.vault, care, &[row.correspondent_id]).await?;
    let with = with.get(&row.correspondent_id);
    if new.visibility == MessageVisibility::Public && with.is_some_and(|with| with.channel.is_address()) {
        let message = "there is no public reply on this channel; use PRIVATE";
        return Err(Mistake::new(MistakeCode::Invalid, "visibility", message).into());
    }
    let filled = draft(deps, (care, claim), with, &template).await?.draft;
    if let Some(open) = filled.unresolved() {
        return Err(withheld(open).into());
    }
    queue(deps, care, new, (&written, &filled)).await
}

async fn queue(
    deps: &Deps,
    care: &Care,
    new: &NewReply,
    (written, draft): (&Written<'_>, &Draft),
) -> Result<(conversation::Model, MessageId), Unsent> {
    let transaction = deps.vault.begin().await?;
    // Whoever sends the same again says the version from before; so first who holds the conversation, then that.
    let mut locked = lock(&transaction, care, &new.conversation, None).await?;
    let keys = transaction.keys();
    let queued = door::find_queued(transaction.connection(), keys, care, locked.row.id, written).await?;
    if let Some(message) = once(queued)? {
        return Ok((locked.row, message));
    }
    super::act::is_as_seen(&locked.row, new.seen)?;
    // Somebody may have taken the macro out of use meanwhile, or changed it.
    if let Wording::Macro(id, _) = &new.wording {
        let seen = written.by.map(|(_, version)| version);
        usable_macro(transaction.connection(), care.brand(), (id, seen)).await?;
    }
    let message = match door::queue(&transaction, care, &mut locked, written, draft).await? {
        Queued::Done(message) => message,
        Queued::Gone => {
            let message = "whoever wrote this has erased everything, or their account is somebody else's now: no reply would \
                           reach them";
            return Err(Mistake::new(MistakeCode::WrongState, "conversationId", message).into());
        }
        Queued::Accountless => {
            let message = "your brand has no account on this channel to write from; the operator names it";
            return Err(Mistake::new(MistakeCode::WrongState, "conversationId", message).into());
        }
    };
    transaction.commit().await?;
    Ok((locked.row, message))
}

/// The reply that was queued under this key before, if it was this one.
fn once(queued: Option<Result<MessageId, Another>>) -> Result<Option<MessageId>, Mistake> {
    let message = "this key was used for another reply; take a new one";
    queued.transpose().map_err(|Another| Mistake::new(MistakeCode::Taken, "idempotencyKey", message))
}

fn withheld(variable: &Variable) -> Mistake {
    let why = match variable.status {
        None | Some(AccessStatus::Granted) => "nothing is said there",
        Some(AccessStatus::NotGranted) => "it is not shared",
        Some(AccessStatus::Paused) => "it is paused",
        Some(AccessStatus::Withdrawn) => "it was withdrawn",
        Some(AccessStatus::Expired) => "it has expired",
    };
    let message = format!("`{}` has no value here, as {why}; give a fallback, or leave it out", variable.path);
    Mistake::new(MistakeCode::WrongState, "template", message)
}

/// Queues a reply again that has failed, or of which nobody knows whether it has gone out.
///
/// # Errors
/// When the brand has no such reply, or it is not in such a state.
pub async fn send_again(deps: &Deps, care: &Care, message: &str) -> Result<(conversation::Model, MessageId), Refusal> {
    let id = message.parse::<MessageId>().ok();
    let transaction = deps.vault.begin().await?;
    if let Some(id) = id
        && let Some(row) = door::queue_again(&transaction, care.brand(), id).await?
    {
        transaction.commit().await?;
        return Ok((row, id));
    }
    let message = "your brand has no reply of this id that is FAILED or UNCERTAIN; what was WITHHELD is written anew";
    Err(Mistake::new(MistakeCode::NotFound, "messageId", message).into())
}

//! The proof by a message: the customer sends a code from the handle itself, and the channel says who sent it.

use entity::access::Owner;
use entity::inbound_message;
use entity::values::{AccountId, Channel, Handle, LinkCode, Timestamp};
use entity::vault::Transaction;
use entity::vault::challenge;
use entity::vault::link::ProvenHandle;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::{Challenge, Instructions, by_address, too_many_codes};
use crate::deps::Deps;
use crate::domain::Refusal;
use crate::failure;

/// A channel delivers a message once, and once more if it did not hear that we have it: for so many days at most.
const REMEMBERED_DAYS: i64 = 7;
/// What the keyed hash of a message's id is for.
const KIND: &str = "inbound";

/// A message as the channel has signed it.
pub struct Message {
    /// Where it came from.
    pub channel: Channel,
    /// The channel's id of the delivery: the same one is done once.
    pub id: String,
    /// Who wrote it: the channel's own, lasting id of the account.
    pub account: String,
    /// And its name now.
    pub handle: String,
    /// What was written.
    pub text: String,
}

/// Issues a code to be sent from a handle on a channel that listens.
pub(super) async fn start(deps: &Deps, owner: &Owner, handle: &Handle) -> Result<Challenge, Refusal> {
    let (transaction, _) = deps.vault.begin_for(owner).await?;
    let issued = challenge::issue_for_message(&transaction, owner, handle).await?;
    transaction.commit().await?;
    let issued = issued.ok_or_else(too_many_codes)?;
    let to = deps.config.channels.accounts(handle.channel()).to_vec();
    let instructions = Instructions::Send { text: issued.code, to };
    Ok(Challenge { id: issued.id, channel: handle.channel(), expires_at: issued.expires_at, instructions })
}

/// Takes a message in. Whatever becomes of it, whoever sent it is told the same.
///
/// # Errors
/// When the database cannot be asked: then the channel is to deliver it again.
pub async fn receive(deps: &Deps, message: &Message) -> Result<(), DbErr> {
    let Some(code) = LinkCode::find(&message.text) else { return Ok(()) };
    match prove(deps, message, &code).await {
        // Two proofs met; nothing was changed.
        Err(error) if failure::is_conflict(&error) => prove(deps, message, &code).await,
        done => done,
    }
}

async fn prove(deps: &Deps, message: &Message, code: &LinkCode) -> Result<(), DbErr> {
    // No customer is locked yet: the takeover locks everybody concerned in one order.
    let transaction = deps.vault.begin().await?;
    let now = transaction.now();
    let Some(proven) = sender(message, now) else {
        tracing::warn!(channel = message.channel.as_str(), "a channel named a sender who cannot be one");
        return Ok(());
    };
    if !note(&transaction, message).await? {
        return Ok(());
    }
    if let Some(owner) = challenge::answer_by_message(&transaction, &proven.handle, code).await? {
        super::tie(&transaction, &owner, &proven).await?;
    }
    transaction.commit().await
}

/// Notes that a message was taken in. Whether it is new.
async fn note(transaction: &Transaction, message: &Message) -> Result<bool, DbErr> {
    let hash = transaction.keys().secret(KIND, message.id.as_bytes());
    inbound_message::Entity::note(transaction.connection(), message.channel, hash, transaction.now()).await
}

/// Whom the channel names. An address or a number is its own account.
fn sender(message: &Message, verified_at: Timestamp) -> Option<ProvenHandle> {
    let handle = Handle::parse(message.channel, &message.handle).ok()?;
    if message.channel.is_address() {
        return by_address(handle, verified_at);
    }
    let account: AccountId = message.account.parse().ok()?;
    Some(ProvenHandle { handle, account, verified_at })
}

/// Forgets messages that nobody delivers again; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_messages(deps: &Deps) -> Result<usize, DbErr> {
    let before = deps.vault.now().await?.minus_days(REMEMBERED_DAYS);
    let old = inbound_message::Entity::delete_many().filter(inbound_message::Column::ReceivedAt.lt(before));
    let gone = old.exec(deps.vault.store.writer()).await?;
    Ok(usize::try_from(gone.rows_affected).unwrap_or(usize::MAX))
}

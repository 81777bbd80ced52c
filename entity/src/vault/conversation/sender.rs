//! Replies on their way out: taken by whoever sends for their channel, who says then what came of it.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};

use crate::access::Care;
use crate::ids::{BrandId, ConversationId, MessageId};
use crate::kinds::{DeliveryState, MessageVisibility, NewsKind};
use crate::proof::ProofPeriod;
use crate::protected::{correspondent, message, sealed};
use crate::reply;
use crate::values::{Channel, Timestamp};
use crate::vault::news::News;
use crate::vault::{Transaction, Vault, webhooks};

use super::naming::{look, name};
use super::permit::stands;
use super::read::whole;
use super::settle::{Reason, settle};
use super::write::{Locked, lock_of};
use super::{Said, Who, said_place, who_place};

/// Whoever has taken a reply says within this time what came of it.
const LEASE: i64 = 5 * 60 * 1_000;
/// What was not taken by then is given up.
const MOST_DAYS: i64 = 3;
/// The shortest pause between two tries.
const SHORTEST_PAUSE: i64 = 60 * 1_000;
/// And the longest.
const LONGEST_PAUSE: i64 = 6 * 3_600 * 1_000;

/// What goes out, and to whom. The law has permitted it just now.
pub struct Letter {
    /// To whom: the handle that they have now.
    pub to: String,
    /// From which of the brand's accounts.
    pub from: Option<String>,
    /// The text, with its values.
    pub text: String,
    /// What it is about, where the channel has that.
    pub subject: Option<String>,
    /// The channel's id of what it answers.
    pub answers: Option<String>,
    /// Who may read it there.
    pub visibility: MessageVisibility,
}

/// What came of a reply that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The channel has taken it, under this id.
    Sent(String),
    /// The channel says that it has arrived.
    Delivered,
    /// Not for the moment: it is tried again.
    NotNow,
    /// The channel will never take it.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// Who sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// This server: mail.
    Server,
    /// The brand's app: everything else.
    App,
}

impl Sender {
    /// Whether it sends on a channel.
    #[must_use]
    pub fn serves(self, channel: Channel) -> bool {
        (channel == Channel::Email) == (self == Self::Server)
    }
}

/// What whoever sends says of a reply.
pub struct Report {
    /// Who says it.
    pub by: Sender,
    /// Which time it was taken, from 1: what is said of an earlier one changes nothing that another has in hand.
    pub attempt: i32,
    /// What came of it.
    pub outcome: Outcome,
}

/// Replies for a channel whose turn has come, of all brands, or for an app of one, which may read what they hold: up to `limit`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn due(vault: &Vault, channel: Channel, app: Option<&Care>, limit: u64) -> Result<Vec<reply::Model>, DbErr> {
    let now = vault.now().await?;
    let mut query = waiting(DeliveryState::Queued, now).filter(reply::Column::Channel.eq(channel));
    if let Some(app) = app {
        let beyond = Expr::col(reply::Column::Scopes).bit_and(!app.scopes().0);
        query = query.filter(reply::Column::BrandId.eq(app.brand())).filter(beyond.eq(0));
    }
    query.limit(limit).all(vault.store.reader()).await
}

/// Replies that nobody has taken within three days, on any channel: up to `limit`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn stale(vault: &Vault, limit: u64) -> Result<Vec<reply::Model>, DbErr> {
    let now = vault.now().await?;
    let long_ago = reply::Column::QueuedAt.lt(now.minus_days(MOST_DAYS));
    waiting(DeliveryState::Queued, now).filter(long_ago).limit(limit).all(vault.store.reader()).await
}

/// Replies whose sender has said nothing for too long, on any channel: up to `limit`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn silent(vault: &Vault, limit: u64) -> Result<Vec<reply::Model>, DbErr> {
    let now = vault.now().await?;
    waiting(DeliveryState::Sending, now).limit(limit).all(vault.store.reader()).await
}

fn waiting(state: DeliveryState, now: Timestamp) -> Select<reply::Entity> {
    reply::Entity::find()
        .filter(reply::Column::State.eq(state))
        .filter(reply::Column::RunAt.lte(now))
        .order_by_asc(reply::Column::RunAt)
}

/// Takes a reply whose turn has come, and which time it is: until its lease is over nobody else does. `None` if there is nothing
/// to send: somebody has it, or it may not go out.
///
/// # Errors
/// When the database cannot be asked.
pub async fn take(
    transaction: &Transaction,
    proofs: ProofPeriod,
    brand: BrandId,
    id: MessageId,
) -> Result<Option<(Letter, i32)>, DbErr> {
    let Some(Held { locked, message, row }) = hold(transaction, brand, id).await? else { return Ok(None) };
    let now = transaction.now();
    if row.state != DeliveryState::Queued || row.run_at.is_none_or(|at| now < at) {
        return Ok(None);
    }
    let letter = match locked.reachable() {
        Some(with) if stands(transaction, proofs, &row, with).await? => open(transaction, with, &message).await?,
        _ => None,
    };
    match letter {
        Some(letter) => {
            let attempts = row.attempts.saturating_add(1);
            let row = reply::Model { attempts, ..row };
            change(transaction, (message.conversation_id, &row), DeliveryState::Sending, Some(now.plus_millis(LEASE)))
                .await?;
            Ok(Some((letter, attempts)))
        }
        None => {
            change(transaction, (message.conversation_id, &row), DeliveryState::Withheld, None).await?;
            settle(transaction, locked.row, Reason::Changed).await?;
            Ok(None)
        }
    }
}

/// Gives up on a reply: whose sender has said nothing for too long nobody knows, and what nobody has taken for three days has
/// failed. Whatever is neither stays as it is.
///
/// # Errors
/// When the database cannot be asked.
pub async fn give_up(transaction: &Transaction, brand: BrandId, id: MessageId) -> Result<(), DbErr> {
    let Some(Held { locked, message, row }) = hold(transaction, brand, id).await? else { return Ok(()) };
    let now = transaction.now();
    match row.state {
        DeliveryState::Sending if row.run_at.is_some_and(|at| at <= now) => {
            change(transaction, (message.conversation_id, &row), DeliveryState::Uncertain, None).await
        }
        DeliveryState::Queued if row.queued_at < now.minus_days(MOST_DAYS) => {
            change(transaction, (message.conversation_id, &row), DeliveryState::Failed, None).await?;
            settle(transaction, locked.row, Reason::Changed).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// Puts a reply off that could not be seen to, so that it holds up no other.
///
/// # Errors
/// When the database cannot be asked.
pub async fn put_off(vault: &Vault, row: &reply::Model) -> Result<(), DbErr> {
    let later = vault.now().await?.plus_millis(LEASE);
    let whose = reply::Column::BrandId.eq(row.brand_id).and(reply::Column::Id.eq(row.id));
    reply::Entity::update_many()
        .set(reply::ActiveModel { run_at: Set(Some(later)), ..Default::default() })
        .filter(whose.and(reply::Column::State.eq(row.state)).and(reply::Column::RunAt.eq(row.run_at)))
        .exec(vault.store.writer())
        .await
        .map(drop)
}

/// Says what came of a reply that was taken. Saying the same twice does no harm. `false` if there is none of that id that was
/// taken then, or something else has come of it.
///
/// # Errors
/// When the database cannot be asked.
pub async fn report(transaction: &Transaction, brand: BrandId, id: MessageId, report: &Report) -> Result<bool, DbErr> {
    let told = match &report.outcome {
        Outcome::Sent(named) => look(transaction, (brand, id), named).await?,
        _ => None,
    };
    let Some(Held { locked, message, row }) = hold(transaction, brand, id).await? else { return Ok(false) };
    if !report.by.serves(row.channel) || report.attempt < 1 || row.attempts < report.attempt {
        return Ok(false);
    }
    let (now, is_latest) = (transaction.now(), row.attempts == report.attempt);
    use DeliveryState::{Delivered, Failed, Queued, Sending, Sent, Uncertain, Withheld};
    match (&report.outcome, row.state) {
        // It has gone out, whatever was thought of it before: nobody sends it again.
        (Outcome::Sent(_), Queued | Sending | Sent | Delivered | Uncertain) => {
            if row.state != Delivered {
                change(transaction, (message.conversation_id, &row), Sent, None).await?;
            }
            if let Some(told) = told
                && name(transaction, &message, told).await?
            {
                settle(transaction, locked.row, Reason::Changed).await?;
            }
        }
        (Outcome::Delivered, Queued | Sending | Sent | Delivered | Uncertain) => {
            change(transaction, (message.conversation_id, &row), Delivered, None).await?;
        }
        (Outcome::Unknown, Sending) if is_latest => {
            change(transaction, (message.conversation_id, &row), Uncertain, None).await?
        }
        (Outcome::NotNow, Sending) if is_latest && now < row.queued_at.plus_days(MOST_DAYS) => {
            // As long again as it has waited.
            let waited = now.millis_since(row.queued_at).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            change(transaction, (message.conversation_id, &row), Queued, Some(now.plus_millis(waited))).await?;
        }
        (Outcome::NotNow | Outcome::Refused, Sending) if is_latest => {
            change(transaction, (message.conversation_id, &row), Failed, None).await?;
            settle(transaction, locked.row, Reason::Changed).await?;
        }
        // Said already.
        (Outcome::Unknown, Uncertain) | (Outcome::NotNow, Queued | Failed) | (Outcome::Refused, Failed)
            if is_latest => {}
        (_, Withheld | Queued | Sending | Sent | Delivered | Failed | Uncertain) => return Ok(false),
    }
    Ok(true)
}

/// Queues a reply again that has failed, or of which nobody knows. `None` if there is none of that id in such a state.
///
/// # Errors
/// When the database cannot be asked.
pub async fn queue_again(
    transaction: &Transaction,
    brand: BrandId,
    id: MessageId,
) -> Result<Option<crate::conversation::Model>, DbErr> {
    let Some(Held { locked, message, row }) = hold(transaction, brand, id).await? else { return Ok(None) };
    if !matches!(row.state, DeliveryState::Failed | DeliveryState::Uncertain) {
        return Ok(None);
    }
    let now = transaction.now();
    let row = reply::Model { queued_at: now, ..row };
    change(transaction, (message.conversation_id, &row), DeliveryState::Queued, Some(now)).await?;
    settle(transaction, locked.row, Reason::Answered).await.map(Some)
}

/// A reply with its message and conversation, all locked in that order.
struct Held {
    locked: Locked,
    message: message::Model,
    row: reply::Model,
}

async fn hold(transaction: &Transaction, brand: BrandId, id: MessageId) -> Result<Option<Held>, DbErr> {
    let connection = transaction.connection();
    let Some(message) = message::Entity::find_by_id((brand, id)).one(connection).await? else { return Ok(None) };
    let Some(locked) = lock_of(transaction, brand, message.conversation_id).await? else { return Ok(None) };
    let row = reply::Entity::find_by_id((brand, id)).lock_exclusive().one(connection).await?;
    // What was said may have ended with somebody's erasure meanwhile.
    let message = message::Entity::find_by_id((brand, id)).one(connection).await?;
    Ok(row.zip(message).map(|(row, message)| Held { locked, message, row }))
}

/// `None` if nothing is left of it, or it was damaged.
async fn open(
    transaction: &Transaction,
    with: &correspondent::Model,
    message: &message::Model,
) -> Result<Option<Letter>, DbErr> {
    if message.payload.0.is_empty() {
        return Ok(None);
    }
    let Some(key) = transaction.keyring.find(with.id).await? else { return Ok(None) };
    let who: Option<Who> = whole(sealed::open(who_place(with.id), &key, with.key_id, &with.payload));
    let said: Option<Said> =
        whole(sealed::open(said_place(with.id, message.id), &key, message.key_id, &message.payload));
    let Some((who, said)) = who.zip(said) else { return Ok(None) };
    let Said { text, sent, subject, answers, account, .. } = said;
    let text = sent.unwrap_or(text);
    Ok(Some(Letter { to: who.handle, from: account, text, subject, answers, visibility: message.visibility }))
}

async fn change(
    transaction: &Transaction,
    (conversation, row): (ConversationId, &reply::Model),
    state: DeliveryState,
    run_at: Option<Timestamp>,
) -> Result<(), DbErr> {
    let change = reply::ActiveModel {
        state: Set(state),
        run_at: Set(run_at),
        queued_at: Set(row.queued_at),
        attempts: Set(row.attempts),
        ..Default::default()
    };
    let whose = reply::Column::BrandId.eq(row.brand_id).and(reply::Column::Id.eq(row.id));
    reply::Entity::update_many().set(change).filter(whose).exec(transaction.connection()).await?;
    // What is said again is told once.
    if row.state == state { Ok(()) } else { tell(transaction, conversation, row, (state, run_at)).await }
}

/// Tells the brand's apps how far a reply has come. That it waits concerns those that send it.
pub(super) async fn tell(
    transaction: &Transaction,
    conversation: ConversationId,
    row: &reply::Model,
    (state, run_at): (DeliveryState, Option<Timestamp>),
) -> Result<(), DbErr> {
    transaction.tell(News::of_conversation(NewsKind::ReplyChanged, (row.brand_id, conversation), Some(row.id)));
    if state == DeliveryState::Queued && !Sender::App.serves(row.channel) {
        return Ok(());
    }
    webhooks::tell_of_reply(transaction, conversation, row, (state, run_at)).await
}

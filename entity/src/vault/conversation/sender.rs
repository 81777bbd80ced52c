//! Replies on their way out: taken by whoever sends for their channel, who says then what came of it.

use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};

use crate::consent::{AppStanding, Ask, Decision, Ledger, decide};
use crate::ids::{BrandId, MessageId};
use crate::kinds::{AppStatus, DeliveryState, MessageVisibility, Purpose};
use crate::protected::{message, sealed};
use crate::values::{Channel, Timestamp};
use crate::vault::own::ledger_entry;
use crate::vault::{Transaction, Vault};
use crate::{app, grant, inbound_message, reply};

use super::read::whole;
use super::receive::external;
use super::settle::{Reason, settle};
use super::write::{Locked, lock_of};
use super::{Delivered, Said, Who, said_place, who_place};

/// Whoever has taken a reply says within this time what came of it.
const LEASE: i64 = 5 * 60 * 1_000;
/// What was not taken by then is given up.
const MOST_DAYS: i64 = 3;
/// The longest pause between two tries.
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
    Sent(Option<String>),
    /// The channel says that it has arrived.
    Delivered,
    /// Not for the moment: it is tried again.
    NotNow,
    /// The channel will never take it.
    Refused,
    /// Nobody knows.
    Unknown,
}

/// Replies for a channel whose turn has come, of all brands or of one: up to `limit`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn due(
    vault: &Vault,
    channel: Channel,
    brand: Option<BrandId>,
    limit: u64,
) -> Result<Vec<reply::Model>, DbErr> {
    let now = vault.now().await?;
    let mut query = waiting(DeliveryState::Queued, now).filter(reply::Column::Channel.eq(channel));
    if let Some(brand) = brand {
        query = query.filter(reply::Column::BrandId.eq(brand));
    }
    query.limit(limit).all(vault.store.reader()).await
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

/// Takes a reply whose turn has come: until its lease is over nobody else does. `None` if there is nothing to send: somebody
/// has it, or it may not go out, or whoever had it has said nothing.
///
/// # Errors
/// When the database cannot be asked or what is stored cannot be read.
pub async fn take(transaction: &Transaction, brand: BrandId, id: MessageId) -> Result<Option<Letter>, DbErr> {
    let Some(Held { locked, message, row }) = hold(transaction, brand, id).await? else { return Ok(None) };
    let now = transaction.now();
    if row.run_at.is_none_or(|at| now < at) {
        return Ok(None);
    }
    if row.state == DeliveryState::Sending {
        change(transaction, &row, DeliveryState::Uncertain, None).await?;
        return Ok(None);
    }
    let letter = match stands(transaction, &row).await? {
        true => open(transaction, &locked, &message).await?,
        false => None,
    };
    match letter {
        Some(letter) => {
            let attempts = row.attempts.saturating_add(1);
            let row = reply::Model { attempts, ..row };
            change(transaction, &row, DeliveryState::Sending, Some(now.plus_millis(LEASE))).await?;
            Ok(Some(letter))
        }
        None => {
            change(transaction, &row, DeliveryState::Withheld, None).await?;
            settle(transaction, locked.row, Reason::Changed).await?;
            Ok(None)
        }
    }
}

/// Says what came of a reply that was taken. `false` if there is none of that id that has gone out.
///
/// # Errors
/// When the database cannot be asked.
pub async fn report(
    transaction: &Transaction,
    brand: BrandId,
    id: MessageId,
    outcome: &Outcome,
) -> Result<bool, DbErr> {
    if let Outcome::Sent(Some(named)) = outcome {
        take_place(transaction, (brand, id), named).await?;
    }
    let Some(Held { locked, row, .. }) = hold(transaction, brand, id).await? else { return Ok(false) };
    let now = transaction.now();
    let is_out = match outcome {
        // Also of what was queued once more: whoever had it before says so late, and it is not sent again.
        Outcome::Sent(_) | Outcome::Delivered => matches!(
            row.state,
            DeliveryState::Queued
                | DeliveryState::Sending
                | DeliveryState::Sent
                | DeliveryState::Delivered
                | DeliveryState::Uncertain
        ),
        Outcome::NotNow | Outcome::Refused | Outcome::Unknown => row.state == DeliveryState::Sending,
    };
    if !is_out {
        return Ok(false);
    }
    match outcome {
        Outcome::Sent(named) => {
            if let Some(named) = named
                && name(transaction, &row, named).await?
            {
                settle(transaction, locked.row, Reason::Changed).await?;
            }
            if row.state != DeliveryState::Delivered {
                change(transaction, &row, DeliveryState::Sent, None).await?;
            }
        }
        Outcome::Delivered => change(transaction, &row, DeliveryState::Delivered, None).await?,
        Outcome::Unknown => change(transaction, &row, DeliveryState::Uncertain, None).await?,
        Outcome::NotNow if now < row.queued_at.plus_days(MOST_DAYS) => {
            let doublings = u32::try_from(row.attempts.clamp(1, 20) - 1).unwrap_or_default();
            let pause = std::cmp::min(60_000_i64.saturating_mul(1 << doublings), LONGEST_PAUSE);
            change(transaction, &row, DeliveryState::Queued, Some(now.plus_millis(pause))).await?;
        }
        Outcome::NotNow | Outcome::Refused => {
            change(transaction, &row, DeliveryState::Failed, None).await?;
            settle(transaction, locked.row, Reason::Changed).await?;
        }
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
    let Some(Held { locked, row, .. }) = hold(transaction, brand, id).await? else { return Ok(None) };
    if !matches!(row.state, DeliveryState::Failed | DeliveryState::Uncertain) {
        return Ok(None);
    }
    let now = transaction.now();
    let row = reply::Model { queued_at: now, attempts: 0, ..row };
    change(transaction, &row, DeliveryState::Queued, Some(now)).await?;
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

/// Whether the law permits, now, every value that the reply holds.
async fn stands(transaction: &Transaction, row: &reply::Model) -> Result<bool, DbErr> {
    let Some(grant) = row.grant_id else { return Ok(true) };
    let connection = transaction.connection();
    let app = app::Entity::find_by_id((row.brand_id, row.app_id)).one(connection).await?;
    let grant = grant::Entity::find()
        .filter(grant::Column::BrandId.eq(row.brand_id))
        .filter(grant::Column::Id.eq(grant))
        .one(connection)
        .await?;
    let Some((app, grant)) = app.zip(grant) else { return Ok(false) };
    let app = AppStanding { active: app.status == AppStatus::Active, scopes: app.scopes, purposes: app.purposes };
    let ask = Ask { brand: row.brand_id, app, purpose: Some(Purpose::CustomerCare), now: transaction.now() };
    // The switch against direct marketing has nothing to say about customer care.
    let ledger = Ledger { grants: vec![ledger_entry(&grant)], marketing_blocked: false };
    Ok(row.scopes.iter().all(|scope| matches!(decide(&ledger, &ask, scope), Decision::Permit { .. })))
}

/// `None` if nothing is left of it, it was damaged, or the account is somebody else's by now.
async fn open(transaction: &Transaction, locked: &Locked, message: &message::Model) -> Result<Option<Letter>, DbErr> {
    let Some(with) = locked.reachable().filter(|_| !message.payload.0.is_empty()) else { return Ok(None) };
    let Some(key) = transaction.keyring.find(with.id).await? else { return Ok(None) };
    let who: Option<Who> = whole(sealed::open(who_place(with.id), &key, with.key_id, &with.payload));
    let said: Option<Said> =
        whole(sealed::open(said_place(with.id, message.id), &key, message.key_id, &message.payload));
    let Some((who, said)) = who.zip(said) else { return Ok(None) };
    let Said { text, sent, subject, answers, account, .. } = said;
    let text = sent.unwrap_or(text);
    Ok(Some(Letter { to: who.handle, from: account, text, subject, answers, visibility: message.visibility }))
}

/// Remembers under which id the channel has it, so that the same message is not taken for another one when the channel tells
/// of it. If it has told already, that one was this: whether it has.
async fn name(transaction: &Transaction, row: &reply::Model, named: &str) -> Result<bool, DbErr> {
    let connection = transaction.connection();
    let external = external(transaction, &named_so(row, named));
    let told = message::Entity::delete_many()
        .filter(message::Column::BrandId.eq(row.brand_id))
        .filter(message::Column::External.eq(external.clone()))
        .filter(message::Column::Id.ne(row.id))
        .exec(connection)
        .await?;
    let change = message::ActiveModel { external: Set(Some(external)), ..Default::default() };
    let whose = Condition::all()
        .add(message::Column::BrandId.eq(row.brand_id))
        .add(message::Column::Id.eq(row.id))
        .add(message::Column::External.is_null());
    message::Entity::update_many().set(change).filter(whose).exec(connection).await?;
    Ok(told.rows_affected > 0)
}

/// The place among what comes, before any lock: as whatever comes from the channel takes it.
async fn take_place(transaction: &Transaction, place: (BrandId, MessageId), named: &str) -> Result<(), DbErr> {
    let connection = transaction.connection();
    let Some(row) = reply::Entity::find_by_id(place).one(connection).await? else { return Ok(()) };
    let external = external(transaction, &named_so(&row, named));
    inbound_message::Entity::note(connection, row.channel, external, transaction.now()).await.map(drop)
}

fn named_so(row: &reply::Model, named: &str) -> Delivered {
    Delivered { brand: row.brand_id, channel: row.channel, id: named.to_owned(), delivery: None }
}

async fn change(
    transaction: &Transaction,
    row: &reply::Model,
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
    reply::Entity::update_many().set(change).filter(whose).exec(transaction.connection()).await.map(drop)
}

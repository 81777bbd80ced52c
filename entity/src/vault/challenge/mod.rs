//! The door for codes: one is sent to a handle or an address, and the right answer proves who reads there.
//!
//! A mailed code has six digits, one that is sent from a handle forty bits; each holds for 15 minutes, for 10 tries and for
//! one use. Only a keyed hash of it is kept, bound to its challenge and customer, and compared in constant time.

mod message;

use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::access::Owner;
use crate::ids::{ChallengeId, CustomerId};
use crate::keyring::DataKey;
use crate::protected::challenge;
use crate::protected::sealed::{self, Part, Place};
use crate::values::{Channel, Handle, Timestamp};

use super::transaction::Transaction;

pub use crate::protected::challenge::Kind;
pub use message::{answer_by_message, issue_for_message};

/// How long a code holds, in minutes.
pub const MINUTES: i64 = 15;
/// How many answers a challenge bears.
pub const TRIES: i32 = 10;
/// How many codes one customer can ask for in an hour.
const MOST_PER_HOUR: u64 = 20;
/// How many codes go to one handle in a day, whoever asks: with ten tries each, guessing one takes decades.
const MOST_PER_DAY: u64 = 10;

/// A code on its way out.
pub struct Issued {
    /// The challenge, to be named with the answer.
    pub id: ChallengeId,
    /// Six digits, for the mail and nowhere else; or what the customer is to send.
    pub code: String,
    /// Until when it holds.
    pub expires_at: Timestamp,
}

/// What an answer amounts to.
pub enum Verdict {
    /// Right: the handle is proven.
    Proven(Handle),
    /// Wrong; the try is counted.
    Wrong,
    /// Unknown, used, too late or tried too often.
    Void,
}

/// Issues a code for a handle. Earlier open codes of the same kind for the customer become void. `None` if the customer
/// has asked for too many codes, or too many went to the handle.
///
/// # Errors
/// When the database cannot be asked.
pub async fn issue(
    transaction: &Transaction,
    owner: &Owner,
    kind: Kind,
    handle: &Handle,
) -> Result<Option<Issued>, DbErr> {
    let target = transaction.keys().handle(handle);
    if too_many_to(transaction, &target).await? || too_many_by(transaction, owner).await? {
        return Ok(None);
    }
    let code = transaction.entropy().digits();
    issue_code(transaction, owner, handle, Fresh { kind, hashed: code.clone(), shown: code }).await.map(Some)
}

/// A code that nobody has seen yet.
struct Fresh {
    kind: Kind,
    shown: String,
    /// What of it counts.
    hashed: String,
}

async fn issue_code(transaction: &Transaction, owner: &Owner, handle: &Handle, fresh: Fresh) -> Result<Issued, DbErr> {
    let connection = transaction.connection();
    let void = challenge::ActiveModel { expires_at: Set(transaction.now()), ..Default::default() };
    challenge::Entity::update_many()
        .set(void)
        .filter(challenge::Column::CustomerId.eq(owner.customer()))
        .filter(challenge::Column::Kind.eq(fresh.kind))
        .filter(challenge::Column::ExpiresAt.gt(transaction.now()))
        .exec(connection)
        .await?;
    let id = ChallengeId(transaction.entropy().id());
    let expires_at = transaction.now().plus_minutes(MINUTES);
    let key = transaction.key(owner.customer()).await?;
    let place = challenge_place(owner.customer(), id);
    let sealed = sealed::seal(place, &key, transaction.entropy(), &handle.as_written())?;
    let row = challenge::ActiveModel {
        customer_id: Set(owner.customer()),
        id: Set(id),
        kind: Set(fresh.kind),
        channel: Set(handle.channel()),
        target: Set(transaction.keys().handle(handle)),
        issued_at: Set(transaction.now()),
        key_id: Set(sealed.key_id),
        payload: Set(sealed.payload),
        code_hash: Set(transaction.keys().secret("challenge", &bound(owner.customer(), id, &fresh.hashed))),
        attempts: Set(0),
        expires_at: Set(expires_at),
        completed_at: Set(None),
    };
    challenge::Entity::insert(row).exec_without_returning(connection).await?;
    Ok(Issued { id, code: fresh.shown, expires_at })
}

/// Messages from a handle cannot guess anybody's mailed code, so they do not count.
async fn too_many_to(transaction: &Transaction, target: &[u8]) -> Result<bool, DbErr> {
    let to_handle = challenge::Entity::find()
        .filter(challenge::Column::IssuedAt.gt(transaction.now().minus_days(1)))
        .filter(challenge::Column::Kind.ne(Kind::Message))
        .filter(challenge::Column::Target.eq(target.to_vec()));
    Ok(to_handle.count(transaction.connection()).await? >= MOST_PER_DAY)
}

async fn too_many_by(transaction: &Transaction, owner: &Owner) -> Result<bool, DbErr> {
    let by_customer = challenge::Entity::find()
        .filter(challenge::Column::IssuedAt.gt(transaction.now().minus_hours(1)))
        .filter(challenge::Column::CustomerId.eq(owner.customer()));
    Ok(by_customer.count(transaction.connection()).await? >= MOST_PER_HOUR)
}

/// Makes every code void that is on its way to the customer, whatever it is for.
///
/// # Errors
/// When the database cannot be asked.
pub async fn void_all(transaction: &Transaction, owner: &Owner) -> Result<(), DbErr> {
    let void = challenge::ActiveModel { expires_at: Set(transaction.now()), ..Default::default() };
    challenge::Entity::update_many()
        .set(void)
        .filter(challenge::Column::CustomerId.eq(owner.customer()))
        .filter(challenge::Column::ExpiresAt.gt(transaction.now()))
        .exec(transaction.connection())
        .await?;
    Ok(())
}

/// Judges an answer. Commit the transaction even if it is wrong: the try counts.
///
/// # Errors
/// When the database cannot be asked.
pub async fn answer(
    transaction: &Transaction,
    owner: &Owner,
    kind: Kind,
    id: ChallengeId,
    code: &str,
) -> Result<Verdict, DbErr> {
    let connection = transaction.connection();
    let row = challenge::Entity::find_by_id((owner.customer(), id))
        .filter(challenge::Column::Kind.eq(kind))
        .lock_exclusive()
        .one(connection)
        .await?;
    judge(transaction, row, code).await
}

/// Judges an answer to the customer's latest open challenge of a kind, for callers who cannot name it.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn answer_latest(
    transaction: &Transaction,
    owner: &Owner,
    kind: Kind,
    code: &str,
) -> Result<Verdict, DbErr> {
    let row = challenge::Entity::find()
        .filter(challenge::Column::CustomerId.eq(owner.customer()))
        .filter(challenge::Column::Kind.eq(kind))
        .filter(challenge::Column::ExpiresAt.gt(transaction.now()))
        .order_by_desc(challenge::Column::IssuedAt)
        .order_by_desc(challenge::Column::Id)
        .lock_exclusive()
        .one(transaction.connection())
        .await?;
    judge(transaction, row, code).await
}

async fn judge(transaction: &Transaction, row: Option<challenge::Model>, code: &str) -> Result<Verdict, DbErr> {
    let Some(row) = row else { return Ok(Verdict::Void) };
    let open = row.completed_at.is_none() && transaction.now() < row.expires_at && row.attempts < TRIES;
    if !open {
        return Ok(Verdict::Void);
    }
    let right = transaction.keys().is_secret("challenge", &bound(row.customer_id, row.id, code), &row.code_hash);
    let mut change = challenge::ActiveModel { attempts: Set(row.attempts + 1), ..Default::default() };
    if right {
        change.completed_at = Set(Some(transaction.now()));
    }
    challenge::Entity::update_many()
        .set(change)
        .filter(challenge::Column::CustomerId.eq(row.customer_id).and(challenge::Column::Id.eq(row.id)))
        .exec(transaction.connection())
        .await?;
    if !right {
        return Ok(Verdict::Wrong);
    }
    proven(&row, &transaction.key(row.customer_id).await?)
}

fn proven(row: &challenge::Model, key: &DataKey) -> Result<Verdict, DbErr> {
    let text: String = sealed::open(challenge_place(row.customer_id, row.id), key, row.key_id, &row.payload)?;
    let channel: Channel = row.channel;
    let handle = Handle::parse(channel, &text);
    handle.map(Verdict::Proven).map_err(|_| DbErr::Type("a challenge's handle cannot be read".into()))
}

fn bound(customer: CustomerId, id: ChallengeId, code: &str) -> Vec<u8> {
    [customer.0.as_bytes().as_slice(), id.0.as_bytes(), code.as_bytes()].concat()
}

pub(super) const fn challenge_place(customer: CustomerId, id: ChallengeId) -> Place {
    Place { table: "challenge", customer, part: Part::Id(id.0) }
}

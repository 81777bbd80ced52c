//! Jobs: enqueued with the change that makes them necessary, taken by one worker at a time, tried until they are done.

use std::time::Duration;

use entity::ids::{CustomerId, JobId};
use entity::job;
use entity::kinds::JobKind;
use entity::values::Timestamp;
use entity::vault::Transaction;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::deps::Deps;

/// A worker that has not finished by then is taken for dead. A mail server may be slow.
const LEASE: Duration = Duration::from_secs(300);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3_600);

/// Enqueues a job that is due at once. One of the same kind that waits already does both.
///
/// # Errors
/// When the database cannot be asked.
pub async fn enqueue(transaction: &Transaction, customer: CustomerId, kind: JobKind) -> Result<(), DbErr> {
    enqueue_at(transaction, customer, kind, transaction.now()).await
}

/// The same for a job that is due later.
///
/// # Errors
/// When the database cannot be asked.
pub async fn enqueue_at(
    transaction: &Transaction,
    customer: CustomerId,
    kind: JobKind,
    at: Timestamp,
) -> Result<(), DbErr> {
    let row = job::ActiveModel {
        customer_id: Set(customer),
        id: Set(JobId(transaction.entropy().id())),
        kind: Set(kind),
        run_at: Set(at),
        attempts: Set(0),
    };
    // A worker that is at it sees that the time has changed, and leaves the job for another round.
    let again = OnConflict::columns([job::Column::CustomerId, job::Column::Kind])
        .update_columns([job::Column::RunAt, job::Column::Attempts])
        .to_owned();
    job::Entity::insert(row).on_conflict(again).exec_without_returning(transaction.connection()).await?;
    Ok(())
}

/// Takes everything that waits for a customer off the list.
///
/// # Errors
/// When the database cannot be asked.
pub async fn drop_all(transaction: &Transaction, customer: CustomerId) -> Result<(), DbErr> {
    let waiting = job::Entity::delete_many().filter(job::Column::CustomerId.eq(customer));
    waiting.exec(transaction.connection()).await.map(drop)
}

/// Takes due jobs, up to `limit`: nobody else takes them before their lease is over.
///
/// # Errors
/// When the database cannot be asked.
pub async fn take(deps: &Deps, limit: u64) -> Result<Vec<job::Model>, DbErr> {
    let now = deps.vault.now().await?;
    let due = job::Entity::find()
        .filter(job::Column::RunAt.lte(now))
        .order_by_asc(job::Column::RunAt)
        .limit(limit)
        .all(deps.vault.store.reader())
        .await?;
    let mut taken = Vec::with_capacity(due.len());
    for row in due {
        let until = now.plus_millis(milliseconds(LEASE));
        let lease = job::ActiveModel {
            run_at: Set(until),
            attempts: Set(row.attempts.saturating_add(1)),
            ..Default::default()
        };
        let updated = job::Entity::update_many()
            .set(lease)
            .filter(job::Column::CustomerId.eq(row.customer_id))
            .filter(job::Column::Id.eq(row.id))
            .filter(job::Column::RunAt.eq(row.run_at))
            .exec(deps.vault.store.writer())
            .await?;
        if updated.rows_affected > 0 {
            taken.push(job::Model { run_at: until, attempts: row.attempts.saturating_add(1), ..row });
        }
    }
    Ok(taken)
}

/// Takes a job that is done off the list, unless it was enqueued again meanwhile.
///
/// # Errors
/// When the database cannot be asked.
pub async fn finish(deps: &Deps, row: &job::Model) -> Result<(), DbErr> {
    job::Entity::delete_many()
        .filter(job::Column::CustomerId.eq(row.customer_id))
        .filter(job::Column::Id.eq(row.id))
        .filter(job::Column::RunAt.eq(row.run_at))
        .exec(deps.vault.store.writer())
        .await?;
    Ok(())
}

/// Puts a job that failed off: a minute, then twice as long each time, a day at most.
///
/// # Errors
/// When the database cannot be asked.
pub async fn put_off(deps: &Deps, row: &job::Model) -> Result<(), DbErr> {
    let doublings = u32::try_from(row.attempts.clamp(1, 20) - 1).unwrap_or_default();
    let pause = Duration::from_secs(60).saturating_mul(2u32.saturating_pow(doublings)).min(LONGEST_PAUSE);
    let later = deps.vault.now().await?.plus_millis(milliseconds(pause));
    job::Entity::update_many()
        .set(job::ActiveModel { run_at: Set(later), ..Default::default() })
        .filter(job::Column::CustomerId.eq(row.customer_id))
        .filter(job::Column::Id.eq(row.id))
        .filter(job::Column::RunAt.eq(row.run_at))
        .exec(deps.vault.store.writer())
        .await?;
    Ok(())
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

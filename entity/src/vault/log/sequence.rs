//! The sequencer: gives places to what waits, and signs where the log then stands.

use sea_orm::sea_query::{LockBehavior, LockType, Order, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

use uuid::Uuid;

use super::entry::Entry;
use super::fork::{FORK, Fork};
use super::stored::{self, damaged, number};
use crate::log::{Checkpoint, Hash, Head, Plan, Tiles, append, root};
use crate::protected::log::{Kind, checkpoint, head, pending};
use crate::values::Timestamp;
use crate::vault::{Vault, changes, webhooks};

/// How long a checkpoint is stored.
const KEPT_DAYS: i64 = 7;
/// Records that get their places at once.
const MOST: u64 = 1_000;
/// The same on SQLite, where every other writer waits meanwhile, and with it the records of reads: an answer that waits longer
/// than its snapshot may be old is dropped.
const MOST_ON_SQLITE: u64 = 200;

/// Gives places to some of what waits, and how many it were. None if nothing waits, or another node is at it.
///
/// # Errors
/// When the database cannot be asked, or the stored tree does not fit together; then nothing has happened.
pub async fn sequence(vault: &Vault) -> Result<usize, DbErr> {
    if pending::Entity::find().one(vault.store.reader()).await?.is_none() {
        return Ok(0);
    }
    let transaction = vault.store.begin().await?;
    let Some(before) = lock(&transaction).await? else { return Ok(0) };
    plan_anew(&transaction).await?;
    let now = vault.clock.now_by(&transaction).await?;
    let waiting = take(&transaction).await?;
    let mut entries = stored::waiting(&transaction, &waiting).await?;
    // In the order in which they wait. A record whose row is gone was taken away before it had a place.
    let entries: Vec<Entry> = waiting.iter().filter_map(|row| entries.remove(&row.record_id)).collect();
    place(vault, &transaction, &before, &entries, now).await?;
    transaction.commit().await?;
    Ok(waiting.len())
}

/// Lets PostgreSQL plan each statement for the tables as they are. A plan that it remembers from when they were small reads
/// them from end to end, once for every batch, until they are analysed next.
#[expect(clippy::disallowed_methods, reason = "no builder sets how statements are planned")]
async fn plan_anew(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    if transaction.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    transaction.execute_unprepared("set local plan_cache_mode = force_custom_plan").await.map(drop)
}

/// Takes the records that wait longest out of the line, in order.
async fn take(transaction: &DatabaseTransaction) -> Result<Vec<pending::Model>, DbErr> {
    let most = if transaction.get_database_backend() == DbBackend::Sqlite { MOST_ON_SQLITE } else { MOST };
    let first = Query::select()
        .column(pending::Column::RecordId)
        .from(pending::Entity)
        .order_by(pending::Column::RecordId, Order::Asc)
        .limit(most)
        .take();
    let first = pending::Column::RecordId.in_subquery(first);
    let mut taken = pending::Entity::delete_many().filter(first).exec_with_returning(transaction).await?;
    taken.sort_unstable_by_key(|row| row.record_id);
    Ok(taken)
}

/// The head, locked; none if another node holds it.
async fn lock(transaction: &DatabaseTransaction) -> Result<Option<head::Model>, DbErr> {
    head::Entity::find_by_id(head::ONLY)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .one(transaction)
        .await
}

async fn place(
    vault: &Vault,
    transaction: &DatabaseTransaction,
    before: &head::Model,
    entries: &[Entry],
    now: Timestamp,
) -> Result<(), DbErr> {
    if entries.is_empty() {
        return Ok(());
    }
    let size = u64::try_from(before.size).unwrap_or_default();
    let hashes: Vec<Hash> = entries.iter().map(Entry::hash).collect();
    let (mut tiles, _) = as_signed(transaction, before).await?;
    let changed = append(size, &tiles, &hashes).map_err(damaged)?;
    tiles.extend(changed.iter().map(|(id, tile)| (*id, tile.clone())));
    let after = size + entries.len() as u64;
    let head = Head { size: after, root: root(&tiles, after).map_err(damaged)? };
    stored::save(transaction, changed).await?;
    stored::put_into_places(transaction, before.size, entries).await?;
    let events: Vec<Uuid> =
        entries.iter().filter(|entry| entry.kind == Kind::ConsentEvent).map(|entry| entry.record).collect();
    if !events.is_empty() {
        changes::number(transaction, before.size, number(after)?).await?;
        webhooks::tell_of_changes(transaction, &vault.keys, (&vault.entropy, now), &events).await?;
    }
    sign(vault, transaction, before, head, now).await
}

/// The tiles that the log's root follows from, and that head. One that somebody has changed is never signed: nothing could
/// undo that.
async fn as_signed(transaction: &DatabaseTransaction, before: &head::Model) -> Result<(Tiles, Head), DbErr> {
    let size = u64::try_from(before.size).unwrap_or_default();
    let tiles = stored::tiles(transaction, Plan::root(size).tiles()).await?;
    let head = Head { size, root: root(&tiles, size).map_err(damaged)? };
    let signed = checkpoint::Entity::find()
        .filter(checkpoint::Column::Size.eq(before.size))
        .order_by_desc(checkpoint::Column::Epoch)
        .one(transaction)
        .await?;
    let fits = signed.is_none_or(|row| row.root == head.root.0);
    if fits {
        Ok((tiles, head))
    } else {
        Err(DbErr::Custom("the stored log is damaged; run: rapport log verify".into()))
    }
}

/// Signs a head and writes it down as the newest.
async fn sign(
    vault: &Vault,
    transaction: &DatabaseTransaction,
    before: &head::Model,
    head: Head,
    now: Timestamp,
) -> Result<(), DbErr> {
    let fork = Fork::of_text(&before.previous);
    let checkpoint = Checkpoint {
        origin: vault.signing.origin.clone(),
        head,
        at: now,
        epoch: u64::try_from(before.epoch).ok(),
        previous: fork.as_ref().map(|fork| fork.lost),
        extensions: fork.iter().filter_map(|fork| format!("{FORK}{}", fork.at).parse().ok()).collect(),
    };
    let size = number(head.size)?;
    let row = checkpoint::ActiveModel {
        epoch: Set(before.epoch),
        size: Set(size),
        root: Set(head.root.0.to_vec()),
        note: Set(checkpoint.sign(vault.signing.current()).to_string()),
        created_at: Set(now),
    };
    checkpoint::Entity::insert(row).exec_without_returning(transaction).await?;
    let moved = head::ActiveModel { size: Set(size), ..Default::default() };
    head::Entity::update_many().set(moved).filter(head::Column::Id.eq(head::ONLY)).exec(transaction).await?;
    let_go(transaction, now).await
}

/// Old checkpoints need not stay: whoever keeps one outside has it, and a proof is made from the tree. Every new one lets
/// go of two, so there are never more than a week makes.
async fn let_go(transaction: &DatabaseTransaction, now: Timestamp) -> Result<(), DbErr> {
    let oldest = checkpoint::Entity::find()
        .order_by_asc(checkpoint::Column::Epoch)
        .order_by_asc(checkpoint::Column::Size)
        .limit(2)
        .all(transaction)
        .await?;
    for row in oldest.into_iter().filter(|row| row.created_at < now.plus_days(-KEPT_DAYS)) {
        checkpoint::Entity::delete_by_id((row.epoch, row.size)).exec(transaction).await?;
    }
    Ok(())
}

/// Begins a new epoch after a restore: the log goes on from where the restored copy stood. A checkpoint says so at once, and
/// every later one repeats it: what is lost since, so that nobody takes the gap for tampering, and nobody can hide one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn begin_epoch(vault: &Vault, last_known: Option<Head>) -> Result<i32, DbErr> {
    let transaction = vault.store.begin().await?;
    let mut row = lock(&transaction).await?.ok_or_else(|| DbErr::RecordNotFound("the log's head".into()))?;
    let at = u64::try_from(row.size).unwrap_or_default();
    if let Some(lost) = last_known {
        row.previous = format!("{} {} {at}", lost.size, lost.root);
    }
    row.epoch += 1;
    let next = head::ActiveModel { epoch: Set(row.epoch), previous: Set(row.previous.clone()), ..Default::default() };
    head::Entity::update_many().set(next).filter(head::Column::Id.eq(head::ONLY)).exec(&transaction).await?;
    if at > 0 {
        let (_, head) = as_signed(&transaction, &row).await?;
        let now = vault.clock.now_by(&transaction).await?;
        sign(vault, &transaction, &row, head, now).await?;
    }
    transaction.commit().await?;
    Ok(row.epoch)
}

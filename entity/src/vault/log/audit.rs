//! Checking the log in the database: every record against its place, every checkpoint against its signature, and every
//! record that has no place.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{
    ActiveEnum, ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::stored::{self, damaged};
use crate::consent_event;
use crate::log::{AuditFault, Auditor, Checkpoint, Hash, Head, SignedCheckpoint, Tile, TileId};
use crate::protected::disclosure;
use crate::protected::log::{Kind, checkpoint, head, leaf, pending};
use crate::signing::PublicKey;
use crate::vault::Vault;

/// Leaves read at once: four tiles.
const PAGE: u64 = 4 * Tile::WIDTH;

/// A leaf with its record, as it is exported.
pub struct Leaf {
    /// Its place, from 0.
    pub index: u64,
    /// Which record.
    pub record: Uuid,
    /// The stored hash of the leaf.
    pub hash: Hash,
    /// The record's text; none if the record is not there any more.
    pub entry: Option<String>,
}

/// What an audit without a fault has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findings {
    /// Where the log stands.
    pub head: Head,
    /// How many of its records a checkpoint vouches for.
    pub proven: u64,
    /// How many checkpoints were checked.
    pub checkpoints: usize,
    /// Records that wait for their places.
    pub waiting: u64,
}

/// What is wrong with the log; ids and places only.
#[derive(Debug, thiserror::Error)]
pub enum Tampering {
    /// The tree, the order of records or a checkpoint does not fit.
    #[error("{0}{1}")]
    Log(AuditFault, String),
    /// A record that has a place is gone.
    #[error("entry {0} ({1}) is not there any more")]
    Missing(u64, Uuid),
    /// A stored checkpoint is not what was signed.
    #[error("the stored checkpoint of {0} entries in epoch {1} is not what was signed")]
    Checkpoint(i64, i32),
    /// The stored tree does not fit together.
    #[error("the stored tree is damaged at entry {0}")]
    Tree(u64),
    /// A record came past the log.
    #[error("the {0} {1} neither has a place nor waits for one: it was inserted past the log")]
    Stray(&'static str, Uuid),
    /// A leaf that no checkpoint can ever vouch for.
    #[error("a leaf at {0} ({1}) lies outside of the log")]
    Beyond(i64, Uuid),
    /// A read was recorded under a grant that had ended.
    #[error("the disclosure {0} names a revision at or after the end of its grant")]
    Lawless(Uuid),
    /// The database could not be asked.
    #[error(transparent)]
    Fault(#[from] DbErr),
}

/// Reads the whole log and names the first fault. `trusted` are heads that somebody outside has kept.
///
/// # Errors
/// The first fault.
pub async fn audit(vault: &Vault, keys: &[PublicKey], trusted: Vec<Head>) -> Result<Findings, Tampering> {
    // In this order: what is signed meanwhile lies beyond neither.
    let mut heads = signed_heads(vault, keys).await?;
    let size = size(vault).await?;
    let checkpoints = heads.len();
    heads.extend(trusted);
    let plain = |fault| Tampering::Log(fault, String::new());
    let mut auditor = Auditor::new(heads).map_err(plain)?;
    let mut from = 0;
    while from < size {
        let leaves = export(vault, from, size).await?;
        if leaves.is_empty() {
            return Err(Tampering::Tree(from));
        }
        for leaf in &leaves {
            let entry = leaf.entry.as_ref().ok_or(Tampering::Missing(leaf.index, leaf.record))?;
            let named = |fault| Tampering::Log(fault, format!(" (record {})", leaf.record));
            auditor.read(leaf.index, entry.as_bytes(), Some(leaf.hash)).map_err(named)?;
            from = leaf.index + 1;
        }
    }
    let audited = auditor.finish().map_err(plain)?;
    strays(vault).await?;
    lawless(vault).await?;
    let waiting = pending::Entity::find().count(vault.store.reader()).await?;
    Ok(Findings { head: audited.head, proven: audited.proven, checkpoints, waiting })
}

/// How many records have their places.
async fn size(vault: &Vault) -> Result<u64, DbErr> {
    let head = head::Entity::find_by_id(head::ONLY).one(vault.store.reader()).await?;
    Ok(head.and_then(|head| u64::try_from(head.size).ok()).unwrap_or_default())
}

/// The heads of the stored checkpoints, each verified with the key that it names.
async fn signed_heads(vault: &Vault, keys: &[PublicKey]) -> Result<Vec<Head>, Tampering> {
    let rows = checkpoint::Entity::find()
        .order_by_asc(checkpoint::Column::Epoch)
        .order_by_asc(checkpoint::Column::Size)
        .all(vault.store.reader())
        .await?;
    let mut heads = Vec::with_capacity(rows.len());
    for row in rows {
        let signed = verified(vault, keys, &row).ok_or(Tampering::Checkpoint(row.size, row.epoch))?;
        heads.push(signed.head);
    }
    Ok(heads)
}

/// What was signed, if it was by one of the keys for this log, and the row says the same.
fn verified(vault: &Vault, keys: &[PublicKey], row: &checkpoint::Model) -> Option<Checkpoint> {
    let note: SignedCheckpoint = row.note.parse().ok()?;
    let signed = keys.iter().find_map(|key| note.verify(&vault.signing.origin, &key.bytes).ok())?;
    let is_same = signed.head.root.0.as_slice() == row.root
        && i64::try_from(signed.head.size) == Ok(row.size)
        && signed.epoch.map(i32::try_from) == Some(Ok(row.epoch))
        && signed.at == row.created_at;
    is_same.then(|| signed.clone())
}

/// The next leaves of a log of this size, in order, from a place on.
///
/// # Errors
/// When the database cannot be asked or a tile is damaged.
pub async fn export(vault: &Vault, from: u64, size: u64) -> Result<Vec<Leaf>, DbErr> {
    let reader = vault.store.reader();
    // To the end of a tile, so that the pages after it begin with one.
    let until = Ord::min((from / PAGE + 1) * PAGE, size);
    let rows = leaf::Entity::find()
        .filter(leaf::Column::LeafIndex.gte(stored::number(from)?))
        .filter(leaf::Column::LeafIndex.lt(stored::number(until)?))
        .order_by_asc(leaf::Column::LeafIndex)
        .all(reader)
        .await?;
    let mut entries = stored::placed(reader, stored::number(from)?, stored::number(until)?).await?;
    let level = |index: u64| TileId { level: 0, index: index / Tile::WIDTH };
    let needed = (level(from).index..=level(until - 1).index).map(|index| TileId { level: 0, index }).collect();
    let tiles = stored::tiles(reader, needed).await?;
    let mut leaves = Vec::with_capacity(rows.len());
    for row in rows {
        let index = u64::try_from(row.leaf_index).unwrap_or_default();
        let place = usize::try_from(index % Tile::WIDTH).unwrap_or_default();
        let id = level(index);
        let hash = tiles.get(&id).and_then(|tile| tile.hashes().get(place)).copied();
        let hash = hash.ok_or_else(|| damaged(crate::log::TreeFault::Missing(id)))?;
        let entry = entries.remove(&row.record_id).map(|entry| entry.text);
        leaves.push(Leaf { index, record: row.record_id, hash, entry });
    }
    Ok(leaves)
}

/// A record without a place that waits for none. One statement is one snapshot, so none is missed on its way.
async fn strays(vault: &Vault) -> Result<(), Tampering> {
    let reader = vault.store.reader();
    let (id, customer) = (disclosure::Column::Id.into_expr(), disclosure::Column::CustomerId.into_expr());
    let reads = unplaced(id, customer, Kind::Disclosure);
    if let Some(row) = disclosure::Entity::find().filter(reads).one(reader).await? {
        return Err(Tampering::Stray("disclosure", row.id.0));
    }
    let (id, customer) = (consent_event::Column::Id.into_expr(), consent_event::Column::CustomerId.into_expr());
    let events = unplaced(id, customer, Kind::ConsentEvent);
    if let Some(row) = consent_event::Entity::find().filter(events).one(reader).await? {
        return Err(Tampering::Stray("consent event", row.id.0));
    }
    let beyond = leaf::Entity::find().filter(within_the_log().not()).one(reader).await?;
    beyond.map_or(Ok(()), |row| Err(Tampering::Beyond(row.leaf_index, row.record_id)))
}

/// A place counts only within the log, and for the very record: the same customer's, of the same kind.
fn unplaced(id: SimpleExpr, customer: SimpleExpr, kind: Kind) -> SimpleExpr {
    let kind = kind.to_value();
    let mut placed = Query::select();
    placed
        .expr(Expr::val(1))
        .from(leaf::Entity)
        .and_where(leaf::Column::RecordId.into_expr().eq(id.clone()))
        .and_where(leaf::Column::CustomerId.into_expr().eq(customer.clone()))
        .and_where(leaf::Column::Kind.into_expr().eq(kind.clone()))
        .and_where(within_the_log());
    let mut waits = Query::select();
    waits
        .expr(Expr::val(1))
        .from(pending::Entity)
        .and_where(pending::Column::RecordId.into_expr().eq(id))
        .and_where(pending::Column::CustomerId.into_expr().eq(customer))
        .and_where(pending::Column::Kind.into_expr().eq(kind));
    Expr::exists(placed).not().and(Expr::exists(waits).not())
}

/// Whether a leaf's index lies within the log as long as it is in this very snapshot.
fn within_the_log() -> SimpleExpr {
    let mut size = Query::select();
    size.column(head::Column::Size).from(head::Entity).and_where(head::Column::Id.into_expr().eq(head::ONLY));
    let size = SimpleExpr::SubQuery(None, Box::new(size.into()));
    leaf::Column::LeafIndex.into_expr().gte(0).and(leaf::Column::LeafIndex.into_expr().lt(size))
}

/// A record under a grant whose revision is that of its end, or later (P2). An expiry is judged by time.
async fn lawless(vault: &Vault) -> Result<(), Tampering> {
    let found = after_the_end().select_only().column(disclosure::Column::Id).into_tuple::<Uuid>();
    match found.one(vault.store.reader()).await? {
        Some(id) => Err(Tampering::Lawless(id)),
        None => Ok(()),
    }
}

fn after_the_end() -> Select<disclosure::Entity> {
    use crate::kinds::ConsentEventKind::{Expired, Invalidated, Revoked, Withdrawn};
    let column = |column: disclosure::Column| Expr::col((disclosure::Entity, column));
    let event = |column: consent_event::Column| Expr::col((consent_event::Entity, column));
    let ended = event(consent_event::Column::Kind)
        .is_in([Withdrawn, Revoked, Invalidated].map(|kind| kind.as_str()))
        .and(event(consent_event::Column::Revision).lte(column(disclosure::Column::Revision)));
    let expired = event(consent_event::Column::Kind)
        .eq(Expired.as_str())
        .and(event(consent_event::Column::OccurredAt).lte(column(disclosure::Column::OccurredAt)));
    let mut end = Query::select();
    end.expr(Expr::val(1))
        .from(consent_event::Entity)
        .and_where(
            event(consent_event::Column::CustomerId).equals((disclosure::Entity, disclosure::Column::CustomerId)),
        )
        .and_where(event(consent_event::Column::GrantId).equals((disclosure::Entity, disclosure::Column::GrantId)))
        .and_where(ended.or(expired));
    disclosure::Entity::find().filter(disclosure::Column::GrantId.is_not_null()).filter(Expr::exists(end))
}

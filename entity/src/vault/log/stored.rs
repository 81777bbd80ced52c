//! What is stored of the log: loading and saving tiles, and the rows behind leaves.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect, Select, Set,
};
use uuid::Uuid;

use super::entry::Entry;
use crate::consent_event;
use crate::ids::ConsentEventId;
use crate::log::{Tile, TileId, Tiles, TreeFault};
use crate::protected::log::{leaf, pending, tile};
use crate::protected::{disclosure, receipt};

/// Rows named in one statement: with two parameters each, below SQLite's limit of 32,766.
pub(super) const MOST: usize = 2_000;

/// Loads tiles.
pub(super) async fn tiles(connection: &impl ConnectionTrait, ids: BTreeSet<TileId>) -> Result<Tiles, DbErr> {
    let mut tiles = Tiles::new();
    let ids: Vec<TileId> = ids.into_iter().collect();
    for part in ids.chunks(MOST) {
        let one = |id: &TileId| {
            let index = number(id.index)?;
            let level = tile::Column::Level.eq(i16::from(id.level));
            Ok::<_, DbErr>(Condition::all().add(level).add(tile::Column::TileIndex.eq(index)))
        };
        let wanted = part.iter().try_fold(Condition::any(), |any, id| Ok::<_, DbErr>(any.add(one(id)?)))?;
        for row in tile::Entity::find().filter(wanted).all(connection).await? {
            let (level, index) = (u8::try_from(row.level), u64::try_from(row.tile_index));
            let (Ok(level), Ok(index)) = (level, index) else { return Err(damaged(TreeFault::NotATile)) };
            tiles.insert(TileId { level, index }, Tile::from_bytes(&row.hashes).map_err(damaged)?);
        }
    }
    Ok(tiles)
}

/// Writes tiles: new ones, and partial ones that have grown.
pub(super) async fn save(connection: &impl ConnectionTrait, tiles: Tiles) -> Result<(), DbErr> {
    let mut rows = Vec::with_capacity(tiles.len());
    for (id, hashes) in tiles {
        rows.push(tile::ActiveModel {
            level: Set(i16::from(id.level)),
            tile_index: Set(number(id.index)?),
            hashes: Set(hashes.to_bytes()),
        });
    }
    let grown = OnConflict::columns([tile::Column::Level, tile::Column::TileIndex])
        .update_column(tile::Column::Hashes)
        .to_owned();
    tile::Entity::insert_many(rows).on_conflict(grown).exec_without_returning(connection).await?;
    Ok(())
}

/// Which records: those that wait, up to an id; or those that have their places, from one to before another.
#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    Waiting(Uuid),
    Placed(i64, i64),
}

/// The entries of records, by their ids. Those that are not there are not in the answer.
pub(super) async fn entries(connection: &impl ConnectionTrait, which: Which) -> Result<HashMap<Uuid, Entry>, DbErr> {
    let (id, customer) = (disclosure::Column::Id, disclosure::Column::CustomerId);
    let reads = which.join(disclosure::Entity::find(), (customer, id)).all(connection).await?;
    let mut entries: HashMap<Uuid, Entry> = reads.iter().map(|row| (row.id.0, Entry::of_disclosure(row))).collect();
    let (id, customer) = (consent_event::Column::Id, consent_event::Column::CustomerId);
    let events = which.join(consent_event::Entity::find(), (customer, id)).all(connection).await?;
    if events.is_empty() {
        return Ok(entries);
    }
    let (id, customer) = (receipt::Column::EventId, receipt::Column::CustomerId);
    let receipts = which.join(receipt::Entity::find(), (customer, id)).all(connection).await?;
    let documents: HashMap<ConsentEventId, String> =
        receipts.into_iter().map(|row| (row.event_id, row.document)).collect();
    let document = |row: &consent_event::Model| documents.get(&row.id).map(String::as_str);
    entries.extend(events.iter().map(|row| (row.id.0, Entry::of_event(row, document(row)))));
    Ok(entries)
}

impl Which {
    /// Joins a table whose rows are known by customer and id.
    fn join<E: EntityTrait>(self, rows: Select<E>, (customer, id): (E::Column, E::Column)) -> Select<E> {
        match self {
            Self::Waiting(until) => {
                let to = (pending::Column::CustomerId, pending::Column::RecordId);
                let relation = E::belongs_to(pending::Entity).from((customer, id)).to(to).into();
                rows.join(JoinType::InnerJoin, relation).filter(pending::Column::RecordId.lte(until))
            }
            Self::Placed(from, until) => {
                let to = (leaf::Column::CustomerId, leaf::Column::RecordId);
                let relation = E::belongs_to(leaf::Entity).from((customer, id)).to(to).into();
                let within = leaf::Column::LeafIndex.gte(from).and(leaf::Column::LeafIndex.lt(until));
                rows.join(JoinType::InnerJoin, relation).filter(within)
            }
        }
    }
}

/// Sizes and indexes are far below 2^63.
pub(super) fn number(value: u64) -> Result<i64, DbErr> {
    i64::try_from(value).map_err(|_| DbErr::Type("the log is too long".into()))
}

/// The stored tree does not fit together: somebody has changed it, or it was restored in parts.
pub(super) fn damaged(fault: TreeFault) -> DbErr {
    DbErr::Custom(format!("the stored log is damaged: {fault}; run: rapport log verify"))
}

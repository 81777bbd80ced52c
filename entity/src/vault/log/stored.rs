//! What is stored of the log: loading and saving tiles, and the rows behind leaves.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{ExprTrait, OnConflict};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QuerySelect, Select, Set,
};
use uuid::Uuid;

use super::entry::Entry;
use crate::consent_event;
use crate::ids::ConsentEventId;
use crate::listed;
use crate::log::{Tile, TileId, Tiles, TreeFault};
use crate::protected::log::{Kind, leaf, pending, tile};
use crate::protected::{disclosure, receipt};

/// Tiles named in one statement: with two parameters each, below SQLite's limit of 32,766.
const MOST: usize = 2_000;

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

/// The entries of records that wait for their places, by their ids. Those whose rows are gone are not in the answer.
pub(super) async fn waiting(
    connection: &impl ConnectionTrait,
    records: &[pending::Model],
) -> Result<HashMap<Uuid, Entry>, DbErr> {
    let of = |kind| records.iter().filter(move |record| record.kind == kind);
    let reads = named(connection, ("disclosure", "id"), of(Kind::Disclosure)).await?;
    let events = named(connection, ("consent_event", "id"), of(Kind::ConsentEvent)).await?;
    let receipts = named(connection, ("receipt", "event_id"), of(Kind::ConsentEvent)).await?;
    Ok(collect(&reads, &events, receipts))
}

/// Rows of a table by their customers and one of its columns.
async fn named<M: FromQueryResult>(
    connection: &impl ConnectionTrait,
    (table, column): (&str, &str),
    records: impl Iterator<Item = &pending::Model>,
) -> Result<Vec<M>, DbErr> {
    let records: Vec<[String; 2]> =
        records.map(|record| [listed::id(record.record_id), listed::id(record.customer_id.0)]).collect();
    if records.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select named.* from LISTED JOIN {table} named
         on named.customer_id = listed.customer_id and named.{column} = listed.record_id"
    );
    let columns = [("record_id", listed::Kind::Id), ("customer_id", listed::Kind::Id)];
    M::find_by_statement(listed::statement(connection.get_database_backend(), &sql, &columns, &records)?)
        .all(connection)
        .await
}

/// The entries of the records that have their places from one to before another, by their ids.
pub(super) async fn placed(
    connection: &impl ConnectionTrait,
    from: i64,
    until: i64,
) -> Result<HashMap<Uuid, Entry>, DbErr> {
    let (id, customer) = (disclosure::Column::Id, disclosure::Column::CustomerId);
    let reads = within(disclosure::Entity::find(), (customer, id), (from, until)).all(connection).await?;
    let (id, customer) = (consent_event::Column::Id, consent_event::Column::CustomerId);
    let events = within(consent_event::Entity::find(), (customer, id), (from, until)).all(connection).await?;
    let (id, customer) = (receipt::Column::EventId, receipt::Column::CustomerId);
    let receipts = match events.is_empty() {
        true => Vec::new(),
        false => within(receipt::Entity::find(), (customer, id), (from, until)).all(connection).await?,
    };
    Ok(collect(&reads, &events, receipts))
}

/// Those of a table's rows, known by customer and id, that have such places.
fn within<E: EntityTrait>(
    rows: Select<E>,
    (customer, id): (E::Column, E::Column),
    (from, until): (i64, i64),
) -> Select<E> {
    let to = (leaf::Column::CustomerId, leaf::Column::RecordId);
    let relation = E::belongs_to(leaf::Entity).from((customer, id)).to(to).into();
    let places = leaf::Column::LeafIndex.gte(from).and(leaf::Column::LeafIndex.lt(until));
    rows.join(JoinType::InnerJoin, relation).filter(places)
}

fn collect(
    reads: &[disclosure::Model],
    events: &[consent_event::Model],
    receipts: Vec<receipt::Model>,
) -> HashMap<Uuid, Entry> {
    let documents: HashMap<ConsentEventId, String> =
        receipts.into_iter().map(|row| (row.event_id, row.document)).collect();
    let document = |row: &consent_event::Model| documents.get(&row.id).map(String::as_str);
    let reads = reads.iter().map(|row| (row.id.0, Entry::of_disclosure(row)));
    reads.chain(events.iter().map(|row| (row.id.0, Entry::of_event(row, document(row))))).collect()
}

/// Gives records the places from an index on.
pub(super) async fn put_into_places(
    connection: &impl ConnectionTrait,
    from: i64,
    entries: &[Entry],
) -> Result<(), DbErr> {
    use listed::Kind::{Id, Number, Text};
    let leaf = |(index, entry): (i64, &Entry)| {
        (index, entry.kind.to_value(), listed::id(entry.customer.0), listed::id(entry.record))
    };
    let leaves: Vec<_> = (from..).zip(entries).map(leaf).collect();
    let sql = "insert into log_leaf (leaf_index, kind, customer_id, record_id)
        select leaf_index, kind, customer_id, record_id from LISTED";
    let columns = [("leaf_index", Number), ("kind", Text), ("customer_id", Id), ("record_id", Id)];
    let statement = listed::statement(connection.get_database_backend(), sql, &columns, &leaves)?;
    connection.execute_raw(statement).await.map(drop)
}

/// Sizes and indexes are far below 2^63.
pub(super) fn number(value: u64) -> Result<i64, DbErr> {
    i64::try_from(value).map_err(|_| DbErr::Type("the log is too long".into()))
}

/// The stored tree does not fit together: somebody has changed it, or it was restored in parts.
pub(super) fn damaged(fault: TreeFault) -> DbErr {
    DbErr::Custom(format!("the stored log is damaged: {fault}; run: rapport log verify"))
}

//! The journal as a table of a database of its own, for nodes on several machines.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, DbBackend, QueryOrder, QuerySelect, Set};

use super::line;
use super::{BATCH, Batch, JournalFault, Place, away};
use crate::store::Store;

/// A row of `ending`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ending")]
pub struct Model {
    /// Rises in the order in which the rows were committed.
    #[sea_orm(primary_key)]
    pub number: i64,
    /// The same text as a line of the file.
    pub line: String,
}

/// None: the journal is one table.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Appends to the table.
pub(super) struct TableSink {
    store: Store,
}

impl TableSink {
    pub const fn new(store: Store) -> Self {
        Self { store }
    }

    /// Inserts lines in one transaction.
    pub async fn append(&mut self, lines: Vec<String>) -> Result<(), JournalFault> {
        self.insert(lines).await.map_err(away)
    }

    #[expect(clippy::disallowed_methods, reason = "no builder locks a table")]
    async fn insert(&self, lines: Vec<String>) -> Result<(), DbErr> {
        let transaction = self.store.begin().await?;
        if self.store.backend() == DbBackend::Postgres {
            // Numbers are drawn before the commit: without this a lower one could show after a reader has passed it.
            transaction.execute_unprepared("lock table ending in share row exclusive mode").await?;
        }
        let rows = lines.into_iter().map(|line| ActiveModel { line: Set(line), ..Default::default() });
        Entity::insert_many(rows).exec_without_returning(&transaction).await?;
        transaction.commit().await
    }
}

/// Reads on.
pub(super) async fn read(store: &Store, from: &Place) -> Result<Batch, JournalFault> {
    let rows = Entity::find()
        .filter(Column::Number.gt(i64::try_from(from.offset).unwrap_or(i64::MAX)))
        .order_by_asc(Column::Number)
        .limit(BATCH as u64)
        .all(store.reader())
        .await
        .map_err(away)?;
    let mut batch = Batch { endings: Vec::with_capacity(rows.len()), next: from.clone() };
    for row in rows {
        batch.next = Place {
            offset: u64::try_from(row.number).unwrap_or_default(),
            line: batch.next.line + 1,
            last: line::fingerprint(row.line.as_bytes()),
        };
        batch.endings.push(line::read(&row.line).ok_or(JournalFault::Damaged(batch.next.line))?);
    }
    Ok(batch)
}

/// Whether the row is there, and is that one.
pub(super) async fn holds(store: &Store, place: &Place) -> Result<bool, JournalFault> {
    let Ok(number) = i64::try_from(place.offset) else { return Ok(false) };
    let row = Entity::find_by_id(number).one(store.reader()).await.map_err(away)?;
    Ok(row.is_some_and(|row| line::fingerprint(row.line.as_bytes()) == place.last))
}

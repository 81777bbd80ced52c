//! News: what happened lately that somebody may be watching, in an order that only ever grows at its end; and which of a
//! brand's people are looking at a conversation.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{id, index, optional, required, table, time, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut news = Table::create();
        news.table("news").col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key());
        let columns = [
            id("brand_id"),
            word("kind"),
            optional("conversation_id", |column| column.uuid()),
            optional("message_id", |column| column.uuid()),
            optional("grant_id", |column| column.uuid()),
            time("occurred_at"),
        ];
        for mut column in columns {
            news.col(&mut column);
        }
        manager.create_table(news).await?;
        add_place(manager).await?;
        for columns in [["place"].as_slice(), &["brand_id", "place"], &["occurred_at"]] {
            manager.create_index(index("news", columns)).await?;
        }
        let presence = vec![
            id("brand_id"),
            id("conversation_id"),
            id("staff_id"),
            required("is_writing", |column| column.boolean()),
            time("seen_until"),
        ];
        manager.create_table(table("presence", 3, presence)).await
    }
}

/// Where a row stands. On PostgreSQL rows become visible when their transactions commit, in another order than they were
/// numbered; but below the oldest transaction that is under way nothing is ever added. On SQLite, which has one writer, the
/// number is the order.
#[expect(clippy::disallowed_methods, reason = "no builder knows transactions, nor generated columns")]
async fn add_place(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let statement = match manager.get_database_backend() {
        DbBackend::Sqlite => "alter table news add column place integer generated always as (id) virtual",
        _ => "alter table news add column place bigint not null default (pg_current_xact_id()::text::bigint)",
    };
    manager.get_connection().execute_unprepared(statement).await.map(drop)
}

//! Replies on their way: what the brand's people write here waits in an outbox until it has gone out.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, bytes, id, index, number, optional, table, time, time_or_null, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let reply = vec![
            id("brand_id"),
            id("id"),
            id("app_id"),
            word("channel"),
            word("state"),
            optional("grant_id", |column| column.uuid()),
            big_number("scopes"),
            optional("idempotency", |column| column.blob()),
            bytes("content"),
            time("queued_at"),
            time_or_null("run_at"),
            number("attempts"),
        ];
        manager.create_table(table("reply", 2, reply)).await?;
        manager.create_index(unique("reply", &["brand_id", "idempotency"])).await?;
        // What waits, which is little beside what has gone out: for whoever sends it, for all brands or for one.
        for columns in [["state", "channel", "run_at"].as_slice(), &["brand_id", "state", "channel", "run_at"]] {
            let mut waiting = index("reply", columns);
            manager.create_index(waiting.and_where(Expr::col("run_at").is_not_null()).to_owned()).await?;
        }
        Ok(())
    }
}

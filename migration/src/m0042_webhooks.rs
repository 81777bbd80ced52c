//! Webhooks to brands: what each app is told, until its address has taken it.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, number, optional, table, text, time, time_or_null, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let webhook = vec![
            id("brand_id"),
            id("app_id"),
            bytes("salt"),
            optional("previous_salt", |column| column.blob()),
            time_or_null("previous_until"),
            time_or_null("failing_since"),
            time_or_null("disabled_at"),
        ];
        manager.create_table(table("webhook", 2, webhook)).await?;
        let delivery = vec![
            id("brand_id"),
            id("id"),
            id("app_id"),
            word("event"),
            text("body"),
            word("state"),
            time("queued_at"),
            time_or_null("run_at"),
            number("attempts"),
            time_or_null("last_attempt_at"),
            optional("last_status", |column| column.integer()),
            optional("last_fault", |column| column.string_len(32)),
        ];
        manager.create_table(table("webhook_delivery", 2, delivery)).await?;
        // What waits, for an app or for all, which is little beside what was delivered.
        for columns in [["brand_id", "app_id", "run_at"].as_slice(), &["run_at"]] {
            let mut waiting = index("webhook_delivery", columns);
            manager.create_index(waiting.and_where(Expr::col("run_at").is_not_null()).to_owned()).await?;
        }
        // The log of an app, newest first; and what is old enough to be forgotten.
        manager.create_index(index("webhook_delivery", &["brand_id", "app_id", "id"])).await?;
        manager.create_index(index("webhook_delivery", &["queued_at"])).await
    }
}

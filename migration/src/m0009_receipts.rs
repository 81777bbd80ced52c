//! Receipts, and work that is enqueued with a change and done after it.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, bytes, id, index, number, optional, table, text, time, time_or_null, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let receipt = vec![
            id("customer_id"),
            id("id"),
            id("event_id"),
            big_number("revision"),
            optional("brand_id", |column| column.uuid()),
            optional("profile_id", |column| column.uuid()),
            optional("grant_id", |column| column.uuid()),
            word("kind"),
            text("document"),
            number("key_id"),
            bytes("payload"),
            time("created_at"),
            time_or_null("mailed_at"),
        ];
        manager.create_table(table("receipt", 2, receipt)).await?;
        // The chain: one receipt per event, in the customer's order; and a brand's feed, in the order of time.
        manager.create_index(index("receipt", &["customer_id", "revision"])).await?;
        manager.create_index(index("receipt", &["brand_id", "created_at", "revision", "id"])).await?;
        manager.create_index(index("receipt", &["id"])).await?;
        manager.create_index(unique("receipt", &["customer_id", "event_id"])).await?;
        let job = vec![id("customer_id"), id("id"), word("kind"), time("run_at"), number("attempts")];
        manager.create_table(table("job", 2, job)).await?;
        manager.create_index(index("job", &["run_at"])).await?;
        // What comes together while a job waits is done together.
        manager.create_index(unique("job", &["customer_id", "kind"])).await
    }
}

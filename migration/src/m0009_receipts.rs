//! Receipts, and work that is enqueued with a change and done after it.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, bytes, id, index, number, optional, table, text, time, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let receipt = vec![
            id("customer_id"),
            id("id"),
            big_number("revision"),
            optional("brand_id", |column| column.uuid()),
            optional("profile_id", |column| column.uuid()),
            optional("grant_id", |column| column.uuid()),
            word("kind"),
            text("document"),
            number("key_id"),
            bytes("payload"),
            time("created_at"),
        ];
        manager.create_table(table("receipt", 2, receipt)).await?;
        // The chain: one receipt per event, in the customer's order; and a brand's feed, in the order of time.
        manager.create_index(index("receipt", &["customer_id", "revision"])).await?;
        manager.create_index(index("receipt", &["brand_id", "id"])).await?;
        let job = vec![id("customer_id"), id("id"), word("kind"), id("subject_id"), time("run_at"), number("attempts")];
        manager.create_table(table("job", 2, job)).await?;
        manager.create_index(index("job", &["run_at"])).await?;
        // The customer's link to what they owe nobody: one job of a kind for one thing.
        manager.create_index(unique("job", &["customer_id", "kind", "subject_id"])).await
    }
}

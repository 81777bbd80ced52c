//! Attempts to prove who one is at a provider. Found by a hash, as in the directory, so they are sharded by it.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, optional, table, text, time, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let attempt = vec![
            bytes("state_hash"),
            id("id"),
            word("kind"),
            text("provider"),
            optional("customer_id", |column| column.uuid()),
            optional("session_id", |column| column.uuid()),
            bytes("cookie_hash"),
            time("begun_at"),
            time("expires_at"),
        ];
        manager.create_table(table("provider_attempt", 1, attempt)).await?;
        manager.create_index(index("provider_attempt", &["customer_id", "begun_at"])).await?;
        manager.create_index(index("provider_attempt", &["begun_at"])).await
    }
}

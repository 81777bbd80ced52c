//! Which messages of channels were taken in: none is done twice.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, index, table, time, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let message = vec![word("channel"), bytes("id_hash"), time("received_at")];
        manager.create_table(table("inbound_message", 2, message)).await?;
        manager.create_index(index("inbound_message", &["received_at"])).await
    }
}

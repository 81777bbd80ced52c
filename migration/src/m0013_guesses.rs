//! How much has been guessed lately: a cell per account, device, address or app, found by a keyed hash.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, index, table, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table("guess", 1, vec![bytes("key"), time("empty_at")])).await?;
        // Empty cells are swept.
        manager.create_index(index("guess", &["empty_at"])).await
    }
}

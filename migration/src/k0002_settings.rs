//! What the keyring's store knows about itself: it is copied and brought back apart from the database.

use sea_orm_migration::prelude::*;

use crate::columns::{table, text, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table("keyring_setting", 1, vec![word("name"), text("value")])).await
    }
}

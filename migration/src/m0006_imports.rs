//! How far each import has come, and what the database knows about itself.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, table, text, time, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let progress = vec![text("file"), big_number("offset"), big_number("line"), time("updated_at")];
        manager.create_table(table("import_progress", 1, progress)).await?;
        manager.create_table(table("setting", 1, vec![word("name"), text("value")])).await
    }
}

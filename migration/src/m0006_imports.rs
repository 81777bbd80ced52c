//! How far each import has come.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, table, text, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let progress = vec![text("file"), big_number("offset"), big_number("line"), time("updated_at")];
        manager.create_table(table("import_progress", 1, progress)).await
    }
}

//! Macros: templates of replies that a brand's people share, with every version that there was; and which of them a reply is.

use sea_orm_migration::prelude::*;

use crate::columns::{id, number, optional, table, text, time, time_or_null};
use crate::frozen::freeze;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let current = vec![
            id("brand_id"),
            id("id"),
            number("version"),
            text("title"),
            text("template"),
            time_or_null("retired_at"),
        ];
        manager.create_table(table("macro", 2, current)).await?;
        let version = vec![
            id("brand_id"),
            id("macro_id"),
            number("version"),
            text("title"),
            text("template"),
            id("staff_id"),
            time("created_at"),
        ];
        manager.create_table(table("macro_version", 3, version)).await?;
        freeze(manager, "macro_version").await?;
        for column in
            [optional("macro_id", |column| column.uuid()), optional("macro_version", |column| column.integer())]
        {
            manager.alter_table(Table::alter().table("reply").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

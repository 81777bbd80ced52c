//! The endings journal, where it is a table.

use sea_orm_migration::prelude::*;

use crate::columns::{required, text};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut number = required("number", |column| column.big_integer());
        number.auto_increment().primary_key();
        let mut table = Table::create();
        table.table("ending").col(number).col(text("line"));
        manager.create_table(table).await
    }
}

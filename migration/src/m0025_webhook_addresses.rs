//! Where an app wants to be told of changes: stored before anything is sent there.

use sea_orm_migration::prelude::*;

use crate::columns::optional;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = optional("webhook_url", |column| column.text());
        manager.alter_table(Table::alter().table("app").add_column(column).to_owned()).await
    }
}

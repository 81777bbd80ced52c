//! What brands say to the end of a grant: that they know of it, and that they have deleted what they held.

use sea_orm_migration::prelude::*;

use crate::columns::time_or_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["acknowledged_at", "deleted_at"] {
            let column = time_or_null(column);
            manager.alter_table(Table::alter().table("grant").add_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

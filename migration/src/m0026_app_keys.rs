//! Keys that apps sign in by instead of a secret, and which of their JWTs were used.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, optional, table, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let keys = optional("keys", |column| column.json_binary());
        manager.alter_table(Table::alter().table("app").add_column(keys).to_owned()).await?;
        let used = vec![id("brand_id"), bytes("hash"), time("expires_at")];
        manager.create_table(table("used_jwt", 2, used)).await?;
        manager.create_index(index("used_jwt", &["expires_at"])).await
    }
}

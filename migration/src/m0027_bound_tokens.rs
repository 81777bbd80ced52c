//! Tokens that are bound to a key of the app (RFC 9449).

use sea_orm_migration::prelude::*;

use crate::columns::{optional, required};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let bound = required("dpop_bound", |column| column.boolean().default(false));
        manager.alter_table(Table::alter().table("app").add_column(bound).to_owned()).await?;
        let key = optional("key_thumbprint", |column| column.text());
        manager.alter_table(Table::alter().table("token_family").add_column(key).to_owned()).await
    }
}

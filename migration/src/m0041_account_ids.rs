//! The channel's lasting id of a brand's account, as the channel tells it first: a handle may go to somebody else, and some
//! deliveries name the id only.

use sea_orm_migration::prelude::*;

use crate::columns::{optional, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let id = optional("account_id", |column| column.text());
        manager.alter_table(Table::alter().table("brand_account").add_column(id).to_owned()).await?;
        manager.create_index(unique("brand_account", &["channel", "account_id"])).await
    }
}

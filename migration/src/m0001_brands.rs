//! Brands and their apps: small tables, copied to every shard.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, bytes, id, number, table, text, time, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table("brand", 1, vec![id("id"), text("slug"), text("name"), time("created_at")])).await?;
        manager.create_index(unique("brand", &["slug"])).await?;
        let app = vec![
            id("brand_id"),
            id("id"),
            text("client_id"),
            bytes("secret_hash"),
            number("secret_epoch"),
            word("status"),
            number("status_revision"),
            big_number("scopes"),
            big_number("purposes"),
            time("created_at"),
        ];
        manager.create_table(table("app", 2, app)).await?;
        manager.create_index(unique("app", &["client_id"])).await
    }
}

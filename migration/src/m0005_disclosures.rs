//! The record of every read.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, bytes, id, number, optional, table, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let disclosure = vec![
            id("customer_id"),
            id("id"),
            id("brand_id"),
            id("app_id"),
            optional("purpose", |column| column.string_len(32)),
            optional("grant_id", |column| column.uuid()),
            optional("grant_version", |column| column.integer()),
            big_number("revision"),
            time("occurred_at"),
            number("key_id"),
            bytes("payload"),
        ];
        manager.create_table(table("disclosure", 2, disclosure)).await
    }
}

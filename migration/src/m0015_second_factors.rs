//! A second factor at sign-in: an authenticator's secret, sealed, and the hashes of recovery codes.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, number, optional, table, time, time_or_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let authenticator = vec![
            id("customer_id"),
            number("key_id"),
            bytes("payload"),
            time("created_at"),
            time_or_null("confirmed_at"),
            optional("last_step", |column| column.big_integer()),
        ];
        manager.create_table(table("authenticator", 1, authenticator)).await?;
        let recovery = vec![id("customer_id"), bytes("hash"), time("issued_at"), time_or_null("used_at")];
        manager.create_table(table("recovery_code", 2, recovery)).await
    }
}

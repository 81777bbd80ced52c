//! Customers and their sessions.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, bytes, id, optional, table, time, time_or_null, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let customer = vec![
            id("id"),
            big_number("consent_revision"),
            time_or_null("marketing_blocked_at"),
            word("status"),
            time("created_at"),
        ];
        manager.create_table(table("customer", 1, customer)).await?;
        let session = vec![
            id("customer_id"),
            id("id"),
            time("created_at"),
            time("expires_at"),
            time_or_null("ended_at"),
            optional("end_reason", |column| column.string_len(32)),
        ];
        manager.create_table(table("session", 2, session)).await?;
        let refresh =
            vec![id("customer_id"), bytes("hash"), id("session_id"), time("issued_at"), time_or_null("used_at")];
        manager.create_table(table("refresh_token", 2, refresh)).await
    }
}

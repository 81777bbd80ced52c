//! What a customer sees of their sessions, when each was last proven to be theirs, and addresses that were signed in with
//! before.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, number, optional, table, time, time_or_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let added = [
            optional("label", |column| column.string_len(32)),
            time_or_null("refreshed_at"),
            time_or_null("proven_at"),
        ];
        // SQLite adds one column at a time.
        for column in added {
            manager.alter_table(Table::alter().table("session").add_column(column).to_owned()).await?;
        }
        let former = vec![
            id("customer_id"),
            id("id"),
            bytes("lookup"),
            number("key_id"),
            bytes("payload"),
            bytes("secret_hash"),
            time("replaced_at"),
            time("until"),
        ];
        manager.create_table(table("former_login", 2, former)).await
    }
}

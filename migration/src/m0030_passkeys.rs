//! Passkeys, sealed, and the challenges that they answer. A challenge is found by a hash of it, as in the directory, so it is
//! sharded by that.

use sea_orm_migration::prelude::*;

use crate::columns::{big_number, bytes, id, index, number, optional, table, time, time_or_null, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let passkey = vec![
            id("customer_id"),
            id("id"),
            bytes("lookup"),
            number("key_id"),
            bytes("payload"),
            big_number("counter"),
            time("created_at"),
            time_or_null("used_at"),
            time_or_null("alone_since"),
        ];
        manager.create_table(table("passkey", 2, passkey)).await?;
        manager.create_index(unique("passkey", &["customer_id", "lookup"])).await?;
        let challenge = vec![
            bytes("hash"),
            word("purpose"),
            optional("customer_id", |column| column.uuid()),
            optional("session_id", |column| column.uuid()),
            time("issued_at"),
            time("expires_at"),
        ];
        manager.create_table(table("passkey_challenge", 1, challenge)).await?;
        manager.create_index(index("passkey_challenge", &["customer_id"])).await?;
        manager.create_index(index("passkey_challenge", &["expires_at"])).await
    }
}

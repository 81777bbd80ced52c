//! The tables that hold personal data: sealed payloads, found by keyed hashes.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, number, optional, required, table, time, time_or_null, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let directory = vec![
            bytes("lookup"),
            optional("lookup_next", |column| column.blob()),
            word("kind"),
            id("customer_id"),
            optional("link_id", |column| column.uuid()),
        ];
        manager.create_table(table("directory", 1, directory)).await?;
        manager.create_index(unique("directory", &["lookup_next"])).await?;
        let cluster = vec![
            id("customer_id"),
            required("scope", |column| column.small_integer()),
            number("key_id"),
            bytes("payload"),
            time("changed_at"),
        ];
        manager.create_table(table("cluster", 2, cluster)).await?;
        let credential = vec![
            id("customer_id"),
            number("key_id"),
            bytes("payload"),
            optional("password_hash", |column| column.text()),
            time("changed_at"),
        ];
        manager.create_table(table("credential", 1, credential)).await?;
        let profile = vec![id("customer_id"), id("brand_id"), id("id"), time("created_at")];
        manager.create_table(table("profile", 2, profile)).await?;
        links(manager).await
    }
}

async fn links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let link = vec![
        id("customer_id"),
        id("id"),
        word("channel"),
        number("key_id"),
        bytes("payload"),
        time("verified_at"),
        time_or_null("ended_at"),
        optional("end_reason", |column| column.string_len(32)),
    ];
    manager.create_table(table("link", 2, link)).await?;
    let challenge = vec![
        id("customer_id"),
        id("id"),
        word("kind"),
        word("channel"),
        bytes("target"),
        time("issued_at"),
        number("key_id"),
        bytes("payload"),
        bytes("code_hash"),
        number("attempts"),
        time("expires_at"),
        time_or_null("completed_at"),
    ];
    manager.create_table(table("challenge", 2, challenge)).await?;
    manager.create_index(index("challenge", &["target", "issued_at"])).await
}

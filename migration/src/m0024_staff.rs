//! Brands' staff: who they are, their sessions, the console app that they act through, and their role in the record of a
//! read.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, number, optional, required, table, time, time_or_null, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let staff = vec![
            id("brand_id"),
            id("id"),
            word("role"),
            word("status"),
            optional("login", |column| column.blob()),
            number("key_id"),
            bytes("payload"),
            optional("password_hash", |column| column.text()),
            optional("invitation_hash", |column| column.blob()),
            time_or_null("invited_until"),
            time("created_at"),
            time_or_null("joined_at"),
            time_or_null("removed_at"),
        ];
        manager.create_table(table("staff", 2, staff)).await?;
        // One seat per address at a brand; the same person may work for several.
        manager.create_index(unique("staff", &["brand_id", "login"])).await?;
        manager.create_index(index("staff", &["login"])).await?;
        let session = vec![
            id("brand_id"),
            id("id"),
            id("staff_id"),
            bytes("refresh_hash"),
            optional("used_refresh_hash", |column| column.blob()),
            time("created_at"),
            time("expires_at"),
            time_or_null("ended_at"),
            optional("end_reason", |column| column.string_len(32)),
        ];
        manager.create_table(table("staff_session", 2, session)).await?;
        manager.create_index(index("staff_session", &["brand_id", "staff_id"])).await?;
        for column in
            [optional("staff_id", |column| column.uuid()), optional("staff_role", |column| column.string_len(32))]
        {
            manager.alter_table(Table::alter().table("disclosure").add_column(column).to_owned()).await?;
        }
        let kind = required("kind", |column| column.string_len(32).default("CLIENT"));
        manager.alter_table(Table::alter().table("app").add_column(kind).to_owned()).await?;
        let mut console = unique("app", &["brand_id"]);
        console.name("app_console").and_where(Expr::col("kind").eq("CONSOLE"));
        manager.create_index(console).await
    }
}

//! What apps get by asking customers at `/oauth/authorize`, and what they have pushed beforehand.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, json, optional, table, text, time, time_or_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let family = vec![
            id("brand_id"),
            id("id"),
            id("app_id"),
            id("customer_id"),
            id("grant_id"),
            id("profile_id"),
            bytes("code_hash"),
            text("redirect_uri"),
            text("challenge"),
            time("created_at"),
            time("code_expires_at"),
            time_or_null("redeemed_at"),
            optional("refresh_hash", |column| column.blob()),
            time_or_null("refreshed_at"),
            time_or_null("ended_at"),
            optional("end_reason", |column| column.string_len(32)),
        ];
        manager.create_table(table("token_family", 2, family)).await?;
        manager.create_index(index("token_family", &["customer_id", "grant_id"])).await?;
        let pushed = vec![id("brand_id"), bytes("hash"), id("app_id"), json("parameters"), time("expires_at")];
        manager.create_table(table("pushed_request", 2, pushed)).await?;
        manager.create_index(index("pushed_request", &["expires_at"])).await
    }
}

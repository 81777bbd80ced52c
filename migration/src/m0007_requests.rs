//! Consent requests: what brands ask, and who has opened it. The latter belongs to the customer; in the brand's table
//! there is nothing that the brand may not know.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, json, number, optional, table, text, time, time_or_null, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let request = vec![
            id("brand_id"),
            id("id"),
            id("app_id"),
            bytes("token_hash"),
            optional("intended", |column| column.blob()),
            word("purpose"),
            json("scopes"),
            number("duration_days"),
            text("offer"),
            optional("return_to", |column| column.text()),
            word("notice_id"),
            number("notice_version"),
            time("created_at"),
            time("lapses_at"),
            time_or_null("given_at"),
            optional("grant_id", |column| column.uuid()),
            optional("profile_id", |column| column.uuid()),
        ];
        manager.create_table(table("consent_request", 2, request)).await?;
        manager.create_index(unique("consent_request", &["token_hash", "brand_id"])).await?;
        manager.create_index(index("consent_request", &["brand_id", "created_at"])).await?;
        let opening = vec![
            id("customer_id"),
            id("request_id"),
            id("brand_id"),
            word("purpose"),
            word("state"),
            time("opened_at"),
            time_or_null("answered_at"),
        ];
        manager.create_table(table("request_opening", 2, opening)).await?;
        manager.create_index(index("request_opening", &["customer_id", "brand_id", "purpose"])).await?;
        // At most one that waits per customer, brand and purpose, whoever writes.
        let mut pending = unique("request_opening", &["customer_id", "brand_id", "purpose"]);
        pending.name("request_opening_pending").and_where(Expr::col("state").eq("REQUESTED"));
        manager.create_index(pending).await
    }
}

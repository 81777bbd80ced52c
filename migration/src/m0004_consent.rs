//! Scope definitions, notices, grants with their versions, and the events of consent.

use sea_orm_migration::prelude::*;

use crate::columns::{
    big_number, bytes, id, index, json, number, optional, required, table, text, time, time_or_null, unique, word,
};
use crate::frozen::freeze;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let definition = vec![
            required("scope", |column| column.small_integer()),
            number("version"),
            text("label"),
            json("permissions"),
            json("fields"),
        ];
        manager.create_table(table("scope_definition", 2, definition)).await?;
        notices(manager).await?;
        grants(manager).await?;
        let event = vec![
            id("customer_id"),
            big_number("revision"),
            id("id"),
            optional("grant_id", |column| column.uuid()),
            optional("request_id", |column| column.uuid()),
            number("version"),
            word("kind"),
            word("actor"),
            optional("reason", |column| column.text()),
            time("occurred_at"),
            optional("idempotency", |column| column.blob()),
        ];
        manager.create_table(table("consent_event", 2, event)).await?;
        let used = vec![id("customer_id"), bytes("key"), time("used_at")];
        manager.create_table(table("idempotency", 2, used)).await
    }
}

async fn notices(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let notice = vec![
        word("id"),
        number("version"),
        text("locale"),
        optional("brand_id", |column| column.uuid()),
        text("name"),
        json("content"),
        time("created_at"),
    ];
    manager.create_table(table("notice", 3, notice)).await?;
    manager.create_index(unique("notice", &["brand_id", "name", "version", "locale"])).await?;
    freeze(manager, "notice").await
}

async fn grants(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let grant = vec![
        id("customer_id"),
        id("id"),
        id("brand_id"),
        word("purpose"),
        word("state"),
        number("version"),
        json("pins"),
        big_number("scopes"),
        big_number("withdrawn_scopes"),
        time("valid_from"),
        time("expires_at"),
        time("created_at"),
        time_or_null("ended_at"),
    ];
    manager.create_table(table("grant", 2, grant)).await?;
    // At most one open grant per customer, brand and purpose, whoever writes.
    let mut open = unique("grant", &["customer_id", "brand_id", "purpose"]);
    open.name("grant_open").and_where(Expr::col("ended_at").is_null());
    manager.create_index(open).await?;
    // Brands and operators name a grant by its id alone.
    manager.create_index(index("grant", &["id"])).await?;
    // Whose time has come is looked for among the open ones only.
    let mut due = index("grant", &["expires_at"]);
    due.name("grant_due").and_where(Expr::col("ended_at").is_null());
    manager.create_index(due).await?;
    let version = vec![
        id("customer_id"),
        id("grant_id"),
        number("version"),
        json("pins"),
        time("valid_from"),
        time("expires_at"),
        word("notice_id"),
        number("notice_version"),
        text("notice_locale"),
        bytes("notice_hash"),
        word("method"),
        time("created_at"),
    ];
    manager.create_table(table("grant_version", 3, version)).await?;
    Ok(())
}

//! What customers and brands say to each other: brands' accounts on channels, who writes to them, conversations, messages.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, number, optional, table, text, time, time_or_null, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let handle = text("handle");
        let account = vec![id("brand_id"), word("channel"), text("normalised"), handle, time("created_at")];
        manager.create_table(table("brand_account", 3, account)).await?;
        // A reference table, as `brand` is: which brand has an account is asked with every message.
        manager.create_index(unique("brand_account", &["channel", "normalised"])).await?;
        self.correspondents(manager).await?;
        let conversation = vec![
            id("brand_id"),
            id("id"),
            id("correspondent_id"),
            word("status"),
            optional("assignee_id", |column| column.uuid()),
            number("version"),
            number("episode"),
            time("opened_at"),
            time_or_null("waiting_since"),
            time("last_message_at"),
            id("last_message_id"),
            time_or_null("resolved_at"),
        ];
        manager.create_table(table("conversation", 2, conversation)).await?;
        // The queue, whole and by status, newest first.
        manager.create_index(index("conversation", &["brand_id", "last_message_at", "id"])).await?;
        manager.create_index(index("conversation", &["brand_id", "status", "last_message_at", "id"])).await?;
        manager.create_index(index("conversation", &["brand_id", "correspondent_id", "last_message_at"])).await?;
        let mut assigned = index("conversation", &["brand_id", "assignee_id", "last_message_at", "id"]);
        manager.create_index(assigned.and_where(Expr::col("assignee_id").is_not_null()).to_owned()).await?;
        let message = vec![
            id("brand_id"),
            id("id"),
            id("conversation_id"),
            id("correspondent_id"),
            word("kind"),
            word("visibility"),
            optional("external", |column| column.blob()),
            optional("staff_id", |column| column.uuid()),
            time("occurred_at"),
            time("received_at"),
            time_or_null("edited_at"),
            time_or_null("deleted_at"),
            number("key_id"),
            bytes("payload"),
        ];
        manager.create_table(table("message", 2, message)).await?;
        manager.create_index(unique("message", &["brand_id", "external"])).await?;
        manager.create_index(index("message", &["brand_id", "conversation_id", "occurred_at", "id"])).await?;
        manager.create_index(index("message", &["correspondent_id", "id"])).await
    }
}

impl Migration {
    async fn correspondents(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        let correspondent = vec![
            id("brand_id"),
            id("id"),
            word("channel"),
            optional("lookup", |column| column.blob()),
            number("key_id"),
            bytes("payload"),
            time("created_at"),
            optional("erased_with", |column| column.uuid()),
        ];
        manager.create_table(table("correspondent", 2, correspondent)).await?;
        manager.create_index(unique("correspondent", &["brand_id", "lookup"])).await?;
        // Whose they are is found by the account, at every brand: for the customer's copy, and for an erasure.
        manager.create_index(index("correspondent", &["lookup"])).await?;
        let mut erased = index("correspondent", &["erased_with"]);
        manager.create_index(erased.and_where(Expr::col("erased_with").is_not_null()).to_owned()).await
    }
}

//! Two live secrets of an app during a rotation, and the audit trail of what was done to a brand's apps and people.

use sea_orm_migration::prelude::*;

use crate::columns::{id, json, optional, table, text, time, time_or_null, word};
use crate::frozen::freeze;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [optional("previous_secret_hash", |column| column.blob()), time_or_null("previous_secret_until")]
        {
            manager.alter_table(Table::alter().table("app").add_column(column).to_owned()).await?;
        }
        let entry = vec![
            id("brand_id"),
            id("id"),
            optional("staff_id", |column| column.uuid()),
            word("act"),
            text("subject"),
            json("details"),
            time("occurred_at"),
        ];
        manager.create_table(table("audit_entry", 2, entry)).await?;
        freeze(manager, "audit_entry").await
    }
}

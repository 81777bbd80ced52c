//! The keyring: one wrapped data key per customer.

use sea_orm_migration::prelude::*;

use crate::columns::{bytes, id, index, number, table, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let key = vec![id("customer_id"), number("wrapping_id"), bytes("wrapped"), time("created_at")];
        manager.create_table(table("data_key", 1, key)).await?;
        // For finding what is still to be wrapped again when the operator's key has changed.
        manager.create_index(index("data_key", &["wrapping_id"])).await
    }
}

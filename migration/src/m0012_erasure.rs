//! Whom the directory's rows are about: an erasure takes them out by the customer, import keys included, which nothing
//! else remembers.

use sea_orm_migration::prelude::*;

use crate::columns::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index("directory", &["customer_id"])).await
    }
}

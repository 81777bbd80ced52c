//! Whether anything left with a read, beside the sealed list of what was asked for: the customer can tell the reads that gave
//! something from the others, and how often a grant is used, without every record being opened for it.
//!
//! Earlier records do not say so. Those that were made under a grant are taken for answered: rather one too many than one
//! too few.

use sea_orm_migration::prelude::*;

use crate::columns::optional;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let answered = optional("answered", |column| column.boolean());
        manager.alter_table(Table::alter().table("disclosure").add_column(answered).to_owned()).await
    }
}

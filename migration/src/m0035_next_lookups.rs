//! Hardly ever has a name a second lookup (only while the key of the lookups is changed), so its index holds only those that have: every row of the
//! directory costs one index entry less.

use sea_orm_migration::prelude::*;

use crate::columns::unique;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let old = Index::drop().name("directory_lookup_next").table("directory").to_owned();
        manager.drop_index(old).await?;
        let mut next = unique("directory", &["lookup_next"]);
        next.and_where(Expr::col("lookup_next").is_not_null());
        manager.create_index(next).await
    }
}

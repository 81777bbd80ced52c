//! Since when an account is a customer's: an address or a number may have been somebody else's before, and what was written
//! from it then is not theirs.

use sea_orm_migration::prelude::*;

use crate::columns::time_or_null;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("link").add_column(time_or_null("linked_at")).to_owned()).await?;
        // Of links that are there already nobody knows more than when they were proven last.
        let mut known = Query::update();
        known.table("link").value("linked_at", Expr::col("verified_at"));
        manager.exec_stmt(known).await
    }
}

//! When a handle was proven last stands where it is looked up; and links remember whether their owner was told.

use sea_orm_migration::prelude::*;

use crate::columns::{index, time_or_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = |table: &'static str, column: &'static str| {
            Table::alter().table(table).add_column(time_or_null(column)).to_owned()
        };
        manager.alter_table(add("directory", "proven_at")).await?;
        manager.alter_table(add("link", "told_at")).await?;
        let proven_at = Query::select()
            .column("verified_at")
            .from("link")
            .and_where(Expr::col(("link", "customer_id")).equals(("directory", "customer_id")))
            .and_where(Expr::col(("link", "id")).equals(("directory", "link_id")))
            .to_owned();
        let known = Query::update()
            .table("directory")
            .value("proven_at", Expr::SubQuery(None, Box::new(proven_at.into())))
            .and_where(Expr::col("link_id").is_not_null())
            .to_owned();
        manager.execute(known).await?;
        // What has ended long ago is no news.
        let ended = Query::update()
            .table("link")
            .value("told_at", Expr::col("ended_at"))
            .and_where(Expr::col("ended_at").is_not_null())
            .to_owned();
        manager.execute(ended).await?;
        manager.create_index(index("link", &["verified_at"])).await
    }
}

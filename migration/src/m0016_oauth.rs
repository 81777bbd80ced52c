//! Where apps may have customers sent back to, and the access tokens that they have given back.

use sea_orm_migration::prelude::*;

use crate::columns::{id, index, required, table, time};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let redirect_uris = required("redirect_uris", |column| column.json_binary().default("[]"));
        let mut app = Table::alter();
        app.table("app").add_column(redirect_uris);
        manager.alter_table(app).await?;
        let revoked = vec![id("brand_id"), id("id"), time("expires_at")];
        manager.create_table(table("revoked_token", 2, revoked)).await?;
        manager.create_index(index("revoked_token", &["expires_at"])).await
    }
}

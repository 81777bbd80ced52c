//! The log: what waits to be put in order, what has its place, the tree's tiles, and the signed checkpoints.
//!
//! Whatever is written to `disclosure` or `consent_event` is put into `log_pending` by a trigger, within the same
//! statement, whoever writes: no writer can forget it, and the statement that an answer waits for stays one.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{big_number, bytes, id, number, required, table, text, time, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // In the order in which it is taken from: ids rise with time.
        let pending = vec![id("record_id"), id("customer_id"), word("kind")];
        manager.create_table(table("log_pending", 2, pending)).await?;
        let leaf = vec![big_number("leaf_index"), word("kind"), id("customer_id"), id("record_id")];
        manager.create_table(table("log_leaf", 1, leaf)).await?;
        manager.create_index(unique("log_leaf", &["record_id"])).await?;
        let tile = vec![required("level", |column| column.small_integer()), big_number("tile_index"), bytes("hashes")];
        manager.create_table(table("log_tile", 2, tile)).await?;
        let checkpoint = vec![number("epoch"), big_number("size"), bytes("root"), text("note"), time("created_at")];
        manager.create_table(table("log_checkpoint", 2, checkpoint)).await?;
        // One row: whoever holds its lock gives out the next places.
        let head = vec![number("id"), number("epoch"), big_number("size"), text("previous")];
        manager.create_table(table("log_head", 1, head)).await?;
        let first = Query::insert()
            .into_table("log_head")
            .columns(["id", "epoch", "size", "previous"])
            .values_panic([1.into(), 1.into(), 0i64.into(), "".into()])
            .to_owned();
        manager.execute(first).await?;
        for (source, kind) in [("disclosure", "DISCLOSURE"), ("consent_event", "CONSENT_EVENT")] {
            for statement in triggers(manager.get_database_backend(), source, kind) {
                run(manager, &statement).await?;
            }
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "no builder makes triggers")]
async fn run(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(statement).await.map(drop)
}

/// On PostgreSQL one insert per statement, however many rows it has.
fn triggers(backend: DbBackend, source: &str, kind: &str) -> Vec<String> {
    if backend == DbBackend::Sqlite {
        return vec![format!(
            "create trigger {source}_is_logged after insert on {source} begin
               insert into log_pending (record_id, customer_id, kind) values (new.id, new.customer_id, '{kind}');
             end"
        )];
    }
    vec![
        format!(
            "create or replace function {source}_is_logged() returns trigger language plpgsql as $$ begin
               insert into log_pending (record_id, customer_id, kind) select id, customer_id, '{kind}' from added;
               return null;
             end $$"
        ),
        format!(
            "create trigger {source}_is_logged after insert on {source} referencing new table as added
             for each statement execute function {source}_is_logged()"
        ),
    ]
}

//! The feed of changes that a brand reads: every event of its grants, numbered per brand once the log has placed it.
//!
//! A trigger puts each event there within the statement that appends it, whoever writes, while it is still known by which id
//! the brand knows the customer. The log's sequencer gives the number, in the order of the log: it runs one at a time, so
//! nothing ever joins before a number that somebody has read, and no writer waits for it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{id, index, number, optional, table, time, unique, word};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let change = vec![
            id("brand_id"),
            id("event_id"),
            optional("number", |column| column.big_integer()),
            id("customer_id"),
            id("grant_id"),
            optional("profile_id", |column| column.uuid()),
            word("purpose"),
            number("version"),
            word("kind"),
            time("occurred_at"),
        ];
        manager.create_table(table("grant_change", 2, change)).await?;
        manager.create_index(unique("grant_change", &["brand_id", "number"])).await?;
        // For the sequencer, which comes from the log.
        manager.create_index(index("grant_change", &["event_id"])).await?;
        for statement in triggers(manager.get_database_backend()) {
            run(manager, &statement).await?;
        }
        run(manager, BEFORE).await
    }
}

#[expect(clippy::disallowed_methods, reason = "no builder makes triggers, nor numbers rows")]
async fn run(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(statement).await.map(drop)
}

/// What happened before there was a feed.
const BEFORE: &str = r#"
    insert into grant_change
    select g.brand_id, e.id,
           case when leaf.leaf_index is null then null
                else row_number() over (partition by g.brand_id, leaf.leaf_index is null order by leaf.leaf_index) end,
           e.customer_id, g.id, p.id, g.purpose, e.version, e.kind, e.occurred_at
    from consent_event e
    join "grant" g on g.customer_id = e.customer_id and g.id = e.grant_id
    left join profile p on p.customer_id = e.customer_id and p.brand_id = g.brand_id
    left join log_leaf leaf on leaf.record_id = e.id"#;

fn triggers(backend: DbBackend) -> Vec<String> {
    let insert = |source: &str| {
        format!(
            r#"insert into grant_change
               select g.brand_id, e.id, null, e.customer_id, g.id, p.id, g.purpose, e.version, e.kind, e.occurred_at
               from {source}
               join "grant" g on g.customer_id = e.customer_id and g.id = e.grant_id
               left join profile p on p.customer_id = e.customer_id and p.brand_id = g.brand_id"#
        )
    };
    if backend == DbBackend::Sqlite {
        return vec![format!(
            "create trigger consent_event_is_fed after insert on consent_event when new.grant_id is not null begin
               {} where e.customer_id = new.customer_id and e.revision = new.revision;
             end",
            insert("consent_event e")
        )];
    }
    vec![
        format!(
            "create or replace function consent_event_is_fed() returns trigger language plpgsql as $$ begin
               {};
               return null;
             end $$",
            insert("added e")
        ),
        "create trigger consent_event_is_fed after insert on consent_event referencing new table as added
         for each statement execute function consent_event_is_fed()"
            .to_owned(),
    ]
}

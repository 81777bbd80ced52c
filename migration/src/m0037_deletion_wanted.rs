//! Who stops sharing can ask the brand to delete what it holds. That stands with the event, and the trigger passes it on to the
//! feed that the brand reads.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::required;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["consent_event", "grant_change"] {
            let wanted = required("deletion_wanted", |column| column.boolean().default(false));
            manager.alter_table(Table::alter().table(table).add_column(wanted).to_owned()).await?;
        }
        for statement in trigger(manager.get_database_backend()) {
            run(manager, &statement).await?;
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "no builder makes triggers")]
async fn run(manager: &SchemaManager<'_>, statement: &str) -> Result<(), DbErr> {
    manager.get_connection().execute_unprepared(statement).await.map(drop)
}

/// The trigger of the feed as it was, with one column more.
fn trigger(backend: DbBackend) -> Vec<String> {
    let insert = |source: &str| {
        format!(
            r#"insert into grant_change (brand_id, event_id, customer_id, grant_id, profile_id, purpose, version, kind,
                                         occurred_at, deletion_wanted)
               select g.brand_id, e.id, e.customer_id, g.id, p.id, g.purpose, e.version, e.kind, e.occurred_at,
                      e.deletion_wanted
               from {source}
               join "grant" g on g.customer_id = e.customer_id and g.id = e.grant_id
               left join profile p on p.customer_id = e.customer_id and p.brand_id = g.brand_id"#
        )
    };
    if backend == DbBackend::Sqlite {
        return vec![
            "drop trigger consent_event_is_fed".to_owned(),
            format!(
                "create trigger consent_event_is_fed after insert on consent_event when new.grant_id is not null begin
                   {} where e.customer_id = new.customer_id and e.revision = new.revision;
                 end",
                insert("consent_event e")
            ),
        ];
    }
    vec![format!(
        "create or replace function consent_event_is_fed() returns trigger language plpgsql as $$ begin
           {};
           return null;
         end $$",
        insert("added e")
    )]
}

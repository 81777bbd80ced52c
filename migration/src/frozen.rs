//! Tables whose rows are written once: the database itself refuses to change or to remove them, whoever asks.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Lets rows only be added to a table from now on.
#[expect(clippy::disallowed_methods, reason = "triggers have no builder")]
pub async fn freeze(manager: &SchemaManager<'_>, table: &'static str) -> Result<(), DbErr> {
    let connection = manager.get_connection();
    for statement in statements(manager.get_database_backend(), table) {
        connection.execute_unprepared(&statement).await?;
    }
    Ok(())
}

fn statements(backend: DbBackend, table: &str) -> Vec<String> {
    let refusal = format!("rows of {table} are written once");
    if backend == DbBackend::Sqlite {
        let one = |act: &str| {
            format!(
                "create trigger {table}_no_{act} before {act} on {table} \
                 begin select raise(abort, '{refusal}'); end"
            )
        };
        return vec![one("update"), one("delete")];
    }
    vec![
        // A function outlives its table when everything is made anew.
        format!(
            "create or replace function {table}_refuse() returns trigger language plpgsql \
             as $$ begin raise exception '{refusal}'; end $$"
        ),
        format!(
            "create trigger {table}_frozen before update or delete on {table} \
             for each row execute function {table}_refuse()"
        ),
    ]
}

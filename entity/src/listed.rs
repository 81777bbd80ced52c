//! A list as one parameter: JSON text that either database unfolds into rows. However long the list is, the text of the
//! statement stays the same, so that it is prepared once; and no limit on parameters has to be minded.

use sea_orm::{DbBackend, DbErr, Statement};
use serde::Serialize;
use uuid::Uuid;

use crate::hexadecimal::hexadecimal;

/// What a column holds, and how it is written in the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An id: [`id`].
    Id,
    /// Bytes: [`hexadecimal`].
    Bytes,
    /// A whole number.
    Number,
    /// A text.
    Text,
}

/// An id as the JSON has it.
pub(crate) fn id(id: Uuid) -> String {
    hexadecimal(id.as_bytes())
}

/// A statement on a list. In `sql`, `LISTED` stands for a table of that name with these columns, and `JOIN` for the join by
/// which the list comes first. Each row of the list is a sequence of the columns' values.
///
/// # Errors
/// When a row has no JSON form.
#[expect(clippy::disallowed_methods, reason = "no builder unfolds a list")]
pub(crate) fn statement(
    backend: DbBackend,
    sql: &str,
    columns: &[(&str, Kind)],
    rows: &[impl Serialize],
) -> Result<Statement, DbErr> {
    let json = json(rows)?;
    // SQLite takes `cross join` for an order that it keeps.
    let join = if backend == DbBackend::Sqlite { "cross join" } else { "join" };
    let sql = sql.replace("LISTED", &table(backend, columns)).replace("JOIN", join);
    Ok(Statement::from_sql_and_values(backend, sql, [json.into()]))
}

/// A list as either database unfolds it.
///
/// # Errors
/// When a row has no JSON form.
pub(crate) fn json(rows: &[impl Serialize]) -> Result<String, DbErr> {
    serde_json::to_string(rows).map_err(|_| DbErr::Type("a list could not be written down".into()))
}

fn table(backend: DbBackend, columns: &[(&str, Kind)]) -> String {
    let sqlite = backend == DbBackend::Sqlite;
    let column = |(place, (name, kind)): (usize, &(&str, Kind))| match kind {
        Kind::Id | Kind::Bytes if sqlite => format!("unhex(value ->> {place}) as {name}"),
        Kind::Bytes => format!("decode(value ->> {place}, 'hex') as {name}"),
        Kind::Id => format!("(value ->> {place})::uuid as {name}"),
        Kind::Number if sqlite => format!("value ->> {place} as {name}"),
        Kind::Number => format!("(value ->> {place})::bigint as {name}"),
        Kind::Text => format!("value ->> {place} as {name}"),
    };
    let columns: Vec<String> = columns.iter().enumerate().map(column).collect();
    let unfolded = if sqlite { "json_each($1)" } else { "jsonb_array_elements($1::jsonb)" };
    format!("(select {} from {unfolded}) listed", columns.join(", "))
}

//! Rows inserted many at a time, as one JSON parameter that the database unfolds by its own table's columns: the text of the
//! statement is the same however many they are, and several times as fast as one with a list of values for each row.

use sea_orm::sea_query::{ColumnType, Value};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, Iden, Iterable,
    Statement,
};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};

use crate::hexadecimal::hexadecimal;
use crate::listed;

/// Inserts rows whose columns are all set. All or, with an error, none.
///
/// # Errors
/// When the database cannot be asked or refuses one of them.
#[expect(clippy::disallowed_methods, reason = "no builder unfolds a list")]
pub(crate) async fn insert<A>(connection: &impl ConnectionTrait, rows: &[A]) -> Result<(), DbErr>
where
    A: ActiveModelTrait,
{
    if rows.is_empty() {
        return Ok(());
    }
    let backend = connection.get_database_backend();
    let list: Vec<Row<'_, A>> = rows.iter().map(|row| Row { row, backend }).collect();
    let json = listed::json(&list)?;
    connection.execute_raw(Statement::from_sql_and_values(backend, sql::<A::Entity>(backend), [json.into()])).await?;
    Ok(())
}

fn sql<E: EntityTrait>(backend: DbBackend) -> String {
    let table = E::default();
    let table = table.table_name();
    let names: Vec<String> = E::Column::iter().map(|column| format!("\"{}\"", column.to_string())).collect();
    let names = names.join(", ");
    if backend == DbBackend::Sqlite {
        let values: Vec<String> = E::Column::iter().map(unfolded).collect();
        format!("insert into \"{table}\" ({names}) select {} from json_each($1)", values.join(", "))
    } else {
        format!(
            "insert into \"{table}\" ({names}) select {names} from json_populate_recordset(null::\"{table}\", $1::json)"
        )
    }
}

/// How SQLite takes a column out of a row.
fn unfolded(column: impl ColumnTrait) -> String {
    let name = column.to_string();
    match column.def().get_column_type() {
        ColumnType::Uuid | ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob => {
            format!("unhex(value ->> '{name}')")
        }
        ColumnType::Json | ColumnType::JsonBinary => format!("value -> '{name}'"),
        _ => format!("value ->> '{name}'"),
    }
}

/// A row as an object of its columns.
struct Row<'r, A> {
    row: &'r A,
    backend: DbBackend,
}

impl<A: ActiveModelTrait> Serialize for Row<'_, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for column in <A::Entity as EntityTrait>::Column::iter() {
            let ActiveValue::Set(value) = self.row.get(column) else {
                return Err(S::Error::custom("a column is not set"));
            };
            object.serialize_entry(&column.to_string(), &Cell { value, backend: self.backend })?;
        }
        object.end()
    }
}

/// A value as the database reads it out of JSON.
struct Cell {
    value: Value,
    backend: DbBackend,
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Bool(value) => value.serialize(serializer),
            Value::SmallInt(value) => value.serialize(serializer),
            Value::Int(value) => value.serialize(serializer),
            Value::BigInt(value) => value.serialize(serializer),
            Value::String(value) => value.serialize(serializer),
            Value::Json(value) => value.serialize(serializer),
            Value::Uuid(value) => value.map(listed::id).serialize(serializer),
            Value::Bytes(None) => serializer.serialize_none(),
            Value::Bytes(Some(bytes)) if self.backend == DbBackend::Sqlite => {
                serializer.serialize_str(&hexadecimal(bytes))
            }
            Value::Bytes(Some(bytes)) => serializer.serialize_str(&format!("\\x{}", hexadecimal(bytes))),
            _ => Err(S::Error::custom("a column of this type is in no table that is filled so")),
        }
    }
}

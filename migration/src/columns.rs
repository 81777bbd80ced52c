//! The few column types that all tables are made of.

use sea_orm_migration::prelude::*;

/// A typed id.
pub fn id(name: &'static str) -> ColumnDef {
    required(name, |column| column.uuid())
}

/// Unix milliseconds.
pub fn time(name: &'static str) -> ColumnDef {
    required(name, |column| column.big_integer())
}

/// Unix milliseconds, or never.
pub fn time_or_null(name: &'static str) -> ColumnDef {
    optional(name, |column| column.big_integer())
}

/// A member of a closed list, by name.
pub fn word(name: &'static str) -> ColumnDef {
    required(name, |column| column.string_len(32))
}

/// A text that is not personal.
pub fn text(name: &'static str) -> ColumnDef {
    required(name, |column| column.text())
}

/// A 32-bit number.
pub fn number(name: &'static str) -> ColumnDef {
    required(name, |column| column.integer())
}

/// A 64-bit number.
pub fn big_number(name: &'static str) -> ColumnDef {
    required(name, |column| column.big_integer())
}

/// Bytes: a sealed payload or a keyed hash.
pub fn bytes(name: &'static str) -> ColumnDef {
    required(name, |column| column.blob())
}

/// A JSON document that is not personal.
pub fn json(name: &'static str) -> ColumnDef {
    required(name, |column| column.json_binary())
}

/// A column that may be null.
pub fn optional(name: &'static str, kind: impl FnOnce(&mut ColumnDef) -> &mut ColumnDef) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    kind(&mut column);
    column
}

/// A column that is never null.
pub fn required(name: &'static str, kind: impl FnOnce(&mut ColumnDef) -> &mut ColumnDef) -> ColumnDef {
    let mut column = optional(name, kind);
    column.not_null();
    column
}

/// A table of these columns with the first `key` of them as its primary key.
pub fn table(name: &'static str, key: usize, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut primary = Index::create();
    let mut table = Table::create();
    table.table(name);
    for (place, column) in columns.into_iter().enumerate() {
        if place < key {
            primary.col(Alias::new(column.get_column_name()));
        }
        table.col(column);
    }
    table.primary_key(&mut primary);
    table
}

/// A unique index that is named after what it holds.
pub fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = index(table, columns);
    index.unique();
    index
}

/// An index that is named after what it holds.
pub fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.table(table).name(format!("{table}_{}", columns.join("_")));
    for column in columns {
        index.col(*column);
    }
    index
}

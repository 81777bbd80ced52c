//! Pages of lists: Relay connections, forward only, with opaque cursors that hold a key of the list.

use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, OutputType, Result};

use crate::failure::{Code, error};

/// Rows of a page unless something else is asked.
const DEFAULT: i32 = 20;
/// Rows of a page at most.
const MOST: i32 = 100;

/// How many rows to read: one more than asked, to know whether there is a next page.
pub(super) fn rows(first: Option<i32>) -> Result<u64> {
    match first.unwrap_or(DEFAULT) {
        first @ 1..=MOST => Ok(u64::from(first.unsigned_abs()) + 1),
        _ => Err(error(Code::BadUserInput, "`first` must be from 1 to 100")),
    }
}

/// What a page costs: its rows, each with what is selected of it.
pub(super) fn weight(first: Option<i32>, each: usize) -> usize {
    // What is out of range is refused with its mend when the list is read.
    let rows = first.unwrap_or(DEFAULT).clamp(1, MOST);
    usize::try_from(rows).unwrap_or_default().saturating_mul(each)
}

/// Whether a field of the list's items is selected, by whichever way a connection has to them.
pub(super) fn selects(context: &Context<'_>, field: &str) -> bool {
    let list = context.look_ahead();
    list.field("nodes").field(field).exists() || list.field("edges").field("node").field(field).exists()
}

/// A cursor of this very list.
pub(super) fn cursor<T>(after: Option<&str>, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>> {
    let bad = || error(Code::BadUserInput, "`after` is not a cursor of this list; take one from its `pageInfo`");
    after.map(|after| read(after).ok_or_else(bad)).transpose()
}

/// A page of what was read, without the row beyond it.
pub(super) fn page<T: OutputType>(
    mut items: Vec<(String, T)>,
    rows: u64,
    after: Option<&str>,
) -> Connection<String, T> {
    let has_next = items.len() as u64 >= rows;
    if has_next {
        items.pop();
    }
    let mut connection = Connection::new(after.is_some(), has_next);
    connection.edges.extend(items.into_iter().map(|(cursor, item)| Edge::new(cursor, item)));
    connection
}

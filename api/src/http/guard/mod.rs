//! The query guard: reads a GraphQL query only when reading it is provably cheap.
//!
//! The stock parser recurses once per bracket, so 4 kB of `[` overflow its stack and abort the process; the stock
//! limits walk every path of the fragments before they count anything, so 1 kB of fragments takes seconds. Both happen
//! before authentication. The guard therefore comes before the parser and before `Schema::execute`, and hands the
//! parsed document on, so that nothing is parsed twice.
//!
//! Pure: no I/O, no clock, no schema. What a query may see is decided elsewhere.

use async_graphql::parser::{parse_query, types::ExecutableDocument};

pub use inputs::Inputs;
pub use memory::{Admitted, Documents, Known};
pub use operation::{Unselected, asks_for_schema, count_credentials, declared_purposes, has_one_field, kind, select};
pub use refused::Refused;

mod fragments;
mod inputs;
mod memory;
mod operation;
mod refused;
mod scan;
#[cfg(test)]
mod tests;

/// Reads the query only if it is safe to read, and returns the document for `Request::set_parsed_query`.
///
/// An admitted document is small after expansion too: whoever walks it without memory of fragments, as the validation
/// of async-graphql does, makes at most [`MAX_SELECTIONS`] steps over all operations, [`MAX_LEVELS`] calls deep.
/// Everything else, such as unknown fields, fragments and variables, is left to validation.
///
/// # Errors
///
/// [`Refused`] names the limit that is exceeded, or the place where the query is not GraphQL.
pub fn admit(query: &str) -> Result<ExecutableDocument, Refused> {
    scan::scan(query)?;
    let document = parse_query(query)?;
    fragments::measure(&document)?;
    Ok(document)
}

/// Bytes of a query: 64 kB.
pub const MAX_BYTES: usize = 64 * 1024;

/// Brackets `{`, `[` and `(` open at once. Bounds the recursion of the parser.
pub const MAX_NESTING: usize = 64;

/// Lexical tokens of a query; whitespace, commas and comments are free.
pub const MAX_TOKENS: usize = 2_000;

/// Selections of all operations, each fragment counted wherever it is spread. Spreads and inline fragments count as
/// fields do: fragments that hold nothing but spreads cost as much to walk.
pub const MAX_SELECTIONS: usize = 2_000;

/// Selection sets inside one another, those of fragments included. Bounds the recursion of every walk, and stays one
/// below the default limit of async-graphql (which counts from 0), so that its less helpful refusal is never met.
pub const MAX_LEVELS: usize = 32;

/// Fields inside one another; fragments add none by themselves.
pub const MAX_DEPTH: usize = 12;

/// The same below `__schema` and `__type`: the introspection query of graphql-js follows `ofType` down to 15.
pub const MAX_INTROSPECTION_DEPTH: usize = 20;

/// Lists inside one another below `__schema` and `__type`, of fields, interfaces and the like: each level multiplies the
/// answer by the size of the schema, and nothing interrupts the work. graphql-js draws the same line.
pub const MAX_INTROSPECTION_LISTS: usize = 2;

/// Aliases of all operations, each fragment counted wherever it is spread.
pub const MAX_ALIASES: usize = 30;

/// Directives on one field, spread, fragment, variable or operation.
pub const MAX_DIRECTIVES: usize = 8;

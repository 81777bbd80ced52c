//! What a server says to its database: no statement reads a table of customers from end to end, and no list takes more
//! statements for being longer.

mod counted;
mod crowd;
mod planned;

use serde_json::Value;
use tests::process::Server;

/// Makes a server log each statement that it sends.
pub const LOG: (&str, &str) = ("RAPPORT_LOG", "info,sqlx::query=debug");

/// The texts of the statements that a server sent, in order; of a long one the whole, not its summary.
pub fn sent(server: &Server) -> Vec<String> {
    let log = server.process.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let statement = |line: Value| {
        let fields = line.get("fields").filter(|_| line["target"] == "sqlx::query")?;
        let text = |name: &str| fields[name].as_str().unwrap_or_default().trim().to_owned();
        Some(if text("db.statement").is_empty() { text("summary") } else { text("db.statement") })
    };
    lines.filter_map(statement).collect()
}

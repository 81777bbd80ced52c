//! Copies of PostgreSQL databases, by PostgreSQL's own tools. Passwords go to them by the environment, never by arguments.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, Connection, Row};

use super::manifest::Kind;
use super::{JOURNAL_TABLES, KEYRING_TABLES};
use crate::cli::Failure;

/// Where Debian puts the tools, by version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Settings of an address that the tools understand too.
const SETTINGS: [&str; 10] =
    ["host", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "options", "application_name"];

/// Dumps a database, or the keyring, into a file.
pub async fn dump(url: &str, kind: Kind, to: &Path) -> Result<(), Failure> {
    let mut arguments: Vec<String> =
        ["--format=custom", "--no-owner", "--no-privileges"].map(str::to_owned).into_iter().collect();
    arguments.extend(match kind {
        Kind::Keyring => tables("--table", &KEYRING_TABLES),
        Kind::Database => {
            [tables("--exclude-table", &KEYRING_TABLES), tables("--exclude-table", &JOURNAL_TABLES)].concat()
        }
    });
    arguments.push(format!("--file={}", to.display()));
    run("pg_dump", url, &arguments).await
}

fn tables(option: &str, tables: &[&str]) -> Vec<String> {
    tables.iter().map(|table| format!("{option}={table}")).collect()
}

/// A database, or a keyring, that no server is connected to.
pub struct Held<'u> {
    url: &'u str,
    kind: Kind,
    connection: PgConnection,
}

impl<'u> Held<'u> {
    /// Connects; refuses while a server is connected too.
    pub async fn take(url: &'u str, kind: Kind) -> Result<Self, Failure> {
        let options = PgConnectOptions::from_str(url).map_err(Failure::of)?.application_name("rapport restore");
        let mut connection = PgConnection::connect_with(&options).await.map_err(Failure::of)?;
        let servers = "select count(*) from pg_stat_activity \
                       where datname = current_database() and application_name = 'rapport'";
        let row = sqlx::query(servers).fetch_one(&mut connection).await.map_err(Failure::of)?;
        if row.get::<i64, _>(0) > 0 {
            return Err(Failure("a server is connected to the database; stop it first".into()));
        }
        Ok(Self { url, kind, connection })
    }

    /// Whether something that somebody needs is in it: a row of one of these tables.
    pub async fn has_rows(&mut self, tables: &[&'static str]) -> Result<bool, Failure> {
        let known = self.known_tables().await?;
        for table in tables.iter().filter(|table| known.iter().any(|known| known == *table)) {
            let count = sqlx::AssertSqlSafe(format!("select count(*) from (select 1 from {table} limit 1) as one"));
            let row = sqlx::query(count).fetch_one(&mut self.connection).await.map_err(Failure::of)?;
            if row.get::<i64, _>(0) > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn known_tables(&mut self) -> Result<Vec<String>, Failure> {
        let known = "select tablename::text from pg_tables where schemaname = current_schema()";
        let rows = sqlx::query(known).fetch_all(&mut self.connection).await.map_err(Failure::of)?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// They outlive the tables that they watched over, and the copy brings its own.
    async fn drop_trigger_functions(&mut self) -> Result<(), Failure> {
        let known = "select quote_ident(proname) from pg_proc where pronamespace = current_schema()::regnamespace \
                     and prorettype = 'trigger'::regtype";
        let rows = sqlx::query(known).fetch_all(&mut self.connection).await.map_err(Failure::of)?;
        for row in rows {
            let drop = sqlx::AssertSqlSafe(format!("drop function if exists {}() cascade", row.get::<String, _>(0)));
            sqlx::query(drop).execute(&mut self.connection).await.map_err(Failure::of)?;
        }
        Ok(())
    }

    /// Puts a copy in the place of what is there. Keyring and journal stay, should they be in the same database.
    pub async fn replace(mut self, copy: &Path) -> Result<(), Failure> {
        let copy = copy.display().to_string();
        // A file that cannot be read is found out before anything is thrown away.
        run("pg_restore", "", &["--list".to_owned(), copy.clone()]).await?;
        let known = self.known_tables().await?;
        let keeps = |table: &str| KEYRING_TABLES.contains(&table) != (self.kind == Kind::Keyring);
        let goes = |table: &&String| !keeps(table) && !JOURNAL_TABLES.contains(&table.as_str());
        let old: Vec<String> = known.iter().filter(goes).map(|table| format!("\"{table}\"")).collect();
        let ours = self.kind == Kind::Keyring || known.iter().any(|table| table == "seaql_migrations");
        if !old.is_empty() && !ours {
            return Err(Failure("the database holds tables that are not Rapport's; give it one of its own".into()));
        }
        if !old.is_empty() {
            let drop = sqlx::AssertSqlSafe(format!("drop table {} cascade", old.join(", ")));
            sqlx::query(drop).execute(&mut self.connection).await.map_err(Failure::of)?;
            // The keyring has none; the database beside it may.
            if self.kind == Kind::Database {
                self.drop_trigger_functions().await?;
            }
        }
        self.connection.close().await.map_err(Failure::of)?;
        let arguments = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", copy.as_str()];
        run("pg_restore", self.url, &arguments.map(str::to_owned)).await
    }
}

/// Runs one of PostgreSQL's tools, on a database if there is an address.
async fn run(tool: &str, url: &str, arguments: &[String]) -> Result<(), Failure> {
    let mut paths = vec![PathBuf::from(tool)];
    paths.extend(debian(tool));
    for path in paths {
        let mut command = Command::new(path);
        if !url.is_empty() {
            let (address, password) = without_password(url);
            command.arg(format!("--dbname={address}"));
            if let Some(password) = password {
                command.env("PGPASSWORD", password);
            }
        }
        // What it prints may be a list of all tables; what it complains about is shown.
        command.args(arguments).stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output()).await.map_err(Failure::of)?;
        let output = match output {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            output => output.map_err(|error| Failure(format!("{tool}: {error}")))?,
        };
        if output.status.success() {
            return Ok(());
        }
        return Err(Failure(format!("{tool}: {}", String::from_utf8_lossy(&output.stderr).trim())));
    }
    Err(Failure(format!(
        "there is no {tool}: install PostgreSQL's client tools, of the server's version or a later one"
    )))
}

/// The tool in each of Debian's folders, the newest first.
fn debian(tool: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(DEBIAN).into_iter().flatten().filter_map(Result::ok);
    let version = |name: &str| name.parse::<u32>().ok();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path().join("bin").join(tool))))
        .filter(|(_, path)| path.exists())
        .collect();
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, path)| path).collect()
}

/// The address as the tools may show it, and the password that stood in it.
fn without_password(url: &str) -> (String, Option<String>) {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = base.split_once("://").unwrap_or(("postgres", base));
    let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
    let mut password = None;
    let user = user.map_or_else(String::new, |user| {
        let (name, secret) = user.split_once(':').map_or((user, None), |(name, secret)| (name, Some(secret)));
        password = secret.map(decoded);
        format!("{name}@")
    });
    let mut settings = Vec::new();
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        match name {
            "password" => password = Some(decoded(value)),
            name if SETTINGS.contains(&name) => settings.push(format!("{name}={value}")),
            // The driver's own, or its other spelling.
            "ssl-mode" => settings.push(format!("sslmode={value}")),
            "ssl-root-cert" => settings.push(format!("sslrootcert={value}")),
            _ => {}
        }
    }
    let query = if settings.is_empty() { String::new() } else { format!("?{}", settings.join("&")) };
    (format!("{scheme}://{user}{place}{query}"), password)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_taken_out_of_the_address_wherever_it_stands() {
        for (url, address, password) in [
            ("postgres://db/rapport", "postgres://db/rapport", None),
            ("postgres://me@db:5432/rapport", "postgres://me@db:5432/rapport", None),
            ("postgres://me:p%40ss@db/rapport", "postgres://me@db/rapport", Some("p@ss")),
            (
                "postgresql://me:a:b@db/rapport?sslmode=require",
                "postgresql://me@db/rapport?sslmode=require",
                Some("a:b"),
            ),
            (
                "postgres://me@db/rapport?password=x%26y&statement-cache-capacity=9&ssl-mode=prefer",
                "postgres://me@db/rapport?sslmode=prefer",
                Some("x&y"),
            ),
            (
                "postgres:///rapport?host=/run/postgresql&user=me",
                "postgres:///rapport?host=/run/postgresql&user=me",
                None,
            ),
        ] {
            assert_eq!(without_password(url), (address.to_owned(), password.map(str::to_owned)), "{url}");
        }
    }
}

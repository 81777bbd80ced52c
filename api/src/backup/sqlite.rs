//! Copies of SQLite databases: made by `VACUUM INTO`, which is one snapshot and holds nobody up; put in place as files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{self, Connection, Row};

use super::files;
use crate::bootstrap::{self, sqlite_file};
use crate::cli::Failure;

/// Beside a database's file, while it is open or after a crash.
const SIDE_FILES: [&str; 3] = ["-wal", "-shm", "-journal"];
/// How long a server may need to let go of the file.
const PATIENCE: Duration = Duration::from_secs(2);

/// Copies a database that others may be using into an empty file.
pub async fn copy(url: &str, to: &Path) -> Result<(), Failure> {
    let source = sqlite_file(url).ok_or_else(|| Failure("this is no SQLite database".into()))?;
    let failed = |error: sqlx::Error| Failure(format!("{source}: {error}"));
    let options = SqliteConnectOptions::new().filename(source).busy_timeout(PATIENCE);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    let into = sqlx::query("vacuum into ?").bind(to.display().to_string()).execute(&mut connection).await;
    into.map_err(failed)?;
    connection.close().await.map_err(failed)
}

/// A database file that nobody else has open, and that nobody can open as long as this is held.
pub struct Held {
    path: PathBuf,
    /// None where there was no file, or none that SQLite can read.
    connection: Option<SqliteConnection>,
}

impl Held {
    /// Takes hold of a database file, which need not be there. One that is damaged can only be taken by `force`.
    pub async fn take(url: &str, force: bool) -> Result<Self, Failure> {
        let path = sqlite_file(url).map(PathBuf::from).ok_or_else(|| Failure("this is no SQLite database".into()))?;
        if bootstrap::missing_file(url).is_some() {
            return Ok(Self { path, connection: None });
        }
        match exclusive(&path).await {
            Ok(connection) => Ok(Self { path, connection: Some(connection) }),
            Err(error) if is_busy(&error) => {
                Err(Failure(format!("{} is held by another process; stop the server first", path.display())))
            }
            Err(_) if force => Ok(Self { path, connection: None }),
            Err(error) => {
                let text = "cannot be read; with --replace it is thrown away";
                Err(Failure(format!("{} {text}: {error}", path.display())))
            }
        }
    }

    /// Whether something that somebody needs is in it: a row of one of these tables.
    pub async fn has_rows(&mut self, tables: &[&'static str]) -> Result<bool, Failure> {
        let Some(connection) = &mut self.connection else { return Ok(false) };
        for table in tables {
            let known = "select count(*) from sqlite_master where type = 'table' and name = ?";
            let known = sqlx::query(known).bind(*table).fetch_one(&mut *connection).await.map_err(Failure::of)?;
            if known.get::<i64, _>(0) == 0 {
                continue;
            }
            let count = sqlx::AssertSqlSafe(format!("select count(*) from (select 1 from {table} limit 1)"));
            let row = sqlx::query(count).fetch_one(&mut *connection).await.map_err(Failure::of)?;
            if row.get::<i64, _>(0) > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Puts a copy in the file's place.
    pub async fn replace(self, copy: &Path) -> Result<(), Failure> {
        let beside = |suffix: &str| {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            PathBuf::from(name)
        };
        let part = beside(".restored");
        files::create(&part)?;
        std::fs::copy(copy, &part).map_err(|error| files::failed(&part, &error))?;
        // A write-ahead log of the file that goes would be read into the one that comes.
        for suffix in SIDE_FILES {
            match std::fs::remove_file(beside(suffix)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(files::failed(&beside(suffix), &error));
                }
                _ => {}
            }
        }
        files::put(&part, &self.path)?;
        if let Some(connection) = self.connection {
            // It holds a file that has no name any more.
            let _ = connection.close().await;
        }
        Ok(())
    }
}

/// Leaving the write-ahead log needs the database to oneself; then a lock on the file keeps everybody out.
async fn exclusive(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    sqlx::query("pragma locking_mode = exclusive").execute(&mut connection).await?;
    let mode: String = sqlx::query("pragma journal_mode = delete").fetch_one(&mut connection).await?.try_get(0)?;
    if mode != "delete" {
        return Err(sqlx::Error::PoolTimedOut);
    }
    sqlx::query("begin exclusive").execute(&mut connection).await?;
    Ok(connection)
}

/// Locked by another process, or not given up by it in time.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    matches!(error, sqlx::Error::PoolTimedOut) || code.is_some_and(|code| matches!(code & 0xff, 5 | 6))
}

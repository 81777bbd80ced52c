//! The database: a pool for reads and their records and one for changes on PostgreSQL; one writer and several readers on
//! SQLite.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, Connection, Executor};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr, SqliteTransactionMode,
    SqlxPostgresConnector, SqlxSqliteConnector, Statement, TransactionOptions, TransactionTrait,
};

use crate::clock::Clock;

/// How long a statement waits for a connection before the caller is told to come back. While the database is away that is
/// how long a caller waits for the 503; a request waits at most twice.
const ACQUIRE: Duration = Duration::from_secs(3);
/// How long SQLite waits for another process that is writing, and a caller for the one writer of this process.
const BUSY: Duration = Duration::from_secs(5);
/// Processes do not stand in a line for SQLite's lock: whoever waits looks again every 100 ms, and misses it each time
/// when somebody else takes it again at once.
const GIVE_WAY: Duration = Duration::from_millis(120);
/// SQLite's result code for a database that another process is writing to.
const SQLITE_BUSY: &str = "5";

/// How long PostgreSQL waits for a row that somebody else is changing, and for a caller who has gone silent within a
/// transaction.
const PATIENCE: [(&str, &str); 3] =
    [("lock_timeout", "2s"), ("idle_in_transaction_session_timeout", "15s"), ("statement_timeout", "60s")];

/// No statement here works long enough for its machine code to pay.
const NO_JIT: (&str, &str) = ("jit", "off");
/// A connection that was used so lately is not asked first whether it is still there: that would be a round trip for every
/// statement under load.
const SURELY_THERE: Duration = Duration::from_millis(200);

/// The database behind everything, cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    recorder: DatabaseConnection,
    postgres: Option<Arc<PgConnectOptions>>,
}

impl Store {
    /// Opens `sqlite://path` (created if missing) or `postgres://..` with at most this many connections.
    ///
    /// # Errors
    /// When the address is not understood or the database cannot be reached.
    pub async fn open(url: &str, connections: u32) -> Result<Self, DbErr> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url, connections)
        } else if url.starts_with("sqlite:") {
            Self::open_sqlite(url, connections).await
        } else {
            Err(DbErr::Custom("the database's address starts with sqlite:// or postgres://".into()))
        }
    }

    /// Connections are made when they are needed, so a database that is away at the start is not fatal. Changes have a
    /// pool of their own: a customer whose changes wait for each other must not hold up anybody's reads.
    fn open_postgres(url: &str, connections: u32) -> Result<Self, DbErr> {
        let options = PgConnectOptions::from_str(url).map_err(unreachable)?;
        let options = options.application_name("rapport").options(PATIENCE).options([NO_JIT]);
        let pool = |most: u32| {
            let pool = PgPoolOptions::new().max_connections(most).acquire_timeout(ACQUIRE);
            let pool = pool.test_before_acquire(false).before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for > SURELY_THERE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            });
            SqlxPostgresConnector::from_sqlx_postgres_pool(pool.connect_lazy_with(options.clone()))
        };
        let (reader, writer) = (pool(connections), pool(connections));
        Ok(Self { recorder: reader.clone(), reader, writer, postgres: Some(Arc::new(options)) })
    }

    /// WAL with `synchronous=FULL`: an acknowledged write survives a power cut (NORMAL loses some).
    ///
    /// One writer, because SQLite has one anyway and a queue is fairer than a busy loop; readers see the last commit.
    async fn open_sqlite(url: &str, connections: u32) -> Result<Self, DbErr> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(unreachable)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .pragma("cache_size", "-16000")
            .pragma("temp_store", "memory")
            .pragma("secure_delete", "on");
        keep_private(options.get_filename());
        let pool = |most: u32| {
            SqlitePoolOptions::new().max_connections(most).min_connections(1).acquire_timeout(BUSY).idle_timeout(None)
        };
        let writer = pool(1)
            .after_connect(|connection, _| Box::pin(must_write(connection)))
            .after_release(|connection, _| Box::pin(is_settled(connection)));
        let writer = writer.connect_with(options.clone()).await.map_err(unreachable)?;
        let reader = pool(connections).connect_with(options.pragma("query_only", "on")).await.map_err(unreachable)?;
        let writer = SqlxSqliteConnector::from_sqlx_sqlite_pool(writer);
        let reader = SqlxSqliteConnector::from_sqlx_sqlite_pool(reader);
        Ok(Self { reader, recorder: writer.clone(), writer, postgres: None })
    }

    /// The connection for statements that only read. Each sees everything that was committed before it began.
    #[must_use]
    pub const fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connection for statements that write outside a transaction.
    #[must_use]
    pub const fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// The connection for the records of reads.
    #[must_use]
    pub const fn recorder(&self) -> &DatabaseConnection {
        &self.recorder
    }

    /// How to connect to PostgreSQL beside the pools; none on SQLite.
    #[must_use]
    pub fn postgres(&self) -> Option<&PgConnectOptions> {
        self.postgres.as_deref()
    }

    /// Which of the two databases it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.reader.get_database_backend()
    }

    /// Begins a transaction that writes. On SQLite it takes the write lock at once: a deferred one that reads first
    /// fails in spite of the busy timeout.
    ///
    /// # Errors
    /// When no connection can be had.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let sqlite_transaction_mode = (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
        self.writer
            .begin_with_options(TransactionOptions {
                isolation_level: None,
                access_mode: None,
                sqlite_transaction_mode,
            })
            .await
    }

    /// Lets other processes write, between two batches of something long. On PostgreSQL nobody waits for a batch as such.
    pub async fn give_way(&self, clock: &Clock) {
        if self.backend() == DbBackend::Sqlite {
            clock.timer(GIVE_WAY).await;
        }
    }

    /// Lets PostgreSQL's planner know what the tables hold, after much of it has changed: it would find out within minutes.
    /// SQLite plans without that, and prepares every statement anew if it is told.
    ///
    /// # Errors
    /// When the database cannot be asked.
    #[expect(clippy::disallowed_methods, reason = "no builder says analyze")]
    pub async fn analyze(&self) -> Result<(), DbErr> {
        match self.backend() {
            DbBackend::Sqlite => Ok(()),
            _ => self.writer.execute_unprepared("analyze").await.map(drop),
        }
    }

    /// Takes what was deleted or replaced out of SQLite's journal, where earlier pages lie until they are written back.
    /// Whether nothing is left there: a reader that is slow keeps it. On PostgreSQL that is its own business.
    ///
    /// # Errors
    /// When the database cannot be asked.
    #[expect(clippy::disallowed_methods, reason = "no builder makes pragmas")]
    pub async fn clear_journal(&self) -> Result<bool, DbErr> {
        if self.backend() != DbBackend::Sqlite {
            return Ok(true);
        }
        let checkpoint = Statement::from_string(DbBackend::Sqlite, "pragma wal_checkpoint(truncate)");
        let row = self.writer.query_one_raw(checkpoint).await?;
        row.map_or(Ok(true), |row| Ok(row.try_get::<i32>("", "busy")? == 0))
    }

    /// Closes every connection; SQLite writes its journal back.
    ///
    /// # Errors
    /// When the database refuses to close.
    pub async fn close(self) -> Result<(), DbErr> {
        self.reader.close().await?;
        self.writer.close().await
    }
}

/// A new file is its owner's alone, and SQLite gives its journal the same permissions. Why there can be none, it says itself.
fn keep_private(file: &Path) {
    if !file.starts_with(":memory:") && !file.to_string_lossy().starts_with("file:") {
        let _ = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    }
}

/// A file that cannot be written for the moment is opened for reading, and such a connection would never write again, not
/// even when the file can be written: so it is no connection. One that somebody else is writing to can be written.
///
/// To begin is not enough: on a file that was opened for reading SQLite begins a reader's transaction without a word.
async fn must_write(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    connection.execute("pragma busy_timeout = 0").await?;
    let tried = connection.execute("begin immediate; pragma user_version = 0; rollback").await;
    let patience = format!("pragma busy_timeout = {}", BUSY.as_millis());
    connection.execute(sqlx::AssertSqlSafe(patience)).await?;
    match tried {
        Err(sqlx::Error::Database(fault)) if fault.code().as_deref() == Some(SQLITE_BUSY) => Ok(()),
        tried => tried.map(drop),
    }
}

/// Whether a connection that comes back is outside of any transaction; it is thrown away if not.
///
/// When a disk is full or fails, SQLite rolls the transaction back by itself. The driver's own rollback then fails, and it
/// goes on counting from one: what it begins next is a savepoint, and once one of those is given up, a transaction stays
/// open that nobody ever commits, with every later write in it.
async fn is_settled(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // A rollback that was begun by letting go of a transaction stands before this in the connection's queue.
    connection.ping().await?;
    let settled = !connection.is_in_transaction();
    if !settled {
        tracing::warn!("a connection that could not roll back is thrown away");
    }
    Ok(settled)
}

/// Whether the database is away or full rather than the statement wrong: the caller may come back.
#[must_use]
pub fn is_unavailable(fault: &DbErr) -> bool {
    match fault {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => match error.as_ref() {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| passes(&code)),
            _ => false,
        },
        _ => false,
    }
}

/// PostgreSQL: connection trouble, shutdown, no more resources, read-only, waited too long, conflicts. SQLite: busy, locked,
/// read-only, I/O error, full, cannot open (the primary code is the low byte).
fn passes(code: &str) -> bool {
    let postgres = ["08", "53", "57", "25006", "25P03", "58", "55P03", "40"]
        .iter()
        .any(|prefix| code.len() == 5 && code.starts_with(prefix));
    let sqlite = code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 8 | 10 | 13 | 14));
    postgres || (code.len() != 5 && sqlite)
}

fn unreachable(error: sea_orm::sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn connect(options: &SqliteConnectOptions) -> SqliteConnection {
        SqliteConnection::connect_with(options).await.unwrap()
    }

    /// A database of its own, with somebody who has just made it.
    async fn fresh(name: &str) -> (SqliteConnectOptions, SqliteConnection) {
        let folder = std::env::temp_dir().join("rapport-suite").join(format!("store-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let options = SqliteConnectOptions::new().filename(folder.join("test.sqlite")).create_if_missing(true);
        let mut maker = connect(&options).await;
        maker.execute("create table something (id integer)").await.unwrap();
        (options, maker)
    }

    #[tokio::test]
    async fn a_file_that_was_opened_for_reading_gives_no_connection_for_changes() {
        let (options, mut maker) = fresh("reading").await;
        must_write(&mut maker).await.unwrap();
        let mut reader = connect(&options.read_only(true)).await;
        let refused = must_write(&mut reader).await.unwrap_err();
        assert!(refused.to_string().contains("readonly"), "{refused}");
    }

    #[tokio::test]
    async fn a_file_that_somebody_else_is_writing_to_gives_one() {
        let (options, mut other) = fresh("writing").await;
        other.execute("begin immediate").await.unwrap();
        must_write(&mut connect(&options).await).await.unwrap();
    }
}

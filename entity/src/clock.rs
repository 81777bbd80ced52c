//! Time as a parameter: the database's clock in production, a clock that tests move in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::values::Timestamp;

/// Where time comes from.
///
/// Consent is judged by [`Clock::expression`], inside the statement that reads the grants, so that every node agrees.
/// [`Clock::now`] is this node's own opinion; it dates tokens and log lines only.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The real thing.
    #[default]
    System,
    /// A clock that stands still until somebody moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at this time.
    #[must_use]
    pub fn standing_at(now: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(now.as_millis())))
    }

    /// Moves a manual clock; the real one cannot be moved.
    pub fn advance(&self, milliseconds: i64) {
        if let Self::Manual(now) = self {
            now.fetch_add(milliseconds, Ordering::SeqCst);
        }
    }

    /// This node's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Manual(now) => Timestamp::from_millis(now.load(Ordering::SeqCst)),
            Self::System => Timestamp::from_millis(system_milliseconds()),
        }
    }

    /// The time of a database, as every statement on it would judge by.
    ///
    /// # Errors
    /// When the database cannot be reached.
    #[expect(clippy::disallowed_methods, reason = "the database's clock has no builder expression")]
    pub async fn now_by(&self, connection: &impl ConnectionTrait) -> Result<Timestamp, DbErr> {
        let backend = connection.get_database_backend();
        let statement = Statement::from_string(backend, format!("select {} as now", self.expression(backend)));
        let row = connection.query_one_raw(statement).await?;
        row.ok_or_else(|| DbErr::RecordNotFound("the database's clock".into()))?.try_get("", "now")
    }

    /// An SQL expression for the current time in Unix milliseconds, evaluated once per statement.
    #[must_use]
    pub fn expression(&self, backend: DbBackend) -> String {
        match self {
            Self::Manual(now) => format!("cast({} as bigint)", now.load(Ordering::SeqCst)),
            Self::System if backend == DbBackend::Sqlite => "cast(unixepoch('subsec') * 1000 as integer)".into(),
            Self::System => "(extract(epoch from statement_timestamp()) * 1000)::bigint".into(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where this node's clock is read")]
fn system_milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

//! Time as a parameter: the database's clock in production, a clock that tests move in tests.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};

use crate::values::Timestamp;

/// Where time comes from.
///
/// Consent is judged by [`Clock::expression`], inside the statement that reads the grants, so that every node agrees.
/// [`Clock::now`] is this node's own opinion; it dates tokens and log lines only. [`Clock::ticks`] wakes workers.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The real thing.
    #[default]
    System,
    /// A clock that stands still until somebody moves it, in Unix milliseconds.
    Manual(Arc<watch::Sender<i64>>),
}

impl Clock {
    /// A clock that stands at this time.
    #[must_use]
    pub fn standing_at(now: Timestamp) -> Self {
        Self::Manual(Arc::new(watch::Sender::new(now.as_millis())))
    }

    /// Moves a manual clock; the real one cannot be moved.
    pub fn advance(&self, milliseconds: i64) {
        if let Self::Manual(now) = self {
            now.send_modify(|now| *now += milliseconds);
        }
    }

    /// This node's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Manual(now) => Timestamp::from_millis(*now.borrow()),
            Self::System => Timestamp::from_millis(system_milliseconds()),
        }
    }

    /// Milliseconds on a clock of this node that never goes back, for measuring how long something takes.
    #[must_use]
    pub fn stopwatch(&self) -> i64 {
        match self {
            Self::Manual(now) => *now.borrow(),
            Self::System => elapsed_milliseconds(),
        }
    }

    /// Something that is over so long after this call, however late it is awaited; on a manual clock at once.
    ///
    /// # Panics
    /// With the real clock outside of a Tokio runtime.
    #[expect(clippy::disallowed_methods, reason = "the one place that waits by this node's stopwatch")]
    pub fn timer(&self, duration: Duration) -> impl Future<Output = ()> + use<> {
        let sleep = matches!(self, Self::System).then(|| tokio::time::sleep(duration));
        async move {
            if let Some(sleep) = sleep {
                sleep.await;
            }
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
            Self::Manual(now) => format!("cast({} as bigint)", *now.borrow()),
            Self::System if backend == DbBackend::Sqlite => "cast(unixepoch('subsec') * 1000 as integer)".into(),
            Self::System => "(extract(epoch from statement_timestamp()) * 1000)::bigint".into(),
        }
    }

    /// Wakes whoever waits once per period, for the first time after one of them. Periods that pass while nobody waits
    /// are one tick. A manual clock ticks only when somebody moves it.
    ///
    /// # Panics
    /// With the real clock outside of a Tokio runtime, or for a period of zero.
    #[must_use]
    pub fn ticks(&self, period: Duration) -> Ticks {
        match self {
            Self::Manual(now) => {
                let period = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
                let now = now.subscribe();
                let due = now.borrow().saturating_add(period);
                Ticks(Source::Manual { now, due, period })
            }
            Self::System => {
                let mut interval = tokio::time::interval(period);
                interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
                interval.reset();
                Ticks(Source::System(interval))
            }
        }
    }
}

/// What wakes a worker, from [`Clock::ticks`].
#[derive(Debug)]
pub struct Ticks(Source);

#[derive(Debug)]
enum Source {
    System(Interval),
    Manual { now: watch::Receiver<i64>, due: i64, period: i64 },
}

impl Ticks {
    /// Returns when the next period has passed. Nothing is lost if the wait is given up.
    pub async fn next(&mut self) {
        match &mut self.0 {
            Source::System(interval) => {
                interval.tick().await;
            }
            Source::Manual { now, due, period } => {
                let reached = now.wait_for(|now| *now >= *due).await.map(|now| *now);
                match reached {
                    Ok(now) => *due = now.saturating_add(*period),
                    // Nobody is left who could move the clock.
                    Err(_) => std::future::pending().await,
                }
            }
        }
    }
}

/// Since this process asked first.
#[expect(clippy::disallowed_methods, reason = "the one place where this node's stopwatch is read")]
fn elapsed_milliseconds() -> i64 {
    static START: OnceLock<Instant> = OnceLock::new();
    i64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::disallowed_methods, reason = "the one place where this node's clock is read")]
fn system_milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    /// Whether there is a tick by now.
    fn ticked(ticks: &mut Ticks) -> bool {
        pin!(ticks.next()).poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn a_manual_clock_ticks_only_when_it_is_moved_and_once_however_far() {
        let clock = Clock::standing_at(Timestamp::from_millis(1_000));
        let mut ticks = clock.ticks(Duration::from_secs(60));
        assert!(!ticked(&mut ticks), "not at the start");
        clock.advance(59_999);
        assert!(!ticked(&mut ticks));
        clock.advance(1);
        assert!(ticked(&mut ticks) && !ticked(&mut ticks), "once");
        clock.advance(10 * 60_000);
        assert!(ticked(&mut ticks) && !ticked(&mut ticks), "missed periods are one");
        clock.advance(-60_000);
        assert!(!ticked(&mut ticks), "a clock set back does not tick");
    }

    #[tokio::test]
    async fn the_real_clock_ticks_by_itself_and_not_at_the_start() {
        assert!(!ticked(&mut Clock::System.ticks(Duration::from_secs(3_600))));
        let mut ticks = Clock::System.ticks(Duration::from_millis(1));
        ticks.next().await;
        ticks.next().await;
    }
}

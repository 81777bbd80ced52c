//! The trials' own clock. It only runs forward and is the client's: no promise is judged by the server's word.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use entity::clock::Clock;
use entity::values::Timestamp;

static START: LazyLock<Instant> = LazyLock::new(instant);

/// A point in time on the monotonic clock of this process, in nanoseconds since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub u64);

impl Moment {
    /// Now.
    pub fn now() -> Self {
        Self(u64::try_from(instant().duration_since(*START).as_nanos()).unwrap_or(u64::MAX))
    }

    /// So much later.
    pub fn plus(self, time: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)))
    }

    /// How long after the other; zero if it was before.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// When the machine's wall clock, which database and trial share, has passed this time.
    pub fn after_wall(time: Timestamp) -> Self {
        let ahead = time.millis_since(Clock::System.now());
        // Both are cut off to the millisecond.
        Self::now().plus(Duration::from_millis(u64::try_from(ahead + 1).unwrap_or_default()))
    }
}

/// The wall clock, so many milliseconds from now.
pub fn wall(milliseconds: i64) -> Timestamp {
    Clock::System.now().plus_millis(milliseconds)
}

/// Lets time pass.
#[expect(clippy::disallowed_methods, reason = "a trial tries instants: its delays are drawn from the seed")]
pub async fn rest(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the trials' clock is read")]
fn instant() -> Instant {
    Instant::now()
}

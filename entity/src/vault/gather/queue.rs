//! What waits to be gathered: bounded, first come, first served.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, OwnedMutexGuard, oneshot};

use super::super::disclose::Refused;
use super::{Inquiry, Recorded};

/// People that are asked for in all that waits.
const MOST_WAITING: usize = 2_000;
/// People in one gather: enough to share its cost, few enough that nobody waits long for the others.
const MOST_GATHERED: usize = 200;

/// An operation that waits for its answer.
pub(super) struct Waiting {
    pub inquiry: Inquiry,
    /// Since when, on the clock's stopwatch.
    pub since: i64,
    pub reply: oneshot::Sender<Result<Recorded, Refused>>,
}

impl Waiting {
    /// An operation that asks for nobody costs something too.
    fn weight(&self) -> usize {
        self.inquiry.lookups.len().max(1)
    }
}

#[derive(Default)]
pub(super) struct Queue {
    line: Mutex<Line>,
    arrived: Notify,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// Leave to take what waits and read it. While one lane reads, what arrives is left to wait for company: it is all taken
/// together when that lane turns to its records.
pub(super) type Turn = OwnedMutexGuard<()>;

#[derive(Default)]
struct Line {
    waiting: VecDeque<Waiting>,
    weight: usize,
    closed: bool,
}

impl Queue {
    /// Puts an operation at the end.
    pub fn put(&self, waiting: Waiting) -> Result<(), Refused> {
        let mut line = self.line();
        if line.closed || line.weight + waiting.weight() > MOST_WAITING {
            return Err(Refused::Busy);
        }
        line.weight += waiting.weight();
        line.waiting.push_back(waiting);
        drop(line);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for the turn to take; it ends when it is dropped.
    pub async fn turn(&self) -> Turn {
        Arc::clone(&self.turn).lock_owned().await
    }

    /// What waits, as soon as something does; none once the queue is closed and empty.
    pub async fn next(&self) -> Option<Vec<Waiting>> {
        loop {
            let gather = self.take();
            if !gather.is_empty() {
                return Some(gather);
            }
            if self.line().closed {
                // The other lanes wait for the same.
                self.arrived.notify_one();
                return None;
            }
            self.arrived.notified().await;
        }
    }

    pub fn close(&self) {
        self.line().closed = true;
        self.arrived.notify_one();
    }

    fn take(&self) -> Vec<Waiting> {
        let mut line = self.line();
        let (mut gather, mut weight) = (Vec::new(), 0);
        while let Some(next) = line.waiting.front() {
            let next = next.weight();
            if !gather.is_empty() && weight + next > MOST_GATHERED {
                // Something is left for the other lane.
                self.arrived.notify_one();
                break;
            }
            weight += next;
            line.weight -= next;
            gather.extend(line.waiting.pop_front());
        }
        gather
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

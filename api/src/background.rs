//! Work that goes on after an answer has left. It is finished before the process stops.

use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

/// The tasks that are under way.
#[derive(Default)]
pub struct Background(Mutex<JoinSet<()>>);

impl Background {
    /// Starts a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is done is forgotten, so that the set stays small.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// Waits for every task that was started before.
    pub async fn finished(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.join_all().await;
    }
}

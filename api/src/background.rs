//! Work that goes on after an answer has left. It is finished before the process stops.

use std::sync::{Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

/// The tasks that are under way.
pub struct Background {
    tasks: Mutex<JoinSet<()>>,
    /// Where they run: that of the process, because a server's own threads end with it and would take them along.
    runtime: Option<Handle>,
}

impl Default for Background {
    fn default() -> Self {
        Self { tasks: Mutex::default(), runtime: Handle::try_current().ok() }
    }
}

impl Background {
    /// Starts a task.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // What is done is forgotten, so that the set stays small.
        while tasks.try_join_next().is_some() {}
        match &self.runtime {
            Some(runtime) => tasks.spawn_on(task, runtime),
            None => tasks.spawn(task),
        };
    }

    /// Waits for every task that was started before.
    pub async fn finished(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.join_all().await;
    }
}

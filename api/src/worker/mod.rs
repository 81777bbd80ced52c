//! Work that nobody waits for: jobs that wake by the injected clock, on every node. A job does what is due and leaves alone
//! what another node is doing.
//!
//! To add one: a file here with `pub async fn run_once(deps: &Deps) -> Result<usize, DbErr>`, which does a bounded batch
//! and gives how much was done, and its line in `JOBS`.

pub mod authorizations;
pub mod errands;
pub mod expiry;
pub mod guesses;
pub mod leftovers;
pub mod reminders;
pub mod replies;
pub mod sequencer;
pub mod token_keys;
pub mod webhooks;

use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::deps::Deps;

/// A batch of one job: how much was done.
type Run = for<'d> fn(&'d Deps) -> BoxFuture<'d, Result<usize, DbErr>>;

/// Something to do once per period.
struct Job {
    name: &'static str,
    every: Duration,
    run: Run,
}

/// All of them.
const JOBS: &[Job] = &[
    Job { name: "sequencer", every: Duration::from_secs(1), run: |deps| Box::pin(sequencer::run_once(deps)) },
    Job { name: "errands", every: Duration::from_secs(1), run: |deps| Box::pin(errands::run_once(deps)) },
    Job { name: "replies", every: Duration::from_secs(1), run: |deps| Box::pin(replies::run_once(deps)) },
    Job { name: "webhooks", every: Duration::from_secs(1), run: |deps| Box::pin(webhooks::run_once(deps)) },
    Job {
        name: "failing webhooks",
        every: Duration::from_secs(1),
        run: |deps| Box::pin(webhooks::run_failing_once(deps)),
    },
    Job { name: "guesses", every: Duration::from_secs(60), run: |deps| Box::pin(guesses::run_once(deps)) },
    Job {
        name: "authorizations",
        every: Duration::from_secs(60),
        run: |deps| Box::pin(authorizations::run_once(deps)),
    },
    Job { name: "expiry", every: Duration::from_secs(60), run: |deps| Box::pin(expiry::run_once(deps)) },
    Job { name: "leftovers", every: Duration::from_secs(3_600), run: |deps| Box::pin(leftovers::run_once(deps)) },
    Job { name: "token keys", every: Duration::from_secs(3_600), run: |deps| Box::pin(token_keys::run_once(deps)) },
    Job { name: "reminders", every: Duration::from_secs(600), run: |deps| Box::pin(reminders::run_once(deps)) },
];

/// The jobs of this node while it serves.
pub struct Workers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Workers {
    /// Starts every job, unless the settings leave the work to other nodes. The first batch comes after the first period.
    #[must_use]
    pub fn start(deps: &Deps) -> Self {
        let (stop, mut tasks) = (watch::Sender::new(false), JoinSet::new());
        for job in JOBS.iter().filter(|_| deps.config.workers) {
            tasks.spawn(work(job, deps.clone(), stop.subscribe()));
        }
        Self { stop, tasks }
    }

    /// Tells every job to stop and waits for the batches that are under way.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.tasks.join_all().await;
    }
}

async fn work(job: &Job, deps: Deps, mut stop: watch::Receiver<bool>) {
    let mut ticks = deps.vault.clock.ticks(job.every);
    loop {
        tokio::select! {
            () = ticks.next() => {}
            () = told(&mut stop) => return,
        }
        while !*stop.borrow() {
            match (job.run)(&deps).await {
                Ok(0) => break,
                Ok(done) => tracing::debug!(job = job.name, done, "a batch is done"),
                Err(error) => {
                    tracing::warn!(job = job.name, %error, "a batch failed; the next period tries again");
                    break;
                }
            }
        }
    }
}

/// Returns when the word to stop has come, or nobody is left to give it.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Does one batch of every job, one after the other; how much was done. For tests, which have no workers of their own.
///
/// # Errors
/// With the first job that fails.
pub async fn run_once(deps: &Deps) -> Result<usize, DbErr> {
    let mut done = 0;
    for job in JOBS {
        done += (job.run)(deps).await?;
    }
    Ok(done)
}

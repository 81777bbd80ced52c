//! Batches under way: one is written while the next is read, and PostgreSQL writes two at once. They commit in the order of
//! the file, each with the progress in its own transaction, so that what is noted as done is done.

use std::collections::VecDeque;
use std::sync::Arc;

use entity::access::Operator;
use entity::values::Timestamp;
use entity::vault::bulk::{self, Company, Fate};
use sea_orm::{DbBackend, DbErr};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::progress;
use super::read::Position;
use crate::deps::Deps;
use crate::failure;

/// Customers that are written together, and where in the file they end.
pub(super) struct Batch {
    /// The number of the line of each.
    pub lines: Vec<u64>,
    pub company: Company,
    pub file: Option<String>,
    pub position: Position,
}

/// A batch that was committed.
pub(super) struct Landed {
    pub lines: Vec<u64>,
    /// What became of each.
    pub fates: Vec<Fate>,
    /// The database's time when it was begun.
    pub now: Timestamp,
}

/// What is under way.
pub(super) struct Flights {
    deps: Deps,
    operator: Operator,
    under_way: VecDeque<Flight>,
    /// Tells the next one that the newest has committed.
    newest: Option<oneshot::Receiver<()>>,
}

struct Flight {
    batch: Arc<Batch>,
    work: JoinHandle<Result<(Vec<Fate>, Timestamp), DbErr>>,
}

impl Flights {
    pub fn new(deps: &Deps, operator: Operator) -> Self {
        Self { deps: deps.clone(), operator, under_way: VecDeque::new(), newest: None }
    }

    /// Sets out with a batch, as soon as there is room and nothing under way shares a name with it. What has landed meanwhile.
    pub async fn begin(&mut self, batch: Batch) -> Result<Vec<Landed>, DbErr> {
        // SQLite has one writer.
        let most = if self.deps.vault.store.backend() == DbBackend::Sqlite { 1 } else { 2 };
        let mut landed = Vec::new();
        while self.under_way.len() >= most || self.under_way.iter().any(|it| it.batch.company.meets(&batch.company)) {
            landed.extend(self.land().await?);
        }
        if !landed.is_empty() {
            self.deps.vault.store.give_way(&self.deps.vault.clock).await;
        }
        let batch = Arc::new(batch);
        let (committed, newest) = oneshot::channel();
        let (before, operator) = (self.newest.replace(newest), self.operator);
        let (deps, batch_to_write) = (self.deps.clone(), Arc::clone(&batch));
        let work = tokio::spawn(async move {
            let written = write(&deps, operator, &batch_to_write, before).await?;
            // Nobody listens to the last one.
            let _ = committed.send(());
            Ok(written)
        });
        self.under_way.push_back(Flight { batch, work });
        Ok(landed)
    }

    /// Waits for the oldest; none when nothing is under way.
    pub async fn land(&mut self) -> Result<Option<Landed>, DbErr> {
        let Some(oldest) = self.under_way.front_mut() else { return Ok(None) };
        let written = (&mut oldest.work).await.map_err(|_| DbErr::Custom("a batch broke down".into()));
        let lines = oldest.batch.lines.clone();
        self.under_way.pop_front();
        let (fates, now) = written??;
        Ok(Some(Landed { lines, fates, now }))
    }
}

/// Whoever breaks an import off leaves nothing behind that goes on by itself.
impl Drop for Flights {
    fn drop(&mut self) {
        self.under_way.iter().for_each(|flight| flight.work.abort());
    }
}

async fn write(
    deps: &Deps,
    operator: Operator,
    batch: &Batch,
    mut before: Option<oneshot::Receiver<()>>,
) -> Result<(Vec<Fate>, Timestamp), DbErr> {
    match attempt(deps, operator, batch, &mut before).await {
        // Somebody took a name at the same moment; now it is seen, and only its line is refused.
        Err(error) if failure::is_conflict(&error) => attempt(deps, operator, batch, &mut before).await,
        written => written,
    }
}

async fn attempt(
    deps: &Deps,
    operator: Operator,
    batch: &Batch,
    before: &mut Option<oneshot::Receiver<()>>,
) -> Result<(Vec<Fate>, Timestamp), DbErr> {
    let transaction = deps.vault.begin().await?;
    let fates = bulk::create(&transaction, &operator, &batch.company).await?;
    if let Some(before) = before.take() {
        before.await.map_err(|_| DbErr::Custom("the batch before this one was not written".into()))?;
    }
    progress::note(&transaction, batch.file.as_deref(), batch.position).await?;
    let now = transaction.now();
    transaction.commit().await?;
    Ok((fates, now))
}

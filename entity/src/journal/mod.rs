//! The endings journal: every reduction of consent, kept apart from the database, so that a restore brings none back.
//!
//! A copy of the database is older than the withdrawals that came after it. The journal is not part of any copy; it is
//! replayed over whatever database a server is about to serve ([`crate::vault::replay`]), before it listens.
//!
//! # Why the journal is written before the database
//! [`Transaction::commit`](crate::vault::Transaction::commit) makes the endings of a transaction durable here first, and
//! commits the database only then.
//! - What was acknowledged is in both, so every copy of the database together with the journal denies it.
//! - If the journal cannot be written, nothing is committed and nothing acknowledged.
//! - If the process dies between the two, or the commit fails, the journal has an ending that nobody was promised. The
//!   next replay carries it out: that denies more than was promised, and never permits anything.
//!
//! The other order would acknowledge nothing more, and lose what was committed in the instant before a crash.
//!
//! # What is in it
//! Random ids, kinds, dates, the scopes that remain of a narrowed grant, and the purpose of a refused request. Nothing that
//! says who somebody is.

mod ending;
mod file;
mod line;
mod place;
mod table;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{DbErr, RuntimeErr, sqlx};
use tokio::sync::{Mutex as Turn, oneshot};

pub use ending::{AnsweredRequest, AppEnding, AppEndingKind, ConsentEnding, Ending, EndingKind, Happening, Remaining};
use file::FileSink;
pub use place::Place;
use table::TableSink;

use crate::store::Store;

/// Endings that are read at a time.
pub const BATCH: usize = 500;

/// The journal of a deployment; cheap to clone.
#[derive(Clone)]
pub struct Journal {
    /// Who comes while somebody writes waits, and is written together with all others who waited.
    sink: Arc<Turn<Sink>>,
    waiting: Arc<Mutex<Vec<Waiting>>>,
    source: Source,
}

/// Where lines go.
enum Sink {
    File(FileSink),
    Table(TableSink),
    /// Notes how many lines came at a time.
    #[cfg(test)]
    Counting(Arc<Mutex<Vec<usize>>>),
}

/// Where they are read from.
#[derive(Clone)]
enum Source {
    File(Arc<Path>),
    Table(Store),
}

/// Lines that wait to be written, and who wants to know what became of them.
struct Waiting {
    lines: Vec<String>,
    tell: oneshot::Sender<Result<(), JournalFault>>,
}

/// What keeps the journal from being used; says where and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalFault {
    /// No such kind of address.
    #[error("the journal's address starts with file://, sqlite:// or postgres://")]
    Address,
    /// It could be neither read nor written.
    #[error("the endings journal cannot be used: {0}")]
    Away(String),
    /// A line within it is not what was written.
    #[error(
        "the endings journal is damaged at line {0}: that ending cannot be carried out again. Restore the journal from a \
         copy; or take the line out, if the database has not been restored from a copy since"
    )]
    Damaged(u64),
}

impl From<JournalFault> for DbErr {
    /// Whoever wanted to change something may come back: to them it is as if the database were away.
    fn from(fault: JournalFault) -> Self {
        let error = sqlx::Error::Io(std::io::Error::other(fault));
        Self::Conn(RuntimeErr::SqlxError(error.into()))
    }
}

/// Some endings in their order, and where the next ones are.
pub struct Batch {
    /// At most [`BATCH`]; none at the end.
    pub endings: Vec<Ending>,
    /// Behind the last of them.
    pub next: Place,
}

impl Journal {
    /// A journal at `file://PATH`, or in a table at `sqlite://..` or `postgres://..`. Nothing is made yet.
    ///
    /// # Errors
    /// When the address is not understood or an SQLite database cannot be opened.
    pub async fn open(url: &str) -> Result<Self, JournalFault> {
        let (sink, source) = if let Some(path) = url.strip_prefix("file://") {
            (Sink::File(FileSink::new(Path::new(path))), Source::File(Path::new(path).into()))
        } else if ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            let store = Store::open(url, 1).await.map_err(away)?;
            (Sink::Table(TableSink::new(store.clone())), Source::Table(store))
        } else {
            return Err(JournalFault::Address);
        };
        Ok(Self { sink: Arc::new(Turn::new(sink)), waiting: Arc::default(), source })
    }

    /// The database of a journal that is a table; its table is made by the migrations.
    #[must_use]
    pub const fn store(&self) -> Option<&Store> {
        match &self.source {
            Source::Table(store) => Some(store),
            Source::File(_) => None,
        }
    }

    /// Makes the file, or finds that it can be written. A table is made by the migrations.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn prepare(&self) -> Result<(), JournalFault> {
        match &mut *self.sink.lock().await {
            Sink::File(sink) => sink.append(Vec::new()).await,
            _ => Ok(()),
        }
    }

    /// Makes endings durable, in this order. Whatever waits together is written and synced together; nobody waits for
    /// a timer.
    ///
    /// # Errors
    /// When they could not be made durable; then nothing of them may be acknowledged.
    pub async fn write(&self, endings: &[Ending]) -> Result<(), JournalFault> {
        if endings.is_empty() {
            return Ok(());
        }
        let lines: Option<Vec<String>> = endings.iter().map(line::write).collect();
        let lines = lines.ok_or_else(|| JournalFault::Away("an ending cannot be written as JSON".into()))?;
        let (tell, mut told) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(Waiting { lines, tell });
        let mut sink = Arc::clone(&self.sink).lock_owned().await;
        // Whoever had the turn before may have taken these along.
        if let Ok(result) = told.try_recv() {
            return result;
        }
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        // A task of its own: a caller who gives up must not leave the others without an answer.
        tokio::spawn(async move {
            let lines = waiting.iter().flat_map(|one| one.lines.iter().cloned()).collect();
            let result = sink.append(lines).await;
            for one in waiting {
                let _ = one.tell.send(result.clone());
            }
        });
        told.await.unwrap_or_else(|_| Err(JournalFault::Away("the server is stopping".into())))
    }

    /// Reads on from a place.
    ///
    /// # Errors
    /// When it cannot be read, or a line is damaged. A last line that was broken off was never acknowledged and does not
    /// count.
    pub async fn read(&self, from: &Place) -> Result<Batch, JournalFault> {
        match &self.source {
            Source::File(path) => file::read(path, from),
            Source::Table(store) => table::read(store, from).await,
        }
    }

    /// Whether the journal has a line that ends at this place, and it is the same line.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn holds(&self, place: &Place) -> Result<bool, JournalFault> {
        if *place == Place::START {
            return Ok(true);
        }
        match &self.source {
            Source::File(path) => file::holds(path, place),
            Source::Table(store) => table::holds(store, place).await,
        }
    }

    /// The place behind the last line.
    ///
    /// # Errors
    /// When it cannot be read, or a line after `from` is damaged.
    pub async fn end(&self, from: &Place) -> Result<Place, JournalFault> {
        let mut place = if self.holds(from).await? { from.clone() } else { Place::START };
        loop {
            let batch = self.read(&place).await?;
            if batch.endings.is_empty() {
                return Ok(place);
            }
            place = batch.next;
        }
    }
}

impl Sink {
    async fn append(&mut self, lines: Vec<String>) -> Result<(), JournalFault> {
        match self {
            Self::File(sink) => sink.append(lines).await,
            Self::Table(sink) => sink.append(lines).await,
            #[cfg(test)]
            Self::Counting(counts) => {
                counts.lock().unwrap_or_else(PoisonError::into_inner).push(lines.len());
                Ok(())
            }
        }
    }
}

fn away(error: impl std::fmt::Display) -> JournalFault {
    JournalFault::Away(error.to_string())
}

#[cfg(test)]
mod tests;

//! Gathering: whatever lookups wait are answered together, by one statement, and recorded by one more.
//!
//! A lone statement pays for its way to the database, its snapshot and its commit by itself. Under load most of that can be
//! shared: while one gather is being recorded the next one forms by itself, so the cost of an answer falls as load rises.
//! Nobody ever waits for company: a lane that is free takes what there is, be it one.
//!
//! # What is shared, and what is not
//! A gather is two steps, as a lone lookup would be ([`super`] says why that is enough for P1 and P2):
//! 1. one statement reads app, directory, revision, grants and granted clusters for every lookup: one snapshot, which
//!    starts after each of them arrived (another one where tokens that name a grant, or staff, are among them);
//! 2. the law is applied to each by itself; then one insert records them all, and its commit releases the answers.
//!
//! Nothing of one operation decides about another: each has the row of its own app, its own purpose and scopes, in the
//! statement as in the law. What is wrong with one operation alone (a value that the database does not take, a data key
//! that cannot be opened) fails that one: the others are asked again without it.
//!
//! # Invariants
//! - An answer is sent only after the insert that holds its record has committed (law 9, P4).
//! - The snapshot of an answer began after its operation was put into the queue (P1).
//! - A record names the revision that came with the values, from the same row (P2).
//! - The queue is bounded: who finds it full, or has waited too long in it, is told to come again. Nothing else grows.
//! - Who has gone away is skipped. Who goes away later leaves a record without an answer, never the reverse.
//!
//! # Lanes
//! A lane is a task, on PostgreSQL with a connection of its own. There are two: while one records and waits for the disk
//! the other reads (on SQLite it stands next in line for the writer). They read in turns, never both at once: what arrives
//! meanwhile forms the next gather, and the larger a gather, the less each answer costs. A lane lives on a thread that asks:
//! a lone question is answered where it was asked, and wakes no other thread on its way. A lane whose connection breaks opens
//! another; what it was doing is refused, since nobody knows whether it was recorded.

mod lane;
mod queue;
mod seats;
mod sql;
mod statement;
mod wire;

use std::sync::Arc;

use sea_orm::DbErr;
use tokio::sync::oneshot;

use crate::access::{Caller, ReaderClaim};
use crate::clock::Clock;
use crate::consent::Ask;
use crate::entropy::Entropy;
use crate::keyring::Keyring;
use crate::proof::ProofPeriod;
use crate::store::Store;

use super::disclose::{Question, Refused};
use lane::Lane;
use queue::{Queue, Waiting};
pub(super) use statement::{Snapshot, cluster_place};

/// Who asks what about whom: one operation.
pub(super) struct Inquiry {
    pub claim: ReaderClaim,
    pub question: Question,
    /// The keyed hashes of whom it asks for.
    pub lookups: Vec<Vec<u8>>,
}

/// What was found, and is recorded.
pub(super) struct Recorded {
    /// The reader, found alive.
    pub caller: Caller,
    /// What the law was asked.
    pub ask: Ask,
    /// Before the snapshot was taken, on the clock's stopwatch.
    pub asked_at: i64,
    /// One per lookup, in order.
    pub people: Vec<Option<Snapshot>>,
}

/// Where lookups are gathered. Cheap to clone.
#[derive(Clone)]
pub struct Gatherer(Arc<Inner>);

struct Inner {
    tools: Tools,
    queue: Arc<Queue>,
}

/// What a lane works with.
#[derive(Clone)]
pub(super) struct Tools {
    pub store: Store,
    pub clock: Clock,
    pub entropy: Entropy,
    pub keyring: Keyring,
    pub proofs: ProofPeriod,
}

impl Gatherer {
    /// For this database. Its lanes start with the first lookup.
    #[must_use]
    pub fn new(
        (store, keyring): (&Store, &Keyring),
        (clock, entropy): (&Clock, &Entropy),
        proofs: ProofPeriod,
    ) -> Self {
        let (store, keyring) = (store.clone(), keyring.clone());
        let tools = Tools { store, clock: clock.clone(), entropy: entropy.clone(), keyring, proofs };
        Self(Arc::new(Inner { tools, queue: Arc::default() }))
    }

    /// Waits until it is answered. What comes back is recorded.
    pub(super) async fn ask(&self, inquiry: Inquiry) -> Result<Recorded, Refused> {
        if let Some(place) = self.0.queue.place() {
            tokio::spawn(Lane::new(self.0.tools.clone(), place).run());
        }
        let (reply, answer) = oneshot::channel();
        let since = self.0.tools.clock.stopwatch();
        self.0.queue.put(Waiting { inquiry, since, reply })?;
        answer.await.map_err(|_| Refused::Fault(DbErr::Custom("a lane of the gatherer broke down".into())))?
    }

    /// Ends its lanes once what waits is answered.
    pub(super) fn close(&self) {
        self.0.queue.close();
    }
}

/// Lanes hold connections, and nobody can ask them any more.
impl Drop for Inner {
    fn drop(&mut self) {
        self.queue.close();
    }
}

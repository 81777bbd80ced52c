//! The doors to personal data.
//!
//! - [`disclose`]: to a brand's app, under the law, recorded before it is released.
//! - [`own`]: to the customer themself.
//! - [`write`](mod@write), [`link`], [`challenge`], [`bulk`]: what customers and imports put in.
//! - [`find`]: who signs in with an address.
//! - [`holder`]: whether a customer holds the handle that something is meant for.
//!
//! Every door asks for a witness ([`crate::access`]), loads what it decides on by itself, and writes its own record.
//! A caller cannot hand in a ledger, because a caller could invent one.
//!
//! # Why no answer outruns a withdrawal (P1, P2)
//! A disclosure is two steps. One statement reads the app, the grants, the customer's consent revision and the granted
//! values: one statement is one snapshot on both databases, and it starts after the request arrived. Then the record,
//! which names that revision, is committed; only then are values handed out. A withdrawal that was acknowledged before
//! the request arrived is in the snapshot, so nothing is permitted. A withdrawal that commits between the two steps has
//! a higher revision than the record, so the order of the log is the order of the snapshots. No reader holds a lock.

pub mod bulk;
pub mod challenge;
pub mod clusters;
pub mod disclose;
pub mod find;
pub mod gated;
pub mod holder;
pub mod link;
pub mod own;
mod profile;
mod record;
mod statement;
mod transaction;
pub mod write;

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbErr, Statement};

pub use clusters::{
    Area, Cluster, ContactDetails, Context, DEFINITIONS, Definition, Handle, Language, Permission, PersonName,
    Preference, current_version,
};
pub use gated::{Consented, Gated, Owned};
pub use profile::{Profile, ScopeAccess};
pub use record::FieldOutcome;
pub use transaction::Transaction;

use crate::access::Owner;
use crate::clock::Clock;
use crate::customer;
use crate::entropy::Entropy;
use crate::keys::Keys;
use crate::store::Store;
use crate::values::Timestamp;

/// The database with what guards it: clock, entropy, keys. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    /// The database.
    pub store: Store,
    /// Where time comes from.
    pub clock: Clock,
    /// Where randomness comes from.
    pub entropy: Entropy,
    /// The operator's keys.
    pub keys: Arc<Keys>,
}

impl Vault {
    /// Begins a transaction that writes, and reads the database's clock for it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        let connection = self.store.begin().await?;
        let now = now(&connection, &self.clock).await?;
        Ok(Transaction { connection, now, keys: Arc::clone(&self.keys), entropy: self.entropy.clone() })
    }

    /// Begins a transaction that changes something of a customer: takes the customer's lock first and reads the clock
    /// after it, so that whoever had to wait judges by the time at which it is their turn.
    ///
    /// # Errors
    /// When the database cannot be reached, or somebody else holds the lock for too long.
    pub async fn begin_for(&self, owner: &Owner) -> Result<(Transaction, customer::Model), DbErr> {
        let connection = self.store.begin().await?;
        let row = write::lock(&connection, owner.customer()).await?;
        let now = now(&connection, &self.clock).await?;
        let transaction = Transaction { connection, now, keys: Arc::clone(&self.keys), entropy: self.entropy.clone() };
        Ok((transaction, row))
    }

    /// The database's time.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn now(&self) -> Result<Timestamp, DbErr> {
        now(self.store.reader(), &self.clock).await
    }
}

#[expect(clippy::disallowed_methods, reason = "the database's clock has no builder expression")]
async fn now(connection: &impl ConnectionTrait, clock: &Clock) -> Result<Timestamp, DbErr> {
    let backend = connection.get_database_backend();
    let statement = Statement::from_string(backend, format!("select {} as now", clock.expression(backend)));
    let row = connection.query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the database's clock".into()))?.try_get("", "now")
}

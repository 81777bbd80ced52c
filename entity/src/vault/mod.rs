//! The doors to personal data.
//!
//! - [`disclose`]: to a brand's app, under the law, recorded before it is released.
//! - [`own`]: to the customer themself.
//! - [`write`](mod@write), [`link`], [`challenge`], [`bulk`]: what customers and imports put in.
//! - [`login`]: the address that a customer signs in with, and changes of it.
//! - [`second_factor`]: what a sign-in wants beside the password; [`passkey`]: what does for both.
//! - [`find`]: who signs in with an address; whom a brand means by its own id of them.
//! - [`sign_in`]: who signs in at a provider.
//! - [`holder`]: whether a customer holds the handle that something is meant for.
//! - [`receipt`]: the signed proof of every consent event.
//! - [`changes`]: a brand's feed of what happened to its grants.
//! - [`conversation`]: what is written to brands, and what they write.
//! - [`draft`]: fills the templates of replies with what was disclosed.
//! - [`erase`]: takes a customer out for good; [`export`]: the copy of all that is held of them.
//! - [`staff`]: the people who work for a brand.
//! - [`log`]: the records in their order, with proofs.
//! - [`webhooks`]: tells brands' apps that something happened.
//! - [`replay`](mod@replay): carries out again what the journal knows and a restored database does not.
//!
//! Every door asks for a witness ([`crate::access`]), loads what it decides on by itself, and writes its own record.
//! A caller cannot hand in a ledger, because a caller could invent one.
//!
//! # Why no answer outruns a withdrawal (P1, P2)
//! A disclosure is two steps. One statement reads the app, the grants, the customer's consent revision and the granted
//! values: one statement is one snapshot on both databases, and it starts after the request arrived. Then the record,
//! which names that revision, is committed; only then are values handed out. Lookups that wait at the same time take the
//! two steps together (`gather`). A withdrawal that was acknowledged before
//! the request arrived is in the snapshot, so nothing is permitted. A withdrawal that commits between the two steps has
//! a higher revision than the record, so the order of the log is the order of the snapshots. No reader holds a lock; on
//! SQLite, which has one writer anyway, the two steps are one transaction of that writer, and nothing comes between.
//!
//! An answer that is under way when a withdrawal is acknowledged has a snapshot from before it, so how long it can still
//! arrive is how old a snapshot may be when it is released. The gateway measures that and releases nothing that is older
//! than 200 ms: it asks again, with a new snapshot, and after some tries it says that the service is not available.
//!
//! # Why an answer does not tell whether somebody is there
//! Unknown, never granted, withdrawn, expired and erased are the same bytes, the same statement, and a record of the same
//! size. What the database does for them still differs by a row or two, some ten microseconds, which twenty thousand
//! samples show; so an answer that shows nobody is held back until five milliseconds after its question ([`disclose`]).

pub mod bulk;
pub mod challenge;
pub mod changes;
pub mod clusters;
pub mod conversation;
pub mod disclose;
pub mod draft;
pub mod erase;
pub mod export;
pub mod find;
pub mod gated;
mod gather;
pub mod holder;
pub mod link;
pub mod log;
pub mod login;
pub mod news;
pub mod own;
pub mod passkey;
mod profile;
pub mod receipt;
mod record;
pub mod replay;
pub mod second_factor;
pub mod sign_in;
pub mod staff;
mod transaction;
pub mod webhooks;
pub mod write;

use std::sync::{Arc, Mutex};

use sea_orm::{DatabaseTransaction, DbErr};

pub use clusters::{
    Area, Cluster, ContactDetails, Context, DEFINITIONS, Definition, Handle, Language, Permission, PersonName,
    Preference, current_version,
};
pub use gated::{Addressed, Consented, Gated, Owned};
pub use gather::Gatherer;
pub use news::Bell;
pub use profile::{Profile, ScopeAccess};
pub use record::FieldOutcome;
pub use transaction::Transaction;

use crate::access::Owner;
use crate::clock::Clock;
use crate::customer;
use crate::entropy::Entropy;
use crate::ids::CustomerId;
use crate::journal::Journal;
use crate::keyring::Keyring;
use crate::keys::Keys;
use crate::kinds::CustomerStatus;
use crate::proof::ProofPeriod;
use crate::signing::Signing;
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
    /// The customers' data keys.
    pub keyring: Keyring,
    /// What receipts and checkpoints are signed with.
    pub signing: Arc<Signing>,
    /// The endings that must survive a restore.
    pub journal: Journal,
    /// How long a proof of a handle holds.
    pub proofs: ProofPeriod,
    /// Where lookups by brands are gathered.
    pub gatherer: Gatherer,
    /// Rung when this process has written news.
    pub bell: Bell,
}

impl Vault {
    /// Begins a transaction that writes, and reads the database's clock for it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        let connection = self.store.begin().await?;
        let now = self.clock.now_by(&connection).await?;
        Ok(self.transaction(connection, now))
    }

    fn transaction(&self, connection: DatabaseTransaction, now: Timestamp) -> Transaction {
        let (keys, signing) = (Arc::clone(&self.keys), Arc::clone(&self.signing));
        let (keyring, entropy, journal) = (self.keyring.clone(), self.entropy.clone(), self.journal.clone());
        let (endings, news, bell) = (Mutex::default(), Mutex::default(), self.bell.clone());
        Transaction { connection, now, keys, keyring, signing, entropy, journal, endings, news, bell }
    }

    /// Begins a transaction that changes something of a customer: takes the customer's lock first and reads the clock
    /// after it, so that whoever had to wait judges by the time at which it is their turn.
    ///
    /// # Errors
    /// When the database cannot be reached, or somebody else holds the lock for too long. Somebody who was erased while
    /// we waited is nobody any more: see [`erase::is_gone`].
    pub async fn begin_for(&self, owner: &Owner) -> Result<(Transaction, customer::Model), DbErr> {
        let (transaction, row) = self.begin_about(owner.customer()).await?;
        if row.status == CustomerStatus::Erased {
            return Err(erase::gone());
        }
        Ok((transaction, row))
    }

    /// The same for somebody who is not the customer: a brand that gives up its grant, or the operator. It opens nothing:
    /// what is personal is read and written with an [`Owner`] only.
    ///
    /// # Errors
    /// When the database cannot be reached, there is no such customer, or somebody else holds the lock for too long.
    pub async fn begin_about(&self, customer: CustomerId) -> Result<(Transaction, customer::Model), DbErr> {
        let connection = self.store.begin().await?;
        let row = write::lock(&connection, customer).await?;
        Ok((self.locked(connection).await?, row))
    }

    /// The same for a worker, which waits for nobody: `None` if somebody else holds the lock, or there is no such customer.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin_unless_held(
        &self,
        customer: CustomerId,
    ) -> Result<Option<(Transaction, customer::Model)>, DbErr> {
        let connection = self.store.begin().await?;
        match write::lock_unless_held(&connection, customer).await? {
            Some(row) => Ok(Some((self.locked(connection).await?, row))),
            None => Ok(None),
        }
    }

    /// Reads the clock after the lock.
    async fn locked(&self, connection: DatabaseTransaction) -> Result<Transaction, DbErr> {
        let now = self.clock.now_by(&connection).await?;
        Ok(self.transaction(connection, now))
    }

    /// The database's time.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn now(&self) -> Result<Timestamp, DbErr> {
        self.clock.now_by(self.store.reader()).await
    }

    /// Closes every connection.
    ///
    /// # Errors
    /// When a database refuses to close.
    pub async fn close(self) -> Result<(), DbErr> {
        self.gatherer.close();
        self.keyring.store().clone().close().await?;
        if let Some(store) = self.journal.store() {
            store.clone().close().await?;
        }
        self.store.close().await
    }
}

//! A transaction that writes, with the database's time at its start.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{DatabaseTransaction, DbErr};

use crate::entropy::Entropy;
use crate::grant;
use crate::ids::CustomerId;
use crate::journal::{Ending, Happening, Journal};
use crate::keyring::{DataKey, Keyring};
use crate::keys::Keys;
use crate::signing::Signing;
use crate::values::Timestamp;

use super::news::{self, Bell, News};

/// A unit of work. Dropped without [`Transaction::commit`] it leaves no trace.
pub struct Transaction {
    pub(super) connection: DatabaseTransaction,
    pub(super) now: Timestamp,
    pub(super) keys: Arc<Keys>,
    pub(super) keyring: Keyring,
    pub(super) signing: Arc<Signing>,
    pub(super) entropy: Entropy,
    pub(super) journal: Journal,
    pub(super) endings: Mutex<Vec<Ending>>,
    pub(super) news: Mutex<Vec<News>>,
    pub(super) bell: Bell,
}

impl Transaction {
    /// For statements on plain tables.
    #[must_use]
    pub const fn connection(&self) -> &DatabaseTransaction {
        &self.connection
    }

    /// The database's time when the transaction began.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The operator's keys.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The data key of a customer.
    pub(super) async fn key(&self, customer: CustomerId) -> Result<DataKey, DbErr> {
        self.keyring.key(customer).await
    }

    /// A data key for somebody new.
    pub(super) async fn new_key(&self, customer: CustomerId) -> Result<DataKey, DbErr> {
        self.keyring.create_one(customer).await
    }

    /// Where randomness comes from.
    #[must_use]
    pub const fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// Notes a reduction that must survive a restore. It goes to the journal when this is committed.
    pub fn note(&self, ending: Ending) {
        self.endings.lock().unwrap_or_else(PoisonError::into_inner).push(ending);
    }

    /// Notes a consent event, if it is one that must survive a restore. Whoever writes an event calls this; `grant` is
    /// the row as the event leaves it.
    pub fn note_event(&self, happening: &Happening, grant: Option<&grant::Model>) {
        if let Some(ending) = Ending::of(happening, grant) {
            self.note(ending);
        }
        if let Some(grant) = grant {
            self.tell(News::of_grant(grant.brand_id, grant.id));
        }
    }

    /// Notes something that somebody may be watching. They see it when this is committed.
    pub fn tell(&self, news: News) {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).push(news);
    }

    /// Makes it durable. After this has returned, no power cut undoes it, and no restore brings back what it took away:
    /// its endings are durable in the journal before the database commits ([`crate::journal`] says why in this order).
    ///
    /// # Errors
    /// When the journal could not be written or the database could not commit; then nothing may be acknowledged.
    pub async fn commit(self) -> Result<(), DbErr> {
        let endings = self.endings.into_inner().unwrap_or_else(PoisonError::into_inner);
        let news = self.news.into_inner().unwrap_or_else(PoisonError::into_inner);
        news::write(&self.connection, self.now, &news).await?;
        self.journal.write(&endings).await?;
        self.connection.commit().await?;
        if !news.is_empty() {
            self.bell.ring();
        }
        Ok(())
    }
}

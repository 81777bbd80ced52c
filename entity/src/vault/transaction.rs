//! A transaction that writes, with the database's time at its start.

use std::sync::Arc;

use sea_orm::{DatabaseTransaction, DbErr};

use crate::entropy::Entropy;
use crate::ids::CustomerId;
use crate::keyring::{DataKey, Keyring};
use crate::keys::Keys;
use crate::signing::Signing;
use crate::values::Timestamp;

/// A unit of work. Dropped without [`Transaction::commit`] it leaves no trace.
pub struct Transaction {
    pub(super) connection: DatabaseTransaction,
    pub(super) now: Timestamp,
    pub(super) keys: Arc<Keys>,
    pub(super) keyring: Keyring,
    pub(super) signing: Arc<Signing>,
    pub(super) entropy: Entropy,
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
        let mut keys = self.keyring.create(&[customer]).await?;
        keys.remove(&customer).ok_or_else(|| DbErr::RecordNotFound("the data key".into()))
    }

    /// Where randomness comes from.
    #[must_use]
    pub const fn entropy(&self) -> &Entropy {
        &self.entropy
    }

    /// Makes it durable. After this has returned, no power cut undoes it.
    ///
    /// # Errors
    /// When the database could not; then nothing has happened.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.connection.commit().await
    }
}

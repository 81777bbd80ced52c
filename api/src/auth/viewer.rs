//! The viewer: nobody, a customer whose session is alive, or an app or a member of staff whose token is genuine.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use entity::access::{AppClaim, Caller, Owner, ReaderClaim};
use entity::jwk::Thumbprint;
use entity::vault::Vault;
use entity::vault::disclose::Answer;
use sea_orm::DbErr;

use super::tokens::{Signer, Subject};

/// Who is asking.
pub enum Viewer {
    /// No token came.
    Nobody,
    /// A customer; their session's row was checked.
    Customer(Owner),
    /// An app; its row is checked by the statement that reads for it, or before the answer is released.
    App(Reader),
    /// A brand's member of staff; their session is checked in the same way.
    Staff(Reader),
}

/// Somebody who reads as a brand, with a genuine token.
pub struct Reader {
    /// What the token says.
    pub claim: ReaderClaim,
    caller: OnceLock<Caller>,
    oldest: AtomicI64,
}

/// No snapshot was asked for.
const NEVER: i64 = i64::MAX;

impl Reader {
    const fn new(claim: ReaderClaim) -> Self {
        Self { claim, caller: OnceLock::new(), oldest: AtomicI64::new(NEVER) }
    }

    /// Whether the token is for one customer's grant, and not the app's own.
    #[must_use]
    pub const fn is_bound(&self) -> bool {
        matches!(self.claim, ReaderClaim::App(AppClaim { bound: Some(_), .. }))
    }

    /// Notes that a statement found them alive in this very request.
    fn found_alive(&self, caller: Caller) {
        // A second statement of the same request says the same.
        let _ = self.caller.set(caller);
    }

    /// Notes an answer of the vault that goes into this request's.
    pub fn took(&self, answer: &Answer) {
        self.found_alive(answer.caller);
        self.oldest.fetch_min(answer.asked_at, Ordering::Relaxed);
    }

    /// When the oldest snapshot was asked for that this request's answer rests on, on the clock's stopwatch.
    #[must_use]
    pub fn oldest_snapshot(&self) -> Option<i64> {
        Some(self.oldest.load(Ordering::Relaxed)).filter(|oldest| *oldest != NEVER)
    }

    /// The witness, from this request's own statement or from one that is asked now. `None`: they are not alive.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn caller(&self, vault: &Vault) -> Result<Option<Caller>, DbErr> {
        if let Some(caller) = self.caller.get() {
            return Ok(Some(*caller));
        }
        let found = Caller::check(vault.store.reader(), &self.claim, &vault.clock).await?;
        if let Some(caller) = found {
            self.found_alive(caller);
        }
        Ok(found)
    }
}

/// A token that came and does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Unauthenticated {
    /// Not genuine, too old, or its session is over: all alike.
    #[error("the access token is not valid")]
    Invalid,
    /// Genuine, but it is bound to a key that whoever brings it has not shown, or to none though they have shown one.
    #[error("the access token is bound to another key")]
    Unproven,
    /// The database could not be asked.
    #[error(transparent)]
    Fault(#[from] DbErr),
}

impl Viewer {
    /// Who comes with this token, having shown this key, if any.
    ///
    /// # Errors
    /// When the token does not hold, or not with that key.
    pub async fn recognise(
        token: Option<&str>,
        key: Option<Thumbprint>,
        signer: &Signer,
        vault: &Vault,
    ) -> Result<Self, Unauthenticated> {
        let Some(token) = token else { return Ok(Self::Nobody) };
        let now = vault.clock.now();
        let subject = signer.verify(token, now).ok_or(Unauthenticated::Invalid)?;
        if subject.key() != key {
            return Err(Unauthenticated::Unproven);
        }
        match subject {
            Subject::App(claim) => Ok(Self::App(Reader::new(ReaderClaim::App(claim)))),
            Subject::Staff(claim) => Ok(Self::Staff(Reader::new(ReaderClaim::Staff(claim)))),
            Subject::Customer(claim) => {
                let owner = Owner::check(vault.store.reader(), &claim, &vault.clock).await?;
                owner.map(Self::Customer).ok_or(Unauthenticated::Invalid)
            }
        }
    }
}

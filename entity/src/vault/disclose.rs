//! The door for brands: asks for a live app, decides by the law, records, and only then hands out.

use std::time::Duration;

use sea_orm::DbErr;

use crate::access::{Caller, ReaderClaim};
use crate::consent::Ask;
use crate::ids::ProfileId;
use crate::kinds::Purpose;
use crate::proof::ProofPeriod;
use crate::scope::{Scope, ScopeSet};
use crate::values::{AccountId, Channel, Handle};

use super::Vault;
use super::gather::{Inquiry, Recorded, Snapshot};
use super::profile::Profile;

/// An answer that shows nobody takes this long at least. The database reads a row or two more for somebody who never shared
/// anything than for nobody, which takes some ten microseconds; whoever measured often enough could tell.
const NOBODY_TAKES: Duration = Duration::from_millis(5);

/// How a brand names somebody.
pub enum Locator {
    /// By a handle on a channel.
    Handle(Handle),
    /// By the account that they write from, which stays when its handle goes to somebody else.
    Account(Channel, AccountId),
    /// By the brand's own id of them.
    Profile(ProfileId),
}

/// A selected field that has a scope. The scope follows from the path, so the two cannot disagree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldPath {
    path: String,
    scope: Scope,
}

impl FieldPath {
    /// A path below `Profile`, such as `name.displayName`. `None` for an open field.
    #[must_use]
    pub fn new(path: String) -> Option<Self> {
        let scope = Scope::of_field(path.split('.').next().unwrap_or_default())?;
        Some(Self { path, scope })
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The scope that it belongs to.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }
}

/// What a brand wants to know, and why.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The operation's one purpose. Without one, ids and access are shown and no value.
    pub purpose: Option<Purpose>,
    /// The selected fields.
    pub fields: Vec<FieldPath>,
}

impl Question {
    /// The scopes of the selected fields.
    #[must_use]
    pub fn scopes(&self) -> ScopeSet {
        self.fields.iter().map(FieldPath::scope).collect()
    }
}

/// What came of it.
pub struct Answer {
    /// The app, found alive by the same statement.
    pub caller: Caller,
    /// Before the snapshot was taken, on the clock's stopwatch: an answer that is released much later is stale.
    pub asked_at: i64,
    /// One per locator, in order; `None` looks the same whatever the reason.
    pub people: Vec<Option<Profile>>,
}

/// Why nobody gets an answer.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The app is gone, suspended, or its token belongs to an older secret; or the session of staff is over.
    #[error("the app is not active")]
    NotAlive,
    /// The app is not registered for the purpose or for a selected scope, or the member of staff may not read for the
    /// purpose: the same for every handle.
    #[error("the app is not registered for this purpose or scope")]
    NotRegistered,
    /// Too many wait already; come again.
    #[error("too many lookups wait already")]
    Busy,
    /// The database could not be asked, or the record could not be written.
    #[error(transparent)]
    Fault(#[from] DbErr),
}

/// Reads people under consent. The values in the answer are recorded as disclosed when this returns.
///
/// # Errors
/// See [`Refused`]; then nothing was released.
pub async fn disclose(
    vault: &Vault,
    claim: &ReaderClaim,
    question: &Question,
    locators: &[Locator],
) -> Result<Answer, Refused> {
    let no_sooner = vault.clock.timer(NOBODY_TAKES);
    let lookups: Vec<Vec<u8>> = locators
        .iter()
        .map(|locator| match locator {
            Locator::Handle(handle) => vault.keys.handle(handle),
            Locator::Account(channel, account) => vault.keys.account(*channel, account),
            Locator::Profile(profile) => vault.keys.profile(claim.brand(), *profile),
        })
        .collect();
    let inquiry = Inquiry { claim: *claim, question: question.clone(), lookups };
    let Recorded { caller, ask, asked_at, people } = vault.gatherer.ask(inquiry).await?;
    // Only from here on are values opened: their records are durable.
    let people: Vec<Option<Profile>> =
        people.iter().map(|person| reveal(person.as_ref()?, &ask, vault.proofs)).collect();
    if people.iter().any(Option::is_none) {
        no_sooner.await;
    }
    Ok(Answer { caller, asked_at, people })
}

fn reveal(snapshot: &Snapshot, ask: &Ask, proofs: ProofPeriod) -> Option<Profile> {
    match ask.purpose {
        Some(_) => Profile::reveal(snapshot.profile?, snapshot, ask, proofs),
        None => Profile::outline(snapshot.profile?, &snapshot.ledger, ask),
    }
}

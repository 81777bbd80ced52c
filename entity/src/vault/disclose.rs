//! The door for brands: asks for a live app, decides by the law, records, and only then hands out.

use sea_orm::DbErr;

use crate::access::{AppClaim, Caller};
use crate::consent::Ask;
use crate::ids::ProfileId;
use crate::kinds::Purpose;
use crate::scope::{Scope, ScopeSet};
use crate::values::Handle;

use super::Vault;
use super::profile::Profile;
use super::record::Records;
use super::statement::{self, Found};

/// How a brand names somebody.
pub enum Locator {
    /// By a handle on a channel.
    Handle(Handle),
    /// By the brand's own id of them.
    Profile(ProfileId),
}

/// A selected field that has a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath {
    /// The path below `Profile`, such as `name.displayName`.
    pub path: String,
    /// The scope that it belongs to.
    pub scope: Scope,
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
    fn scopes(&self) -> ScopeSet {
        self.fields.iter().map(|field| field.scope).collect()
    }
}

/// What came of it.
pub struct Answer {
    /// The app, found alive by the same statement.
    pub caller: Caller,
    /// One per locator, in order; `None` looks the same whatever the reason.
    pub people: Vec<Option<Profile>>,
}

/// Why nobody gets an answer.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The app is gone, suspended, or its token belongs to an older secret.
    #[error("the app is not active")]
    NotAlive,
    /// The app is not registered for the purpose or for a selected scope: the same for every handle.
    #[error("the app is not registered for this purpose or scope")]
    NotRegistered,
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
    claim: &AppClaim,
    question: &Question,
    locators: &[Locator],
) -> Result<Answer, Refused> {
    let lookups: Vec<Vec<u8>> = locators
        .iter()
        .map(|locator| match locator {
            Locator::Handle(handle) => vault.keys.handle(handle),
            Locator::Profile(profile) => vault.keys.profile(claim.brand, *profile),
        })
        .collect();
    // Without a purpose no cluster is read at all.
    let asked = question.purpose.map_or(ScopeSet::EMPTY, |_| question.scopes());
    let found = statement::run(vault, claim, question.purpose, asked, &lookups).await?.ok_or(Refused::NotAlive)?;
    let registered = question.purpose.is_none_or(|purpose| found.caller.may_declare(purpose))
        && question.scopes().without(found.caller.scopes()).is_empty();
    if !registered {
        return Err(Refused::NotRegistered);
    }
    let (caller, people, records) = judge(vault, claim, question, found)?;
    records.commit(vault).await?;
    Ok(Answer { caller, people })
}

/// Applies the law to what was found and prepares the record of each person.
fn judge(
    vault: &Vault,
    claim: &AppClaim,
    question: &Question,
    found: Found,
) -> Result<(Caller, Vec<Option<Profile>>, Records), DbErr> {
    let Found { caller, now, people } = found;
    let ask = Ask { brand: claim.brand, app: caller.standing(), purpose: question.purpose, now };
    let mut records = Records::default();
    let mut answers = Vec::with_capacity(people.len());
    for person in people {
        let Some(snapshot) = person else {
            records.miss(vault, now, question, &caller)?;
            answers.push(None);
            continue;
        };
        records.disclosure(vault, snapshot.customer, &snapshot, (&ask, question, &caller))?;
        answers.push(snapshot.profile.and_then(|id| match question.purpose {
            Some(_) => Profile::reveal(id, &snapshot, &ask),
            None => Profile::outline(id, &snapshot.ledger, &ask),
        }));
    }
    Ok((caller, answers, records))
}

//! The record of a read: which fields were asked for, and what became of each.

use sea_orm::{DbErr, EntityTrait, Set};

use super::Vault;
use super::disclose::{FieldPath, Question};
use super::statement::Snapshot;
use crate::access::Caller;
use crate::consent::{Ask, Decision, Denial, decide, standing};
use crate::entropy::Entropy;
use crate::ids::{CustomerId, DisclosureId};
use crate::keyring::DataKey;
use crate::kinds::AccessStatus;
use crate::protected::disclosure;
use crate::protected::sealed::{self, Part, Place};
use crate::scope::Scope;

/// A field that a brand asked for, as the customer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldOutcome {
    /// The path below `Profile`, such as `name.displayName`.
    pub path: String,
    /// The scope that it belongs to.
    pub scope: Scope,
    /// GRANTED if it left, otherwise why it did not.
    pub outcome: AccessStatus,
}

/// What is sealed: path and one letter, so that every outcome is of the same length.
type Line<'p> = (&'p str, char);

const LETTERS: [(AccessStatus, char); 5] = [
    (AccessStatus::Granted, 'G'),
    (AccessStatus::NotGranted, 'N'),
    (AccessStatus::Paused, 'P'),
    (AccessStatus::Withdrawn, 'W'),
    (AccessStatus::Expired, 'E'),
];

/// The records of one operation: one per person asked for, found or not.
pub(super) struct Records<'q> {
    vault: &'q Vault,
    ask: &'q Ask,
    question: &'q Question,
    caller: &'q Caller,
    rows: Vec<disclosure::ActiveModel>,
}

impl<'q> Records<'q> {
    pub const fn new(vault: &'q Vault, ask: &'q Ask, question: &'q Question, caller: &'q Caller) -> Self {
        Self { vault, ask, question, caller, rows: Vec::new() }
    }

    /// Notes the read of somebody who exists, whatever the law said.
    pub fn found(&mut self, snapshot: &Snapshot, key: &DataKey) -> Result<(), DbErr> {
        let grant = standing(&snapshot.ledger, self.ask);
        let lines = self.lines(|scope| decide(&snapshot.ledger, self.ask, scope));
        let mut row = self.row(snapshot.customer, key, snapshot.revision, &lines)?;
        row.grant_id = Set(grant.map(|grant| grant.id));
        row.grant_version = Set(grant.map(|grant| grant.version));
        self.rows.push(row);
        Ok(())
    }

    /// Notes a lookup that found nobody, under a random customer: the same statement, the same row.
    pub fn missed(&mut self, nobody: CustomerId, key: &DataKey) -> Result<(), DbErr> {
        let lines = self.lines(|_| Decision::Deny(Denial::NotGranted));
        let row = self.row(nobody, key, 0, &lines)?;
        self.rows.push(row);
        Ok(())
    }

    fn lines(&self, decide: impl Fn(Scope) -> Decision) -> Vec<Line<'q>> {
        let line = |field: &'q FieldPath| (field.path(), letter(decide(field.scope()).into()));
        self.question.fields.iter().map(line).collect()
    }

    fn row(
        &self,
        customer: CustomerId,
        key: &DataKey,
        revision: i64,
        lines: &[Line<'_>],
    ) -> Result<disclosure::ActiveModel, DbErr> {
        let id = DisclosureId(self.vault.entropy.id_at(self.ask.now));
        let sealed = sealed::seal(disclosure_place(customer, id), key, &self.vault.entropy, &lines)?;
        Ok(disclosure::ActiveModel {
            customer_id: Set(customer),
            id: Set(id),
            brand_id: Set(self.caller.brand()),
            app_id: Set(self.caller.app()),
            purpose: Set(self.question.purpose),
            grant_id: Set(None),
            grant_version: Set(None),
            revision: Set(revision),
            occurred_at: Set(self.ask.now),
            key_id: Set(sealed.key_id),
            payload: Set(sealed.payload),
            staff_id: Set(self.caller.staff().map(|staff| staff.id())),
            staff_role: Set(self.caller.staff().map(|staff| staff.role())),
        })
    }

    /// Writes all records in one statement. When this returns they are durable, and only then may an answer be released.
    pub async fn commit(self) -> Result<(), DbErr> {
        if !self.rows.is_empty() {
            let recorder = self.vault.store.recorder();
            disclosure::Entity::insert_many(self.rows).exec_without_returning(recorder).await?;
        }
        Ok(())
    }
}

/// Seals outcomes that are known already.
pub(super) fn seal_outcomes(
    (customer, key): (CustomerId, &DataKey),
    id: DisclosureId,
    fields: &[FieldOutcome],
    entropy: &Entropy,
) -> Result<sealed::Sealed, DbErr> {
    let lines: Vec<Line<'_>> = fields.iter().map(|field| (field.path.as_str(), letter(field.outcome))).collect();
    sealed::seal(disclosure_place(customer, id), key, entropy, &lines)
}

/// Reads back what was recorded.
pub(super) fn open(row: &disclosure::Model, key: &DataKey) -> Result<Vec<FieldOutcome>, DbErr> {
    let place = disclosure_place(row.customer_id, row.id);
    let lines: Vec<(String, char)> = sealed::open(place, key, row.key_id, &row.payload)?;
    Ok(lines.into_iter().filter_map(|(path, letter)| outcome(path, letter)).collect())
}

fn outcome(path: String, letter: char) -> Option<FieldOutcome> {
    let scope = Scope::of_field(path.split('.').next().unwrap_or_default())?;
    let outcome = LETTERS.iter().find(|(_, known)| *known == letter).map(|(status, _)| *status)?;
    Some(FieldOutcome { path, scope, outcome })
}

fn letter(status: AccessStatus) -> char {
    LETTERS.iter().find(|(known, _)| *known == status).map_or('N', |(_, letter)| *letter)
}

const fn disclosure_place(customer: CustomerId, id: DisclosureId) -> Place {
    Place { table: "disclosure", customer, part: Part::Id(id.0) }
}

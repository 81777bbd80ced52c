//! The record of a read: which fields were asked for, and what became of each.

use sea_orm::DbErr;

use super::disclose::{FieldPath, Question};
use super::gather::Snapshot;
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

/// Who read, why, and under which question.
pub(super) type Read<'r> = (&'r Ask, &'r Question, &'r Caller);

/// The records of a gather: one per person asked for, found or not.
pub(super) struct Records<'e> {
    entropy: &'e Entropy,
    rows: Vec<disclosure::Model>,
}

impl<'e> Records<'e> {
    pub const fn new(entropy: &'e Entropy) -> Self {
        Self { entropy, rows: Vec::new() }
    }

    /// Notes the read of somebody who exists, whatever the law said.
    pub fn found(&mut self, read: Read<'_>, snapshot: &Snapshot, key: &DataKey) -> Result<(), DbErr> {
        let (ask, question, _) = read;
        let grant = standing(&snapshot.ledger, ask);
        let lines = lines(question, |scope| decide(&snapshot.ledger, ask, scope));
        let mut row = self.row(read, (snapshot.customer, key), snapshot.revision, &lines)?;
        row.grant_id = grant.map(|grant| grant.id);
        row.grant_version = grant.map(|grant| grant.version);
        self.rows.push(row);
        Ok(())
    }

    /// Notes a lookup that found nobody, under a random customer: the same statement, the same row.
    pub fn missed(&mut self, read: Read<'_>, nobody: CustomerId, key: &DataKey) -> Result<(), DbErr> {
        let lines = lines(read.1, |_| Decision::Deny(Denial::NotGranted));
        let row = self.row(read, (nobody, key), 0, &lines)?;
        self.rows.push(row);
        Ok(())
    }

    fn row(
        &self,
        (ask, question, caller): Read<'_>,
        (customer, key): (CustomerId, &DataKey),
        revision: i64,
        lines: &[Line<'_>],
    ) -> Result<disclosure::Model, DbErr> {
        let id = DisclosureId(self.entropy.id_at(ask.now));
        let sealed = sealed::seal(disclosure_place(customer, id), key, self.entropy, &lines)?;
        Ok(disclosure::Model {
            customer_id: customer,
            id,
            brand_id: caller.brand(),
            app_id: caller.app(),
            purpose: question.purpose,
            grant_id: None,
            grant_version: None,
            revision,
            occurred_at: ask.now,
            key_id: sealed.key_id,
            payload: sealed.payload,
            staff_id: caller.staff().map(|staff| staff.id()),
            staff_role: caller.staff().map(|staff| staff.role()),
            answered: Some(lines.iter().any(|(_, outcome)| *outcome == letter(AccessStatus::Granted))),
        })
    }

    /// To be written in one statement; until they are durable nothing may be released.
    pub fn into_rows(self) -> Vec<disclosure::Model> {
        self.rows
    }
}

fn lines<'q>(question: &'q Question, decide: impl Fn(Scope) -> Decision) -> Vec<Line<'q>> {
    let line = |field: &'q FieldPath| (field.path(), letter(decide(field.scope()).into()));
    question.fields.iter().map(line).collect()
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

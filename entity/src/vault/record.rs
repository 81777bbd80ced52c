//! The record of a read: which fields were asked for, and what became of each.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set, TransactionTrait};

use crate::consent::{Ask, Decision, decide, standing};
use crate::ids::{CustomerId, DisclosureId};
use crate::kinds::AccessStatus;
use crate::protected::sealed::{self, Place};
use crate::protected::{disclosure, miss};
use crate::scope::Scope;
use crate::values::Timestamp;

use super::Vault;
use super::disclose::{FieldPath, Question};
use super::statement::Snapshot;
use crate::access::Caller;

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

/// The records of one operation: one per person asked for.
#[derive(Default)]
pub(super) struct Records {
    disclosures: Vec<disclosure::ActiveModel>,
    misses: Vec<miss::ActiveModel>,
}

impl Records {
    /// Notes the read of somebody who exists, whatever the law said.
    pub fn disclosure(
        &mut self,
        vault: &Vault,
        customer: CustomerId,
        snapshot: &Snapshot,
        (ask, question, caller): (&Ask, &Question, &Caller),
    ) -> Result<(), DbErr> {
        let grant = standing(&snapshot.ledger, ask);
        let sealed = seal(&question.fields, customer, disclosure_place, |scope| decide(&snapshot.ledger, ask, scope))?;
        self.disclosures.push(disclosure::ActiveModel {
            customer_id: Set(customer),
            id: Set(DisclosureId(vault.entropy.id_at(ask.now))),
            brand_id: Set(caller.brand()),
            app_id: Set(caller.app()),
            purpose: Set(question.purpose),
            grant_id: Set(grant.map(|grant| grant.id)),
            grant_version: Set(grant.map(|grant| grant.version)),
            revision: Set(snapshot.revision),
            occurred_at: Set(ask.now),
            key_id: Set(sealed.key_id),
            payload: Set(sealed.payload),
        });
        Ok(())
    }

    /// Notes a lookup that found nobody: a row of the same size, so that the work is the same.
    pub fn miss(&mut self, vault: &Vault, now: Timestamp, question: &Question, caller: &Caller) -> Result<(), DbErr> {
        let nobody = vault.entropy.id();
        let never = |_| Decision::Deny(crate::consent::Denial::NotGranted);
        let sealed = seal(&question.fields, CustomerId(nobody), miss_place, never)?;
        self.misses.push(miss::ActiveModel {
            brand_id: Set(caller.brand()),
            id: Set(DisclosureId(vault.entropy.id_at(now))),
            app_id: Set(caller.app()),
            nobody: Set(nobody),
            purpose: Set(question.purpose),
            revision: Set(0),
            occurred_at: Set(now),
            key_id: Set(sealed.key_id),
            payload: Set(sealed.payload),
        });
        Ok(())
    }

    /// Writes all records. When this returns they are durable, and only then may an answer be released.
    pub async fn commit(self, vault: &Vault) -> Result<(), DbErr> {
        if self.misses.is_empty() {
            return write_disclosures(vault.store.writer(), self.disclosures).await;
        }
        if self.disclosures.is_empty() {
            return write_misses(vault.store.writer(), self.misses).await;
        }
        let transaction = vault.store.writer().begin().await?;
        write_disclosures(&transaction, self.disclosures).await?;
        write_misses(&transaction, self.misses).await?;
        transaction.commit().await
    }
}

async fn write_disclosures(connection: &impl ConnectionTrait, rows: Vec<disclosure::ActiveModel>) -> Result<(), DbErr> {
    if !rows.is_empty() {
        disclosure::Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

async fn write_misses(connection: &impl ConnectionTrait, rows: Vec<miss::ActiveModel>) -> Result<(), DbErr> {
    if !rows.is_empty() {
        miss::Entity::insert_many(rows).exec_without_returning(connection).await?;
    }
    Ok(())
}

fn seal(
    fields: &[FieldPath],
    customer: CustomerId,
    place: fn(CustomerId) -> Place,
    decide: impl Fn(Scope) -> Decision,
) -> Result<sealed::Sealed, DbErr> {
    let lines: Vec<Line<'_>> =
        fields.iter().map(|field| (field.path.as_str(), letter(decide(field.scope).into()))).collect();
    sealed::seal(place(customer), &lines)
}

/// Seals outcomes that are known already.
pub(super) fn seal_outcomes(customer: CustomerId, fields: &[FieldOutcome]) -> Result<sealed::Sealed, DbErr> {
    let lines: Vec<Line<'_>> = fields.iter().map(|field| (field.path.as_str(), letter(field.outcome))).collect();
    sealed::seal(disclosure_place(customer), &lines)
}

/// Reads back what was recorded.
pub(super) fn open(row: &disclosure::Model) -> Result<Vec<FieldOutcome>, DbErr> {
    let lines: Vec<(String, char)> = sealed::open(disclosure_place(row.customer_id), row.key_id, &row.payload)?;
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

const fn disclosure_place(customer: CustomerId) -> Place {
    Place { table: "disclosure", customer }
}

const fn miss_place(nobody: CustomerId) -> Place {
    Place { table: "miss", customer: nobody }
}

//! The audit trail, as a brand's administrators see it.

use async_graphql::{ID, SimpleObject};
use entity::audit_entry;
use entity::kinds::AuditAct;
use entity::values::Timestamp;

/// An act on a brand's apps or people. Never changed, only appended. For the brand's administrators.
#[derive(SimpleObject)]
pub struct AuditEntry {
    /// The act.
    id: ID,
    /// When.
    at: Timestamp,
    /// Which member of staff did it; null for the operator of the deployment.
    staff_id: Option<ID>,
    /// What was done.
    act: AuditAct,
    /// To what: the id of an app, of a member of staff, or of the brand.
    subject_id: ID,
    /// What exactly: settings and ids, no secret, and nothing personal.
    details: Vec<AuditDetail>,
}

/// A detail of an act. For the brand's administrators.
#[derive(SimpleObject)]
pub struct AuditDetail {
    /// What it is, such as `clientId`.
    name: String,
    /// What was set.
    value: String,
}

impl From<audit_entry::Model> for AuditEntry {
    fn from(row: audit_entry::Model) -> Self {
        Self {
            id: row.id.into(),
            at: row.occurred_at,
            staff_id: row.staff_id.map(Into::into),
            act: row.act,
            subject_id: row.subject.into(),
            details: row.details.0.into_iter().map(|(name, value)| AuditDetail { name, value }).collect(),
        }
    }
}

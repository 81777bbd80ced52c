//! What a leaf of the log is the hash of: one record as JSON text, every column of its row in a fixed order.
//!
//! Personal values are in it as they lie in the table, sealed under the customer's key: encrypted first, then hashed, so
//! an erasure breaks no proof. Ids are random and say nothing. The text that is hashed is the text that is exported;
//! nobody has to write it again to check it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use uuid::Uuid;

use crate::consent_event;
use crate::ids::{ConsentRequestId, CustomerId, GrantId, StaffId};
use crate::kinds::{Purpose, StaffRole};
use crate::log::{Hash, leaf_hash};
use crate::protected::disclosure;
use crate::protected::log::Kind;

/// A record on its way to its place.
pub(in crate::vault) struct Entry {
    pub kind: Kind,
    pub customer: CustomerId,
    pub record: Uuid,
    pub text: String,
}

impl Entry {
    /// The hash of its leaf.
    pub fn hash(&self) -> Hash {
        leaf_hash(self.text.as_bytes())
    }

    /// The entry of a read.
    pub fn of_disclosure(row: &disclosure::Model) -> Self {
        let text = write(&DisclosureEntry {
            kind: "DISCLOSURE",
            id: row.id.to_string(),
            customer: row.customer_id.to_string(),
            brand: row.brand_id.to_string(),
            app: row.app_id.to_string(),
            purpose: row.purpose.map(Purpose::as_str),
            grant: row.grant_id.as_ref().map(GrantId::to_string),
            version: row.grant_version,
            revision: row.revision,
            at: row.occurred_at.as_millis(),
            manner: row.key_id,
            sealed: STANDARD.encode(&row.payload.0),
            staff: row.staff_id.as_ref().map(StaffId::to_string),
            role: row.staff_role.map(StaffRole::as_str),
            answered: row.answered,
        });
        Self { kind: Kind::Disclosure, customer: row.customer_id, record: row.id.0, text }
    }

    /// The entry of a consent event, with the document of its receipt if it has one.
    pub fn of_event(row: &consent_event::Model, receipt: Option<&str>) -> Self {
        let text = write(&EventEntry {
            kind: "CONSENT_EVENT",
            id: row.id.to_string(),
            customer: row.customer_id.to_string(),
            grant: row.grant_id.as_ref().map(GrantId::to_string),
            request: row.request_id.as_ref().map(ConsentRequestId::to_string),
            event: row.kind.as_str(),
            version: row.version,
            revision: row.revision,
            actor: row.actor.as_str(),
            at: row.occurred_at.as_millis(),
            deletion_wanted: row.deletion_wanted,
            receipt: receipt.map(|document| STANDARD.encode(digest(&SHA256, document.as_bytes()))),
        });
        Self { kind: Kind::ConsentEvent, customer: row.customer_id, record: row.id.0, text }
    }
}

/// A structure of texts and numbers always has a JSON form.
fn write(entry: &impl Serialize) -> String {
    serde_json::to_string(entry).unwrap_or_default()
}

/// Times are Unix milliseconds; `sealed` is base64 of nonce, ciphertext and tag.
#[derive(Serialize)]
struct DisclosureEntry {
    kind: &'static str,
    id: String,
    customer: String,
    brand: String,
    app: String,
    purpose: Option<&'static str>,
    grant: Option<String>,
    version: Option<i32>,
    revision: i64,
    at: i64,
    manner: i32,
    sealed: String,
    /// Left out of what a program has read, so that such an entry is what it always was.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// Left out of records from before this was noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered: Option<bool>,
}

/// `receipt` is base64 of SHA-256 of the receipt's document.
#[derive(Serialize)]
struct EventEntry {
    kind: &'static str,
    id: String,
    customer: String,
    grant: Option<String>,
    request: Option<String>,
    event: &'static str,
    version: i32,
    revision: i64,
    actor: &'static str,
    at: i64,
    /// Left out unless it is so, and then an entry is what it always was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    deletion_wanted: bool,
    receipt: Option<String>,
}

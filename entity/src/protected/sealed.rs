//! How a personal value lies in a table: sealed under its customer's data key, with the id of the manner of sealing.
//!
//! The associated data names the table, the holder (a customer, a member of staff, or a correspondent), the part of the holder's rows, and
//! the manner (its version): a payload that is moved to another place, or claimed to be of another manner, does not open.

use std::fmt;

use sea_orm::DbErr;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::entropy::Entropy;
use crate::ids::{CorrespondentId, CustomerId, StaffId};
use crate::keyring::{DataKey, Holder};
use crate::scope::Scope;

/// JSON under AES-256-GCM-SIV with the customer's data key: the only manner there is.
const MANNER: i32 = 1;

/// Where a payload lies.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// Whose it is.
    pub customer: CustomerId,
    /// Which of the customer's rows in that table.
    pub part: Part,
}

/// One of a customer's rows in a table.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// The only one.
    Whole,
    /// The one of a scope.
    Scope(Scope),
    /// The one of an id.
    Id(Uuid),
}

/// Where what is personal of a member of staff lies.
#[derive(Debug, Clone, Copy)]
pub struct StaffPlace(pub StaffId);

/// Where something lies that somebody who writes to a brand has said, or was told.
#[derive(Debug, Clone, Copy)]
pub struct CorrespondentPlace {
    /// The table.
    pub table: &'static str,
    /// With whom the brand speaks.
    pub correspondent: CorrespondentId,
    /// Which of their rows in that table.
    pub part: Part,
}

/// A place, whoever's it is.
pub trait Location {
    /// The table, the holder, and which of the holder's rows in it.
    fn parts(&self) -> (&'static str, Holder, Part);
}

impl Location for Place {
    fn parts(&self) -> (&'static str, Holder, Part) {
        (self.table, self.customer.into(), self.part)
    }
}

impl Location for CorrespondentPlace {
    fn parts(&self) -> (&'static str, Holder, Part) {
        (self.table, self.correspondent.into(), self.part)
    }
}

impl Location for StaffPlace {
    fn parts(&self) -> (&'static str, Holder, Part) {
        ("staff", self.0.into(), Part::Whole)
    }
}

/// The associated data: every part is preceded by its length, so that no two places are written alike.
fn bytes(place: &impl Location, manner: i32) -> Vec<u8> {
    let (table, holder, part) = place.parts();
    let part = match part {
        Part::Whole => Vec::new(),
        Part::Scope(scope) => scope.as_str().as_bytes().to_vec(),
        Part::Id(id) => id.as_bytes().to_vec(),
    };
    let mut bytes = manner.to_be_bytes().to_vec();
    for text in [table.as_bytes(), holder.as_bytes(), &part] {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text);
    }
    bytes
}

/// A payload with the manner of its sealing.
pub struct Sealed {
    /// Which manner, and so which key, opens it.
    pub key_id: i32,
    /// The bytes.
    pub payload: Payload,
}

/// The bytes of a sealed value. What they hold is nobody's business, a debugger's included.
#[derive(Clone, PartialEq, Eq, sea_orm::DeriveValueType)]
pub struct Payload(pub Vec<u8>);

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payload(…)")
    }
}

/// Seals a value for a place under its holder's key.
///
/// # Errors
/// When the value has no JSON form.
pub fn seal<T: Serialize>(place: impl Location, key: &DataKey, entropy: &Entropy, value: &T) -> Result<Sealed, DbErr> {
    let failed = || DbErr::Type("a value could not be sealed".into());
    let text = Zeroizing::new(serde_json::to_vec(value).map_err(|_| failed())?);
    let payload = key.seal(&bytes(&place, MANNER), &text, entropy).ok_or_else(failed)?;
    Ok(Sealed { key_id: MANNER, payload: Payload(payload) })
}

/// Opens what lies at a place. The error says nothing of the content.
///
/// # Errors
/// When the manner is unknown or the payload is not what was sealed there.
pub fn open<T: DeserializeOwned>(
    place: impl Location,
    key: &DataKey,
    key_id: i32,
    payload: &Payload,
) -> Result<T, DbErr> {
    let (table, ..) = place.parts();
    if key_id != MANNER {
        return Err(DbErr::Type(format!("a payload in {table} is sealed in the unknown manner {key_id}")));
    }
    let text = key.open(&bytes(&place, MANNER), &payload.0);
    let text = text.ok_or_else(|| DbErr::Type(format!("a payload in {table} is not what was sealed there")))?;
    serde_json::from_slice(&text).map_err(|_| DbErr::Type(format!("a payload in {table} cannot be read")))
}

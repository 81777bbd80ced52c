//! How a personal value lies in a table: an opaque payload and the id of the key that opens it.
//!
//! Key 0 means that the payload is not encrypted yet. The columns stay as they are when encryption comes: a payload is
//! bound to its table, customer, scope and version by associated data, which is why sealing asks for the place.

use std::fmt;

use sea_orm::DbErr;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ids::CustomerId;

/// The key id of payloads that are not encrypted.
const CLEAR: i32 = 0;

/// Where a payload lies; a payload moved to another place will not open once payloads are encrypted.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The table.
    pub table: &'static str,
    /// Whose it is.
    #[expect(dead_code, reason = "part of the associated data once payloads are encrypted")]
    pub customer: CustomerId,
}

/// A payload with the id of its key.
pub struct Sealed {
    /// Which key opens it.
    pub key_id: i32,
    /// The bytes.
    pub payload: Payload,
}

/// The bytes of a sealed value. What they hold is nobody's business, a debugger's included.
#[derive(Clone, PartialEq, Eq, sea_orm::DeriveValueType)]
pub struct Payload(Vec<u8>);

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payload(…)")
    }
}

/// Seals a value for a place.
///
/// # Errors
/// When the value has no JSON form.
pub fn seal<T: Serialize>(_place: Place, value: &T) -> Result<Sealed, DbErr> {
    let payload = serde_json::to_vec(value).map_err(|_| DbErr::Type("a value could not be written".into()))?;
    Ok(Sealed { key_id: CLEAR, payload: Payload(payload) })
}

/// Opens what lies at a place. The error says nothing of the content.
///
/// # Errors
/// When the key is unknown or the payload is not what was sealed.
pub fn open<T: DeserializeOwned>(place: Place, key_id: i32, payload: &Payload) -> Result<T, DbErr> {
    if key_id != CLEAR {
        return Err(DbErr::Type(format!("a payload in {} has the unknown key {key_id}", place.table)));
    }
    serde_json::from_slice(&payload.0).map_err(|_| DbErr::Type(format!("a payload in {} cannot be read", place.table)))
}

//! The tables that hold personal data. Private to this crate: [`crate::vault`] is the only way in.
//!
//! A `Model`'s columns can be read in many ways (`ModelTrait::get`, `into_tuple`, `into_json`), so the seal is that
//! nobody outside can name these modules. Every payload is sealed ([`sealed`]) and every lookup goes by a keyed hash.

pub mod authenticator;
pub mod challenge;
pub mod cluster;
pub mod correspondent;
pub mod credential;
pub mod directory;
pub mod disclosure;
pub mod former_login;
pub mod grant_change;
pub mod link;
pub mod log;
pub mod message;
pub mod passkey;
pub mod profile;
pub mod receipt;
pub mod recovery_code;
pub mod sealed;
pub mod staff;

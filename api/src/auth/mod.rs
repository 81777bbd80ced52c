//! Who is asking: a bearer token, its signature, and the live row behind it.

pub mod assertion;
pub mod cookie;
pub mod dpop;
mod jws;
pub mod password;
pub mod token_keys;
pub mod tokens;
mod viewer;

pub use viewer::{Reader, Unauthenticated, Viewer};

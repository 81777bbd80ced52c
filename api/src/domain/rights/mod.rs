//! What customers can ask for beside consent: a copy of everything (GDPR articles 15 and 20), and that everything goes
//! (article 17).

mod erase;
mod export;
mod holdings;

pub use erase::{Consequences, Erasure, erase, finish, forget_codes};
pub use export::{NotExported, export};

//! What can be done: services that take a transaction or the vault, a witness, and checked input, and that give an
//! outcome or a refusal. No type of GraphQL or of the web server is named here.

pub mod accounts;
pub mod apps;
pub mod audit;
pub mod authorizations;
pub mod brands;
pub mod consent;
pub mod conversations;
pub mod guesses;
pub mod inbound;
pub mod jobs;
pub mod links;
pub mod log;
pub mod notices;
pub mod providers;
pub mod receipts;
pub mod refusal;
pub mod requests;
pub mod rights;
pub mod sharing;
pub mod staff;
pub mod used_jwts;
pub mod webhooks;

pub use refusal::{Mistake, MistakeCode, Mistakes, Refusal, in_words};

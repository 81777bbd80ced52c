//! The law: pure functions, no input or output, no clock of their own.
//!
//! - [`ledger`]: the facts that a decision rests on: grants as they stand in one snapshot, and who asks for what.
//! - [`mod@decide`]: whether one scope may leave, and if not, why.
//! - [`period`]: how long a grant may last.
//! - [`transition`]: which event may follow in which state, and what a change of a grant amounts to.
//! - [`request`]: how long a brand's request waits, what the brand is told of it, and what may answer it.
//!
//! A value leaves only if everything agrees: the app is active and registered for the scope and the purpose, and a
//! grant of this brand for exactly this purpose is ACTIVE with `valid_from <= now < expires_at` and pins the scope.
//! Whatever is missing, unknown or late denies. Before any grant comes the customer's switch: while they want no direct
//! marketing, no grant for it stands.

pub mod decide;
pub mod ledger;
pub mod period;
pub mod request;
pub mod transition;

#[cfg(test)]
mod properties;

pub use decide::{Decision, Denial, decide, standing};
pub use ledger::{AppStanding, Ask, GrantRecord, Ledger};
pub use period::{DEFAULT_DAYS, MAXIMUM_DAYS, Period, PeriodFault};
pub use request::AnswerFault;
pub use transition::{Difference, next_state};

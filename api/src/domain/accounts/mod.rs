//! Accounts: signing up, signing in and out, continuing a session, claiming an imported account.

mod claim;
mod session;
mod sign_in;
mod sign_up;

pub use claim::{CompleteClaim, complete_claim, start_claim};
pub(in crate::domain) use session::end as end_sessions;
pub use session::{NewSession, refresh, sign_out};
pub use sign_in::{SignIn, sign_in};
pub use sign_up::{SignUp, sign_up};

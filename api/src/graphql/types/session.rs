//! Sessions, as they are handed to the customer who opened them.

use async_graphql::SimpleObject;
use entity::values::Timestamp;
use entity::vault::second_factor::Method;

use crate::domain::accounts::{Half, NewSession};

/// A signed-in device's tokens. Only for the customer who just signed in.
#[derive(SimpleObject)]
pub struct Session {
    /// For the header `Authorization: Bearer`. Holds for five minutes.
    access_token: String,
    /// From then on the access token is refused.
    expires_at: Timestamp,
    /// For the next access token, by `refreshSession`. Good for one use; a second use ends the session.
    refresh_token: String,
}

/// The second step that a sign-in takes. Only for whoever knew the password.
#[derive(SimpleObject)]
pub struct SecondFactorChallenge {
    /// For `completeSignIn`.
    token: String,
    /// From then on it is refused: five minutes.
    expires_at: Timestamp,
    /// By what the account can be opened.
    methods: Vec<Method>,
}

impl From<Half> for SecondFactorChallenge {
    fn from(half: Half) -> Self {
        Self { token: half.token, expires_at: half.expires_at, methods: half.methods }
    }
}

impl From<NewSession> for Session {
    fn from(session: NewSession) -> Self {
        Self {
            access_token: session.access_token,
            expires_at: session.expires_at,
            refresh_token: session.refresh_token,
        }
    }
}

//! The customer themself: what their token claims, and the witness that their session is alive.

use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use crate::ids::{CustomerId, SessionId};
use crate::session;
use crate::values::Timestamp;

/// What a verified token says. It permits nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionClaim {
    /// The customer.
    pub customer: CustomerId,
    /// The session.
    pub session: SessionId,
}

/// A customer who is signed in, or who was created or recognised in this very transaction.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    customer: CustomerId,
    session: Option<SessionId>,
}

impl Owner {
    /// Checks the claim against the session's row.
    ///
    /// # Errors
    /// When the database cannot be asked. A session that ended or ran out is `None`.
    pub async fn check(
        connection: &impl ConnectionTrait,
        claim: &SessionClaim,
        now: Timestamp,
    ) -> Result<Option<Self>, DbErr> {
        let row = session::Entity::find_by_id((claim.customer, claim.session)).one(connection).await?;
        let alive = row.is_some_and(|row| row.ended_at.is_none() && now < row.expires_at);
        Ok(alive.then_some(Self { customer: claim.customer, session: Some(claim.session) }))
    }

    /// For doors that have just created the customer, or recognised them by a password or a mailed code.
    pub(crate) const fn recognised(customer: CustomerId) -> Self {
        Self { customer, session: None }
    }

    /// Who it is.
    #[must_use]
    pub const fn customer(&self) -> CustomerId {
        self.customer
    }

    /// The session they came by; none while they are signing in.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        self.session
    }
}

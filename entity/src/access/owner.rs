//! The customer themself: what their token claims, and the witness that their session is alive.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::clock::Clock;
use crate::ids::{CustomerId, SessionId};
use crate::kinds::CustomerStatus;
use crate::values::Timestamp;
use crate::{customer, session};

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
    proven_at: Option<Timestamp>,
}

impl Owner {
    /// A proof that a session is still its customer's is fresh for so many minutes.
    pub const FRESH_MINUTES: i64 = 10;

    /// Checks the claim against the session's row.
    ///
    /// # Errors
    /// When the database cannot be asked. A session that ended or ran out, by the database's clock, is `None`, and so is
    /// one of somebody who was erased: a sign-in that was under way then may have opened one since.
    pub async fn check(
        connection: &impl ConnectionTrait,
        claim: &SessionClaim,
        clock: &Clock,
    ) -> Result<Option<Self>, DbErr> {
        let now = clock.expression(connection.get_database_backend());
        let mut erased = Query::select();
        erased
            .expr(Expr::val(1))
            .from(customer::Entity)
            .and_where(customer::Column::Id.eq(claim.customer))
            .and_where(customer::Column::Status.eq(CustomerStatus::Erased));
        let row = session::Entity::find_by_id((claim.customer, claim.session))
            .filter(session::Column::EndedAt.is_null())
            .filter(Expr::cust(format!("{now} < expires_at")))
            .filter(Expr::exists(erased).not())
            .one(connection)
            .await?;
        Ok(row.map(|row| Self { customer: claim.customer, session: Some(claim.session), proven_at: row.proven_at }))
    }

    /// For doors that have just created the customer, or recognised them by a password or a mailed code.
    pub(crate) const fn recognised(customer: CustomerId) -> Self {
        Self { customer, session: None, proven_at: None }
    }

    /// Who it is.
    #[must_use]
    pub const fn customer(&self) -> CustomerId {
        self.customer
    }

    /// Whether they have shown lately that the session is still theirs, and not whoever's has found the device. While they
    /// are signing in they have just done so.
    #[must_use]
    pub fn has_fresh_proof(&self, now: Timestamp) -> bool {
        self.session.is_none() || self.proven_at.is_some_and(|at| now < at.plus_minutes(Self::FRESH_MINUTES))
    }

    /// The session they came by; none while they are signing in.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        self.session
    }
}

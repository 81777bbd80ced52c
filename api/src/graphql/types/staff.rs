//! A brand's people, as they themselves and their brand's administrators see them.

use async_graphql::{ID, Object, SimpleObject};
use entity::kinds::{StaffRole, StaffStatus};
use entity::values::Timestamp;
use entity::vault::staff::Member;

use crate::domain::staff::NewStaffSession;

/// Somebody who works for a brand. For themself, and for the brand's administrators.
pub struct StaffMember(Member);

impl From<Member> for StaffMember {
    fn from(member: Member) -> Self {
        Self(member)
    }
}

/// Somebody who works for a brand. For themself, and for the brand's administrators.
#[Object]
impl StaffMember {
    /// Their id, as the audit trail names them.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Their name; null until they have accepted the invitation.
    async fn name(&self) -> Option<&str> {
        self.0.details.as_ref().name.as_deref()
    }

    /// The address they sign in with.
    async fn email(&self) -> &str {
        &self.0.details.as_ref().email
    }

    /// What they may do.
    async fn role(&self) -> StaffRole {
        self.0.role
    }

    /// Whether they have accepted their invitation.
    async fn status(&self) -> StaffStatus {
        self.0.status
    }

    /// Until when they can accept it; null once they have.
    async fn invited_until(&self) -> Option<Timestamp> {
        self.0.invited_until
    }

    /// When they have accepted it; null until then.
    async fn joined_at(&self) -> Option<Timestamp> {
        self.0.joined_at
    }
}

/// A signed-in device's tokens. Only for the member of staff who just signed in.
#[derive(SimpleObject)]
pub struct StaffSession {
    /// For the header `Authorization: Bearer`. Holds for five minutes.
    access_token: String,
    /// From then on the access token is refused.
    expires_at: Timestamp,
    /// For the next access token, by `refreshStaffSession`. Good for one use; a second use ends the session.
    refresh_token: String,
}

impl From<NewStaffSession> for StaffSession {
    fn from(session: NewStaffSession) -> Self {
        Self {
            access_token: session.access_token,
            expires_at: session.expires_at,
            refresh_token: session.refresh_token,
        }
    }
}

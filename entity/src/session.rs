//! Sessions: signed-in devices. The row is checked on every request, so signing out bites at once.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, SessionId};
use crate::kinds::SessionEnd;
use crate::values::Timestamp;

/// A row of `session`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when, however often it is refreshed.
    pub expires_at: Timestamp,
    /// The kind of device it was opened on, such as "Firefox on Linux": out of a short list, and nothing else.
    pub label: Option<String>,
    /// When it was continued last.
    pub refreshed_at: Option<Timestamp>,
    /// When its customer last showed that it is still theirs: by signing in, or by a proof since.
    pub proven_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Why it ended.
    pub end_reason: Option<SessionEnd>,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

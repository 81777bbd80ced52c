//! Refresh tokens: opaque, hashed, each good for one use. A second use ends the session.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, SessionId};
use crate::values::Timestamp;

/// A row of `refresh_token`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// A keyed hash of the token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// The session it continues.
    pub session_id: SessionId,
    /// When it was handed out.
    pub issued_at: Timestamp,
    /// When it was exchanged for the next one.
    pub used_at: Option<Timestamp>,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

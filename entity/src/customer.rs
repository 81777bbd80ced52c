//! Customers: nothing personal, only that somebody is there and how often their consents changed.

use sea_orm::entity::prelude::*;

use crate::ids::CustomerId;
use crate::kinds::CustomerStatus;
use crate::values::Timestamp;

/// A row of `customer`: the one row on which a customer's consent changes are put in order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "customer")]
pub struct Model {
    /// The customer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CustomerId,
    /// Rises with every consent event; each disclosure names the revision of its snapshot.
    pub consent_revision: i64,
    /// Since when no grant for DIRECT_MARKETING permits anything: the customer's switch, or Global Privacy Control.
    pub marketing_blocked_at: Option<Timestamp>,
    /// Whether somebody can sign in.
    pub status: CustomerStatus,
    /// Since when they are here.
    pub created_at: Timestamp,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

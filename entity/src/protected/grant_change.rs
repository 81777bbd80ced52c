//! Changes: the events of a brand's grants, as its feed gives them. Written by a trigger on `consent_event`.
//!
//! The row keeps the brand's own id of the customer, which an erasure takes away everywhere else but in receipts.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, ConsentEventId, CustomerId, GrantId, ProfileId};
use crate::kinds::{ConsentEventKind, Purpose};
use crate::values::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grant_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub event_id: ConsentEventId,
    /// Its place in the brand's feed, from 1; none until the log has placed the event.
    pub number: Option<i64>,
    pub customer_id: CustomerId,
    pub grant_id: GrantId,
    /// How the brand knows the customer; none if nobody knew it any more.
    pub profile_id: Option<ProfileId>,
    pub purpose: Purpose,
    /// The grant's version after the event.
    pub version: i32,
    pub kind: ConsentEventKind,
    pub occurred_at: Timestamp,
    /// Whether the customer asks the brand to delete what it holds.
    pub deletion_wanted: bool,
}

/// None: the vault joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Links: the proven tie of a customer to an account on a channel. Ended links stay as tombstones.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, LinkId};
use crate::kinds::LinkEnd;
use crate::values::{Channel, Timestamp};

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: LinkId,
    pub channel: Channel,
    /// The sealed handle and account id.
    pub key_id: i32,
    pub payload: Payload,
    pub verified_at: Timestamp,
    /// Since when the account is the customer's, without a break.
    pub linked_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    pub end_reason: Option<LinkEnd>,
    /// When the last mail about it was due: that it is to be proven again, or that somebody else has it.
    pub told_at: Option<Timestamp>,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

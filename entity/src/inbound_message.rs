//! Messages that channels have delivered, so that none is done twice. Nothing of what was written, or by whom.

use sea_orm::entity::prelude::*;

use crate::values::{Channel, Timestamp};

/// A row of `inbound_message`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbound_message")]
pub struct Model {
    /// Where it came from.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: Channel,
    /// A keyed hash of the channel's id of the delivery.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id_hash: Vec<u8>,
    /// When it came first.
    pub received_at: Timestamp,
}

/// None: messages stand alone.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Messages that channels have delivered, so that none is done twice. Nothing of what was written, or by whom.

use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

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

impl Entity {
    /// Notes that something came. Whether it is new; two who note the same at once do it one after the other.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn note(
        connection: &impl ConnectionTrait,
        channel: Channel,
        id_hash: Vec<u8>,
        now: Timestamp,
    ) -> Result<bool, DbErr> {
        let row = ActiveModel { channel: Set(channel), id_hash: Set(id_hash), received_at: Set(now) };
        let known = OnConflict::columns([Column::Channel, Column::IdHash]).do_nothing().to_owned();
        Ok(Self::insert(row).on_conflict(known).exec_without_returning(connection).await? > 0)
    }
}

//! Presence: which of a brand's people are looking at a conversation, and writing in it, for half a minute from their last sign.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, ConversationId, StaffId};
use crate::values::Timestamp;

/// A row of `presence`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "presence")]
pub struct Model {
    /// The brand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub conversation_id: ConversationId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub staff_id: StaffId,
    /// Whether they are writing.
    pub is_writing: bool,
    /// From then on they are not there, unless they give another sign.
    pub seen_until: Timestamp,
}

/// None: joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Messages of conversations, each sealed under its correspondent's key.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, ConversationId, CorrespondentId, MessageId, StaffId};
use crate::kinds::{MessageKind, MessageVisibility};
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    pub conversation_id: ConversationId,
    /// Who wrote it, or to whom it was written, or about whom.
    pub correspondent_id: CorrespondentId,
    pub kind: MessageKind,
    pub visibility: MessageVisibility,
    /// A keyed hash of the channel's id of it; none of notes.
    pub external: Option<Vec<u8>>,
    /// Which of the brand's people wrote it, if it was written here.
    pub staff_id: Option<StaffId>,
    /// When it was written, as the channel says; never later than it came.
    pub occurred_at: Timestamp,
    pub received_at: Timestamp,
    /// When its author changed it last, as the channel says.
    pub edited_at: Option<Timestamp>,
    /// When its author took it back: then nothing of it is left.
    pub deleted_at: Option<Timestamp>,
    /// Sealed text and address; empty once it is taken back or its correspondent is erased.
    pub key_id: i32,
    pub payload: Payload,
}

/// None: protected tables are joined by the vault.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

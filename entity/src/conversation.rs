//! Conversations: what somebody and a brand say to each other about one thing. Nothing of what was said stands here.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, ConversationId, CorrespondentId, MessageId, StaffId};
use crate::kinds::ConversationStatus;
use crate::values::Timestamp;

/// A row of `conversation`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversation")]
pub struct Model {
    /// The brand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The conversation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConversationId,
    /// With whom it is.
    pub correspondent_id: CorrespondentId,
    /// Where it stands.
    pub status: ConversationStatus,
    /// Which of the brand's people looks after it.
    pub assignee_id: Option<StaffId>,
    /// Counts its changes: whoever acts on an older one is told.
    pub version: i32,
    /// How often it was opened: 1, and one more each time that it was opened again.
    pub episode: i32,
    /// When its first message was written.
    pub opened_at: Timestamp,
    /// Since when the customer waits for a word of the brand; none while the brand waits.
    pub waiting_since: Option<Timestamp>,
    /// When the last message was written, and which it is; notes do not count.
    pub last_message_at: Timestamp,
    /// The last message.
    pub last_message_id: MessageId,
    /// When it was resolved last, also while it is open again: what was written before is done.
    pub resolved_at: Option<Timestamp>,
}

/// None: the vault joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

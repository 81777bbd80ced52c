//! News: what happened lately that somebody may be watching. Kept for a day.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, ConversationId, GrantId, MessageId};
use crate::kinds::NewsKind;
use crate::values::Timestamp;

/// A row of `news`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "news")]
pub struct Model {
    /// Its number.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Where it stands: below a [horizon](crate::vault::news::Place) nothing is ever added. The database says.
    pub place: i64,
    /// The brand that it concerns.
    pub brand_id: BrandId,
    /// What happened.
    pub kind: NewsKind,
    /// In which conversation, if it was in one.
    pub conversation_id: Option<ConversationId>,
    /// To which message, if it was to one.
    pub message_id: Option<MessageId>,
    /// To which grant, if it was to one.
    pub grant_id: Option<GrantId>,
    /// When.
    pub occurred_at: Timestamp,
}

/// None: joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

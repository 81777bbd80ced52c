//! The brand's conversations, the one with the newest message first.

use entity::access::Care;
use entity::conversation;
use entity::ids::{ConversationId, StaffId};
use entity::kinds::ConversationStatus;
use entity::values::TimePlace;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::deps::Deps;

/// Where a conversation stands in the list.
pub type QueuePlace = TimePlace<ConversationId>;

/// Where this one stands now.
#[must_use]
pub const fn place(row: &conversation::Model) -> QueuePlace {
    TimePlace { at: row.last_message_at, id: row.id }
}

/// Which conversations.
#[derive(Debug, Clone, Copy, Default)]
pub struct QueueFilter {
    /// Only those that stand there.
    pub status: Option<ConversationStatus>,
    /// Only those that this member of staff looks after.
    pub assignee: Option<StaffId>,
}

/// The brand's conversations, newest message first: up to `limit` after a place.
///
/// # Errors
/// When the database cannot be asked.
pub async fn queue(
    deps: &Deps,
    care: &Care,
    filter: QueueFilter,
    after: Option<QueuePlace>,
    limit: u64,
) -> Result<Vec<conversation::Model>, DbErr> {
    let mut query = conversation::Entity::find().filter(conversation::Column::BrandId.eq(care.brand()));
    if let Some(status) = filter.status {
        query = query.filter(conversation::Column::Status.eq(status));
    }
    if let Some(assignee) = filter.assignee {
        query = query.filter(conversation::Column::AssigneeId.eq(assignee));
    }
    if let Some(TimePlace { at, id }) = after {
        let same = conversation::Column::LastMessageAt.eq(at).and(conversation::Column::Id.lt(id));
        query = query.filter(Condition::any().add(conversation::Column::LastMessageAt.lt(at)).add(same));
    }
    query
        .order_by_desc(conversation::Column::LastMessageAt)
        .order_by_desc(conversation::Column::Id)
        .limit(limit)
        .all(deps.vault.store.reader())
        .await
}

/// A conversation of the brand.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(deps: &Deps, care: &Care, id: ConversationId) -> Result<Option<conversation::Model>, DbErr> {
    conversation::Entity::find_by_id((care.brand(), id)).one(deps.vault.store.reader()).await
}

//! What a conversation's row says of its messages, worked out anew from them: so it does not depend on the order in which
//! they came.

use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use crate::ids::MessageId;
use crate::kinds::{ConversationStatus, DeliveryState, MessageKind, NewsKind};
use crate::protected::message;
use crate::values::Timestamp;
use crate::vault::Transaction;
use crate::vault::news::News;
use crate::{conversation, reply};

/// Why a conversation is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The customer has written.
    Written,
    /// The brand has.
    Answered,
    /// A message was changed or taken back, or the conversation was opened again by hand.
    Changed,
}

/// Brings a locked conversation's row up to date with its messages, as one change more. The row as it is then.
pub(super) async fn settle(
    transaction: &Transaction,
    mut row: conversation::Model,
    reason: Reason,
) -> Result<conversation::Model, DbErr> {
    let connection = transaction.connection();
    let exchanged = |row: &conversation::Model| -> Select<message::Entity> {
        message::Entity::find()
            .filter(message::Column::BrandId.eq(row.brand_id))
            .filter(message::Column::ConversationId.eq(row.id))
    };
    let last: Option<(Timestamp, MessageId)> = exchanged(&row)
        .filter(message::Column::Kind.ne(MessageKind::Note))
        .select_only()
        .columns([message::Column::OccurredAt, message::Column::Id])
        .order_by_desc(message::Column::OccurredAt)
        .order_by_desc(message::Column::Id)
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    if let Some((at, id)) = last {
        (row.last_message_at, row.last_message_id) = (at, id);
    }
    let answers = exchanged(&row)
        .filter(message::Column::Kind.eq(MessageKind::Outbound))
        .filter(message::Column::DeletedAt.is_null())
        .filter(Expr::exists(unsent()).not());
    let answered = first(answers, true);
    let answered: Option<Timestamp> = answered.into_tuple().one(connection).await?;
    // What was written before it was resolved last is done.
    let done = std::cmp::max(answered, row.resolved_at);
    let mut unanswered = exchanged(&row)
        .filter(message::Column::Kind.eq(MessageKind::Inbound))
        .filter(message::Column::DeletedAt.is_null());
    if let Some(done) = done {
        unanswered = unanswered.filter(message::Column::OccurredAt.gt(done));
    }
    row.waiting_since = first(unanswered, false).into_tuple().one(connection).await?;
    let was_resolved = row.status == ConversationStatus::Resolved;
    match (reason, row.waiting_since) {
        (Reason::Written, since) => {
            // What was written before it was resolved, and came after it, has been seen by nobody.
            row.waiting_since = since.or_else(|| was_resolved.then_some(transaction.now()));
            row.status = ConversationStatus::Open;
        }
        // Done is done, until the customer has something to say.
        _ if was_resolved => row.waiting_since = None,
        (Reason::Answered, None) => row.status = ConversationStatus::Pending,
        // An answer was taken back.
        (Reason::Changed, Some(_)) => row.status = ConversationStatus::Open,
        _ => {}
    }
    if was_resolved && row.status != ConversationStatus::Resolved {
        row.episode = row.episode.saturating_add(1);
    }
    row.version = row.version.saturating_add(1);
    transaction.tell(News::of_conversation(NewsKind::ConversationChanged, (row.brand_id, row.id), None));
    conversation::Entity::update(row.into_active_model().reset_all()).exec(connection).await
}

/// The reply that a message is, if nobody has got it.
fn unsent() -> SelectStatement {
    let states = DeliveryState::ALL.iter().copied().filter(|state| state.is_unsent());
    Query::select()
        .expr(Expr::val(1))
        .from(reply::Entity)
        .and_where(reply::Column::BrandId.into_expr().equals((message::Entity, message::Column::BrandId)))
        .and_where(reply::Column::Id.into_expr().equals((message::Entity, message::Column::Id)))
        .and_where(reply::Column::State.is_in(states))
        .take()
}

/// When the first of these messages was written, or the last.
fn first(messages: Select<message::Entity>, last: bool) -> Select<message::Entity> {
    let messages = messages.select_only().column(message::Column::OccurredAt).limit(1);
    let order = if last { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    messages.order_by(message::Column::OccurredAt, order)
}

//! Who of the brand's people is looking at a conversation: so that two do not answer at once.

use entity::access::Care;
use entity::ids::ConversationId;
use entity::kinds::NewsKind;
use entity::presence;
use entity::vault::news::News;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::act::unknown;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// Whoever gives no sign for so many seconds is not there any more.
const SEEN_SECONDS: i64 = 30;

/// What somebody does in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// They look at it.
    Looking,
    /// They write.
    Writing,
    /// They have gone.
    Gone,
}

/// Notes what a member of staff does in a conversation, until half a minute from now. Colleagues who are watching are told when
/// it is something else than before.
///
/// # Errors
/// When there is no such conversation, or a program asks.
pub async fn show_presence(deps: &Deps, care: &Care, id: &str, does: Presence) -> Result<(), Refusal> {
    let Some(staff) = care.staff() else {
        return Err(Mistake::new(MistakeCode::WrongState, "conversationId", "only people look at conversations").into());
    };
    let conversation: ConversationId = id.parse().map_err(|_| unknown())?;
    super::find(deps, care, conversation).await?.ok_or_else(unknown)?;
    let transaction = deps.vault.begin().await?;
    let (brand, now) = (care.brand(), transaction.now());
    let place = (brand, conversation, staff);
    let before = presence::Entity::find_by_id(place).one(transaction.connection()).await?;
    let before = before.filter(|row| now < row.seen_until).map(|row| row.is_writing);
    let after = (does != Presence::Gone).then_some(does == Presence::Writing);
    match after {
        Some(is_writing) => {
            let row = presence::Model {
                brand_id: brand,
                conversation_id: conversation,
                staff_id: staff,
                is_writing,
                seen_until: now.plus_seconds(SEEN_SECONDS),
            };
            let key = [presence::Column::BrandId, presence::Column::ConversationId, presence::Column::StaffId];
            let known = OnConflict::columns(key)
                .update_columns([presence::Column::IsWriting, presence::Column::SeenUntil])
                .to_owned();
            let row = row.into_active_model().reset_all();
            presence::Entity::insert(row).on_conflict(known).exec_without_returning(transaction.connection()).await?;
        }
        None => {
            presence::Entity::delete_by_id(place).exec(transaction.connection()).await?;
        }
    }
    if before != after {
        transaction.tell(News::of_conversation(NewsKind::PresenceChanged, (brand, conversation), None));
    }
    Ok(transaction.commit().await?)
}

/// Who is looking at a conversation now.
///
/// # Errors
/// When the database cannot be asked.
pub async fn present(deps: &Deps, care: &Care, conversation: ConversationId) -> Result<Vec<presence::Model>, DbErr> {
    let now = deps.vault.now().await?;
    presence::Entity::find()
        .filter(presence::Column::BrandId.eq(care.brand()))
        .filter(presence::Column::ConversationId.eq(conversation))
        .filter(presence::Column::SeenUntil.gt(now))
        .order_by_asc(presence::Column::StaffId)
        .all(deps.vault.store.reader())
        .await
}

/// Deletes who was there long ago; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_presence(deps: &Deps) -> Result<usize, DbErr> {
    let now = deps.vault.now().await?;
    let gone = presence::Entity::delete_many().filter(presence::Column::SeenUntil.lte(now));
    let gone = gone.exec(deps.vault.store.writer()).await?;
    Ok(usize::try_from(gone.rows_affected).unwrap_or(usize::MAX))
}

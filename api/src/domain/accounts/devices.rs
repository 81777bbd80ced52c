//! A customer's sessions, as they see them: one list, and an end to each.

use entity::access::Owner;
use entity::ids::SessionId;
use entity::kinds::SessionEnd;
use entity::session;
use entity::values::Timestamp;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::session as tokens;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode, Refusal};

/// A place in the list: newest first.
#[derive(Debug, Clone, Copy)]
pub struct SessionCursor {
    /// When the session was opened.
    pub created_at: Timestamp,
    /// The session.
    pub id: SessionId,
}

/// The live sessions of the customer, newest first: up to `limit` after a place.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sessions(
    deps: &Deps,
    owner: &Owner,
    after: Option<SessionCursor>,
    limit: u64,
) -> Result<Vec<session::Model>, DbErr> {
    let now = deps.vault.now().await?;
    let mut query = session::Entity::find()
        .filter(session::Column::CustomerId.eq(owner.customer()))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now));
    if let Some(SessionCursor { created_at, id }) = after {
        let same = Condition::all().add(session::Column::CreatedAt.eq(created_at)).add(session::Column::Id.lt(id));
        query = query.filter(Condition::any().add(session::Column::CreatedAt.lt(created_at)).add(same));
    }
    let query = query.order_by_desc(session::Column::CreatedAt).order_by_desc(session::Column::Id).limit(limit);
    query.all(deps.vault.store.reader()).await
}

/// Ends one of the customer's sessions, be it the one that this is asked with. Its tokens are refused from the next
/// request on.
///
/// # Errors
/// When they have no such live session.
pub async fn end_session(deps: &Deps, owner: &Owner, session: &str) -> Result<SessionId, Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "sessionId", "you have no such session; it may have ended");
    let id: SessionId = session.parse().map_err(|_| unknown())?;
    let transaction = deps.vault.begin().await?;
    if tokens::end(&transaction, owner.customer(), Some(id), SessionEnd::Ended).await? == 0 {
        return Err(unknown().into());
    }
    transaction.commit().await?;
    Ok(id)
}

/// Ends every session of the customer but the one that this is asked with; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn end_other_sessions(deps: &Deps, owner: &Owner) -> Result<u64, Refusal> {
    let transaction = deps.vault.begin().await?;
    let ended = tokens::end_others(&transaction, owner, SessionEnd::Ended).await?;
    transaction.commit().await?;
    Ok(ended)
}

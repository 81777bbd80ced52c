//! What the customer and brands have said to each other.

use entity::ids::MessageId;
use entity::vault::conversation::{Exchanged, exchanged};
use sea_orm::DbErr;
use serde_json::json;

use super::{Holdings, Page, ROWS};

impl Holdings {
    /// From and to the accounts that are proven to be theirs now, in the order in which it came.
    pub async fn messages(&mut self, after: Option<MessageId>) -> Result<Page<MessageId>, DbErr> {
        let rows = exchanged(&self.deps.vault, &self.owner, after, ROWS).await?;
        self.meet(rows.iter().map(|row| row.brand)).await?;
        let show = |row: Exchanged| {
            let said = row.said.as_ref().map(AsRef::as_ref);
            json!({
                "id": row.id.to_string(),
                "brand": self.brands.get(&row.brand),
                "conversationId": row.conversation.to_string(),
                "kind": row.kind,
                "visibility": row.visibility,
                "delivery": row.delivery,
                "text": said.map(|said| &said.text),
                "url": said.and_then(|said| said.url.as_ref()),
                "subject": said.and_then(|said| said.subject.as_ref()),
                "occurredAt": row.occurred_at,
                "editedAt": row.edited_at,
                "deletedAt": row.deleted_at,
            })
        };
        Ok(Page::of(rows, ROWS, |row| row.id, show))
    }
}

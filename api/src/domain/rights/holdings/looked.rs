//! Who looked at what, when and why.

use entity::ids::DisclosureId;
use entity::kinds::StaffRole;
use entity::vault::FieldOutcome;
use entity::vault::own::{self, OwnDisclosure, Wanted};
use sea_orm::DbErr;
use serde_json::{Value, json};

use super::{Holdings, Page, ROWS};

impl Holdings {
    /// Who looked, newest first, each with the text that is its entry in the log.
    pub async fn disclosures(&mut self, after: Option<DisclosureId>) -> Result<Page<DisclosureId>, DbErr> {
        let rows = own::disclosures(&self.deps.vault, &self.owner, Wanted::default(), after, ROWS).await?;
        self.meet(rows.iter().map(|row| row.brand)).await?;
        self.meet_apps(rows.iter().map(|row| row.app)).await?;
        Ok(Page::of(rows, ROWS, |row| row.id, |row| self.disclosure(&row)))
    }

    fn disclosure(&self, row: &OwnDisclosure) -> Value {
        let field = |field: &FieldOutcome| json!({ "path": field.path, "scope": field.scope.as_str(), "outcome": field.outcome });
        json!({
            "id": row.id.to_string(),
            "at": row.at,
            "brand": self.brands.get(&row.brand),
            "app": self.apps.get(&row.app),
            "staffRole": row.role.map(StaffRole::as_str),
            "purpose": row.purpose,
            "grantId": row.grant.map(|id| id.to_string()),
            "grantVersion": row.grant_version,
            "fields": row.fields.as_ref().map(|fields| fields.iter().map(field).collect::<Vec<_>>()),
            "entry": row.entry,
        })
    }
}

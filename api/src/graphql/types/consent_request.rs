//! Consent requests, as the brand that made them sees them: nothing here depends on whether anybody opened or refused one.

use async_graphql::{ID, Object, Result, SimpleObject};
use entity::consent::request::status_at;
use entity::consent_request;
use entity::kinds::{Purpose, RequestStatus};
use entity::notice;
use entity::scope::Scope;
use entity::values::{HttpsUrl, Locale, Timestamp};

use super::notice::{Notice, Texts, best};
use crate::deps::Deps;
use crate::domain::requests::RequestCursor;
use crate::graphql::context::fault;

/// A scope that a brand has asked for.
#[derive(SimpleObject)]
pub struct RequestedScope {
    /// Which.
    scope: Scope,
    /// At which version: a field that joins the scope later is not asked for.
    version: u16,
    /// Whether the offer depends on it.
    required: bool,
    /// Why, in the brand's words.
    reason: String,
}

/// What a brand has asked of somebody whom it may know only by a message. For that brand's apps.
pub struct ConsentRequest {
    row: consent_request::Model,
    texts: Vec<notice::Model>,
    now: Timestamp,
}

/// What a brand has asked of somebody whom it may know only by a message. For that brand's apps.
#[Object]
impl ConsentRequest {
    /// The request's id.
    async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// PENDING until `lapsesAt` and LAPSED from then on, whatever happened, unless it was given. It never says whether
    /// somebody has opened or refused it, or is there at all.
    async fn state(&self) -> RequestStatus {
        status_at(self.row.given_at, self.row.lapses_at, self.now)
    }

    /// For what.
    async fn purpose(&self) -> Purpose {
        self.row.purpose
    }

    /// What was asked for.
    async fn scopes(&self) -> Vec<RequestedScope> {
        let shown = |asked: &consent_request::AskedScope| RequestedScope {
            scope: asked.scope,
            version: asked.version,
            required: asked.required,
            reason: asked.reason.clone(),
        };
        self.row.scopes.0.iter().map(shown).collect()
    }

    /// For how many days at most.
    async fn duration_days(&self) -> i32 {
        self.row.duration_days
    }

    /// What the customer gets.
    async fn offer(&self) -> &str {
        &self.row.offer
    }

    /// Where the customer goes afterwards.
    async fn return_to(&self) -> Option<HttpsUrl> {
        self.row.return_to.as_ref()?.parse().ok()
    }

    /// The text that is shown beside it.
    async fn notice(
        &self,
        #[graphql(desc = "For somebody who reads this language: the nearest that there is.")] locale: Option<Locale>,
    ) -> Option<Notice> {
        best(&self.texts, locale.as_ref())
    }

    /// When it was asked.
    async fn created_at(&self) -> Timestamp {
        self.row.created_at
    }

    /// From then on it can no longer be opened or answered.
    async fn lapses_at(&self) -> Timestamp {
        self.row.lapses_at
    }

    /// When it was given; null unless it was.
    async fn given_at(&self) -> Option<Timestamp> {
        self.row.given_at
    }

    /// The grant that came of it; null unless it was given.
    async fn grant_id(&self) -> Option<ID> {
        self.row.grant_id.map(Into::into)
    }

    /// The id by which this brand knows who gave it; null unless it was given.
    async fn profile_id(&self) -> Option<ID> {
        self.row.profile_id.map(Into::into)
    }
}

/// Shows requests with their notices, in two statements however many they are; each with its cursor.
pub(in crate::graphql) async fn show(
    deps: &Deps,
    rows: Vec<consent_request::Model>,
) -> Result<Vec<(String, ConsentRequest)>> {
    let now = deps.vault.now().await.map_err(fault)?;
    let texts = Texts::load(deps, rows.iter().map(|row| (row.notice_id.as_str(), row.notice_version))).await?;
    let show = |row: consent_request::Model| {
        let texts = texts.of(&row.notice_id, row.notice_version);
        (cursor(&row), ConsentRequest { row, texts, now })
    };
    Ok(rows.into_iter().map(show).collect())
}

/// The cursor of a request in a list.
pub(in crate::graphql) fn cursor(row: &consent_request::Model) -> String {
    format!("{}.{}", row.id, row.created_at.as_millis())
}

/// Reads a cursor back.
pub(in crate::graphql) fn read_cursor(text: &str) -> Option<RequestCursor> {
    let (id, at) = text.split_once('.')?;
    Some(RequestCursor { created_at: Timestamp::from_millis(at.parse().ok()?), id: id.parse().ok()? })
}

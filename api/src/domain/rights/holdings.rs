//! What is held of a customer, as an export says it: a page at a time, each in the names that the schema uses.

mod looked;
mod messages;

use std::collections::HashMap;

use entity::access::Owner;
use entity::consent::request::{state_at as opening_state_at, status_at};
use entity::ids::{AppId, BrandId, ChallengeId, ConsentRequestId, FamilyId, LinkId, ProfileId, SessionId};
use entity::kinds::{RequestState, RequestStatus};
use entity::scope::Pins;
use entity::vault::challenge::Kind;
use entity::vault::login;
use entity::vault::own;
use entity::vault::passkey;
use entity::vault::receipt::{self, OwnReceipt};
use entity::vault::second_factor;
use entity::vault::{Area, Cluster, ContactDetails, Context, Language, PersonName, Preference, export};
use entity::{consent_event, consent_request, customer, grant, grant_version, request_opening, session, token_family};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::deps::Deps;
use crate::domain::consent::{GrantCursor, grants, state_at};
use crate::domain::{brands, providers, receipts, requests};

/// Rows of a page.
const ROWS: u64 = 1_000;
/// Grants of a page: each brings its versions.
const GRANTS: u64 = 100;
/// Requests of a page: each brings the brand's words.
const REQUESTS: u64 = 100;

/// A page, and where the next one begins; none after the last.
pub(super) struct Page<C> {
    pub items: Vec<Value>,
    pub next: Option<C>,
}

impl<C> Page<C> {
    /// A page of up to `most` rows; fewer are the last.
    fn of<R>(rows: Vec<R>, most: u64, cursor: impl Fn(&R) -> C, show: impl Fn(R) -> Value) -> Self {
        let next = (rows.len() as u64 == most).then(|| rows.last().map(cursor)).flatten();
        Self { items: rows.into_iter().map(show).collect(), next }
    }
}

/// One customer's holdings, with the names of brands and apps that were met so far.
pub(super) struct Holdings {
    deps: Deps,
    owner: Owner,
    brands: HashMap<BrandId, Value>,
    apps: HashMap<AppId, String>,
    known_as: HashMap<BrandId, ProfileId>,
}

impl Holdings {
    pub fn new(deps: Deps, owner: Owner) -> Self {
        Self { deps, owner, brands: HashMap::new(), apps: HashMap::new(), known_as: HashMap::new() }
    }

    async fn customer(&self) -> Result<customer::Model, DbErr> {
        let row = customer::Entity::find_by_id(self.owner.customer()).one(self.deps.vault.store.reader()).await?;
        row.ok_or_else(|| DbErr::RecordNotFound("the customer".into()))
    }

    pub async fn account(&self) -> Result<Value, DbErr> {
        let row = self.customer().await?;
        let email = own::login_address(&self.deps.vault, &self.owner).await?;
        Ok(json!({
            "id": row.id.to_string(),
            "email": email.as_ref(),
            "status": row.status,
            "createdAt": row.created_at,
            "consentRevision": row.consent_revision,
        }))
    }

    pub async fn direct_marketing(&self) -> Result<Value, DbErr> {
        let blocked_at = self.customer().await?.marketing_blocked_at;
        Ok(json!({ "allowed": blocked_at.is_none(), "blockedAt": blocked_at }))
    }

    /// What they said about themself. Their handles are in `links`.
    pub async fn profile(&mut self) -> Result<Value, DbErr> {
        let clusters = own::clusters(&self.deps.vault, &self.owner).await?;
        let needs = clusters.read::<Vec<Context>>()?;
        let mut contexts = Vec::new();
        for need in needs.iter().flat_map(|needs| needs.as_ref()) {
            self.meet(need.audience).await?;
            contexts.push(json!({
                "id": need.id.to_string(),
                "topic": need.topic,
                "text": need.text,
                "area": need.area,
                "wishedOutcome": need.wished_outcome,
                "statedAt": need.stated_at,
                "brand": need.audience.and_then(|brand| self.brands.get(&brand)),
            }));
        }
        Ok(json!({
            "name": whole::<PersonName>(&clusters)?,
            "contact": whole::<ContactDetails>(&clusters)?,
            "area": whole::<Area>(&clusters)?,
            "language": whole::<Language>(&clusters)?,
            "preferences": whole::<Vec<Preference>>(&clusters)?,
            "context": contexts,
        }))
    }

    /// Who knows them, by which id.
    pub async fn brands(&mut self) -> Result<Value, DbErr> {
        self.known_as = own::pairwise_ids(&self.deps.vault, &self.owner).await?;
        let ids: Vec<BrandId> = self.known_as.keys().copied().collect();
        self.meet(ids).await?;
        let one = |(brand, id): (&BrandId, &ProfileId)| json!({ "brand": self.brands.get(brand), "profileId": id.to_string() });
        Ok(self.known_as.iter().map(one).collect())
    }

    pub async fn links(&mut self, after: Option<LinkId>) -> Result<Page<LinkId>, DbErr> {
        let rows = export::links(&self.deps.vault, &self.owner, after, ROWS).await?;
        let show = |link: export::EveryLink| {
            let (handle, account) = link.names.as_ref();
            json!({
                "id": link.id.to_string(),
                "channel": link.channel,
                "handle": handle,
                "accountId": account,
                "verifiedAt": link.verified_at,
                "endedAt": link.ended_at,
                "endReason": link.end_reason,
            })
        };
        Ok(Page::of(rows, ROWS, |link| link.id, show))
    }

    pub async fn codes(&mut self, after: Option<ChallengeId>) -> Result<Page<ChallengeId>, DbErr> {
        let rows = export::codes(&self.deps.vault, &self.owner, after, ROWS).await?;
        let show = |code: export::SentCode| {
            json!({
                "for": purpose_of(code.kind),
                "channel": code.channel,
                "handle": code.handle.as_ref(),
                "issuedAt": code.issued_at,
                "completedAt": code.completed_at,
            })
        };
        Ok(Page::of(rows, ROWS, |code| code.id, show))
    }

    /// The addresses that they signed in with before, as long as such a change can be taken back.
    pub async fn former_addresses(&self) -> Result<Value, DbErr> {
        let rows = login::former(&self.deps.vault, &self.owner).await?;
        let show = |row: &login::FormerLogin| json!({ "email": row.address.as_ref(), "replacedAt": row.replaced_at, "until": row.until });
        Ok(rows.iter().map(show).collect())
    }

    /// That there is a second factor; what it is made of opens the account and is not told.
    pub async fn second_factor(&self) -> Result<Value, DbErr> {
        let own = second_factor::own(&self.deps.vault, &self.owner).await?;
        let show = |own: second_factor::SecondFactor| json!({ "since": own.since, "recoveryCodesLeft": own.recovery_codes_left });
        Ok(own.map_or(Value::Null, show))
    }

    /// By what they open their account; never by which keys.
    pub async fn passkeys(&self) -> Result<Value, DbErr> {
        let rows = passkey::own(&self.deps.vault, &self.owner).await?;
        let one = |row: passkey::OwnPasskey| json!({ "nickname": row.nickname.as_ref(), "createdAt": row.created_at, "lastUsedAt": row.used_at, "backedUp": row.backed_up });
        Ok(rows.into_iter().map(one).collect())
    }

    /// Those that may still come back.
    pub async fn attempts(&self) -> Result<Value, DbErr> {
        let rows = providers::own_attempts(&self.deps, &self.owner).await?;
        let one = |row: entity::provider_attempt::Model| json!({ "for": row.kind, "provider": row.provider, "begunAt": row.begun_at, "expiresAt": row.expires_at });
        Ok(rows.into_iter().map(one).collect())
    }

    /// Newest first, each with its versions.
    pub async fn grants(&mut self, after: Option<GrantCursor>) -> Result<Page<GrantCursor>, DbErr> {
        let now = self.deps.vault.now().await?;
        let rows = grants(&self.deps, &self.owner, after, GRANTS).await?;
        self.meet(rows.iter().map(|row| row.brand_id)).await?;
        let versions = grant_version::Entity::find()
            .filter(grant_version::Column::CustomerId.eq(self.owner.customer()))
            .filter(grant_version::Column::GrantId.is_in(rows.iter().map(|row| row.id)))
            .order_by_asc(grant_version::Column::Version)
            .all(self.deps.vault.store.reader())
            .await?;
        let show = |row: grant::Model| {
            let versions: Vec<_> = versions.iter().filter(|version| version.grant_id == row.id).map(version).collect();
            json!({
                "id": row.id.to_string(),
                "brand": self.brands.get(&row.brand_id),
                "profileId": self.known_as.get(&row.brand_id).map(ProfileId::to_string),
                "purpose": row.purpose,
                "state": state_at(&row, now),
                "version": row.version,
                "scopes": scopes(&row.pins),
                "validFrom": row.valid_from,
                "expiresAt": row.expires_at,
                "createdAt": row.created_at,
                "endedAt": row.ended_at,
                "acknowledgedAt": row.acknowledged_at,
                "deletedAt": row.deleted_at,
                "versions": versions,
            })
        };
        Ok(Page::of(rows, GRANTS, |row| GrantCursor { created_at: row.created_at, id: row.id }, show))
    }

    /// Every request that they have opened, with their answer and nobody else's.
    pub async fn requests(&mut self, after: Option<ConsentRequestId>) -> Result<Page<ConsentRequestId>, DbErr> {
        let now = self.deps.vault.now().await?;
        let rows = requests::opened(&self.deps, &self.owner, after, REQUESTS).await?;
        self.meet(rows.iter().map(|(opening, _)| opening.brand_id)).await?;
        let show = |(opening, request): (request_opening::Model, Option<consent_request::Model>)| {
            let status = |row: &consent_request::Model| status_at(row.given_at, row.lapses_at, now);
            let status = request.as_ref().map_or(RequestStatus::Lapsed, status);
            let own = request.as_ref().filter(|_| opening.state == RequestState::Given);
            json!({
                "id": opening.request_id.to_string(),
                "brand": self.brands.get(&opening.brand_id),
                "purpose": opening.purpose,
                "asked": request.as_ref().map(asked),
                "openedAt": opening.opened_at,
                "state": opening_state_at(opening.state, status),
                "answeredAt": opening.answered_at,
                "grantId": own.and_then(|row| row.grant_id).map(|id| id.to_string()),
            })
        };
        Ok(Page::of(rows, REQUESTS, |(opening, _)| opening.request_id, show))
    }

    /// Oldest first.
    pub async fn events(&mut self, after: Option<i64>) -> Result<Page<i64>, DbErr> {
        let rows = consent_event::Entity::find()
            .filter(consent_event::Column::CustomerId.eq(self.owner.customer()))
            .filter(consent_event::Column::Revision.gt(after.unwrap_or_default()))
            .order_by_asc(consent_event::Column::Revision)
            .limit(ROWS)
            .all(self.deps.vault.store.reader())
            .await?;
        let show = |row: consent_event::Model| {
            json!({
                "id": row.id.to_string(),
                "revision": row.revision,
                "grantId": row.grant_id.map(|id| id.to_string()),
                "requestId": row.request_id.map(|id| id.to_string()),
                "grantVersion": row.version,
                "kind": row.kind,
                "actor": row.actor,
                "reason": row.reason,
                "deletionWanted": row.deletion_wanted,
                "occurredAt": row.occurred_at,
            })
        };
        Ok(Page::of(rows, ROWS, |row| row.revision, show))
    }

    /// Newest first, each as the file to keep.
    pub async fn receipts(&mut self, before: Option<i64>) -> Result<Page<i64>, DbErr> {
        let rows = receipt::own(&self.deps.vault, &self.owner, before, ROWS).await?;
        let show = |(_, own): (i64, OwnReceipt)| receipts::content(&own.receipt, Some(&own.opening));
        Ok(Page::of(rows, ROWS, |(revision, _)| *revision, show))
    }

    /// What apps got by asking them at /oauth/authorize.
    pub async fn authorizations(&mut self, after: Option<FamilyId>) -> Result<Page<FamilyId>, DbErr> {
        let mut query = token_family::Entity::find().filter(token_family::Column::CustomerId.eq(self.owner.customer()));
        if let Some(after) = after {
            query = query.filter(token_family::Column::Id.gt(after));
        }
        let query = query.order_by_asc(token_family::Column::Id).limit(ROWS);
        let rows = query.all(self.deps.vault.store.reader()).await?;
        self.meet(rows.iter().map(|row| row.brand_id)).await?;
        self.meet_apps(rows.iter().map(|row| row.app_id)).await?;
        let show = |row: token_family::Model| {
            json!({
                "brand": self.brands.get(&row.brand_id),
                "app": self.apps.get(&row.app_id),
                "grantId": row.grant_id.to_string(),
                "createdAt": row.created_at,
                "usedAt": row.refreshed_at,
                "endedAt": row.ended_at,
                "endReason": row.end_reason,
            })
        };
        Ok(Page::of(rows, ROWS, |row| row.id, show))
    }

    pub async fn sessions(&mut self, after: Option<SessionId>) -> Result<Page<SessionId>, DbErr> {
        let mut query = session::Entity::find().filter(session::Column::CustomerId.eq(self.owner.customer()));
        if let Some(after) = after {
            query = query.filter(session::Column::Id.gt(after));
        }
        let query = query.order_by_asc(session::Column::Id).limit(ROWS);
        let rows = query.all(self.deps.vault.store.reader()).await?;
        let show = |row: session::Model| {
            json!({
                "createdAt": row.created_at,
                "label": row.label,
                "refreshedAt": row.refreshed_at,
                "provenAt": row.proven_at,
                "expiresAt": row.expires_at,
                "endedAt": row.ended_at,
                "endReason": row.end_reason,
            })
        };
        Ok(Page::of(rows, ROWS, |row| row.id, show))
    }

    /// Learns the names of apps, those that are new in one statement.
    async fn meet_apps(&mut self, ids: impl IntoIterator<Item = AppId>) -> Result<(), DbErr> {
        let unknown: Vec<AppId> = ids.into_iter().filter(|id| !self.apps.contains_key(id)).collect();
        let apps = brands::load_apps(&self.deps, unknown).await?;
        self.apps.extend(apps.into_iter().map(|app| (app.id, app.client_id)));
        Ok(())
    }

    /// Learns the names of brands, those that are new in one statement.
    async fn meet(&mut self, ids: impl IntoIterator<Item = BrandId>) -> Result<(), DbErr> {
        let unknown: Vec<BrandId> = ids.into_iter().filter(|id| !self.brands.contains_key(id)).collect();
        for brand in brands::load(&self.deps, unknown).await? {
            self.brands.insert(brand.id, json!({ "slug": brand.slug, "name": brand.name }));
        }
        Ok(())
    }
}

const fn purpose_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Link => "LINK",
        Kind::Message => "MESSAGE",
        Kind::Claim => "CLAIM",
        Kind::Reset => "PASSWORD_RESET",
        Kind::Address => "EMAIL_CHANGE",
        Kind::Proof => "STEP_UP",
    }
}

/// A cluster as it is stored; null if nothing was said there.
fn whole<T: Cluster + Serialize>(clusters: &own::OwnClusters) -> Result<Value, DbErr> {
    let Some(value) = clusters.read::<T>()? else { return Ok(Value::Null) };
    serde_json::to_value(value.as_ref()).map_err(|_| DbErr::Type("a cluster has no JSON form".into()))
}

fn asked(row: &consent_request::Model) -> Value {
    json!({
        "scopes": row.scopes.0,
        "durationDays": row.duration_days,
        "offer": row.offer,
        "returnTo": row.return_to,
        "notice": { "id": row.notice_id, "version": row.notice_version },
        "createdAt": row.created_at,
        "lapsesAt": row.lapses_at,
    })
}

fn version(row: &grant_version::Model) -> Value {
    json!({
        "version": row.version,
        "scopes": scopes(&row.pins),
        "validFrom": row.valid_from,
        "expiresAt": row.expires_at,
        "notice": { "id": row.notice_id, "version": row.notice_version, "locale": row.notice_locale },
        "method": row.method,
        "createdAt": row.created_at,
    })
}

/// Each scope with the version that was agreed to.
fn scopes(pins: &Pins) -> Value {
    let versions = pins.0.iter().map(|(scope, version)| (scope.as_str().to_owned(), json!(version)));
    Value::Object(versions.collect::<Map<_, _>>())
}

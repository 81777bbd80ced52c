//! Consent requests, as the customer sees them who is to answer: everything that a consent screen needs, and nothing
//! chosen beforehand.

use std::collections::HashMap;

use async_graphql::{ID, Object, Result, SimpleObject};
use entity::access::Owner;
use entity::ids::BrandId;
use entity::kinds::Purpose;
use entity::scope::{Pins, Scope};
use entity::values::{HttpsUrl, Locale, Timestamp};
use entity::vault::current_version;
use entity::{consent_request, notice};

use super::brand::Brand;
use super::notice::{Notice, Texts, best};
use crate::deps::Deps;
use crate::domain::requests::{self, WaitingRequest, Wordings};
use crate::graphql::context::fault;

/// A scope that the customer may give or leave.
#[derive(SimpleObject)]
pub struct ScopeChoice {
    /// Which.
    scope: Scope,
    /// At which version: a field that joins the scope later is not asked for.
    version: u16,
    /// Its label in plain words.
    label: String,
    /// Every permission in it, in plain words.
    permissions: Vec<String>,
    /// Whether giving it deserves particular care.
    sensitive: bool,
    /// Whether the offer depends on it: all that are required are given, or the request is refused.
    required: bool,
    /// Why, in the brand's words.
    reason: String,
    /// Whether the customer shares all of it with this brand for this purpose already. An answer that leaves it out ends
    /// that.
    shared: bool,
}

impl ScopeChoice {
    /// A scope that an app asks for at /oauth/authorize, beside what is shared for the same purpose already.
    pub(super) fn asked_by_app(scope: Scope, purpose: Purpose, wordings: &Wordings, held: Option<&Pins>) -> Self {
        let version = current_version(scope);
        let (label, permissions) = wordings.of(scope, version);
        Self {
            scope,
            version,
            label,
            permissions,
            sensitive: scope.is_sensitive(),
            required: false,
            reason: purpose.label().to_owned(),
            shared: held.and_then(|pins| pins.version(scope)).is_some_and(|held| held >= version),
        }
    }
}

/// A brand's request that waits for the customer's answer. For a customer who has opened it.
pub struct PendingConsentRequest {
    row: consent_request::Model,
    opened_at: Timestamp,
    brand: Brand,
    scopes: Vec<ScopeChoice>,
    texts: Vec<notice::Model>,
    now: Timestamp,
}

/// A brand's request that waits for the customer's answer. For a customer who has opened it.
#[Object]
impl PendingConsentRequest {
    /// The request's id, to answer or refuse it.
    async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Who asks.
    async fn brand(&self) -> &Brand {
        &self.brand
    }

    /// For what.
    async fn purpose(&self) -> Purpose {
        self.row.purpose
    }

    /// For what, in plain words.
    async fn purpose_label(&self) -> &str {
        self.row.purpose.label()
    }

    /// What is asked for, in the brand's order. None is chosen beforehand.
    async fn scopes(&self) -> &[ScopeChoice] {
        &self.scopes
    }

    /// For how many days at most.
    async fn duration_days(&self) -> i32 {
        self.row.duration_days
    }

    /// The end of the grant if it is given now and no earlier end is chosen.
    async fn expires_at(&self) -> Timestamp {
        self.now.plus_days(self.row.duration_days.into())
    }

    /// What the customer gets, in the brand's words.
    async fn offer(&self) -> &str {
        &self.row.offer
    }

    /// Where the brand would have them go afterwards. Going there tells the brand that they have been here.
    async fn return_to(&self) -> Option<HttpsUrl> {
        self.row.return_to.as_ref()?.parse().ok()
    }

    /// The host of `returnTo`, to be shown.
    async fn return_host(&self) -> Option<String> {
        let url: HttpsUrl = self.row.return_to.as_ref()?.parse().ok()?;
        Some(url.host().to_owned())
    }

    /// The text to be shown beside the decision. Name its `locale` in the answer.
    async fn notice(
        &self,
        #[graphql(desc = "The language that the customer reads: the nearest text that there is.")] locale: Option<
            Locale,
        >,
    ) -> Option<Notice> {
        best(&self.texts, locale.as_ref())
    }

    /// When the brand asked.
    async fn created_at(&self) -> Timestamp {
        self.row.created_at
    }

    /// When the customer opened it first.
    async fn opened_at(&self) -> Timestamp {
        self.opened_at
    }

    /// From then on it can no longer be answered; nor once somebody else has given who has the link too.
    async fn lapses_at(&self) -> Timestamp {
        self.row.lapses_at
    }
}

/// What requests need to be shown: brands, wordings, notices, and what is shared already. Loaded once per list.
pub struct RequestContext {
    brands: HashMap<BrandId, Brand>,
    wordings: Wordings,
    texts: Texts,
    shared: HashMap<(BrandId, Purpose), Pins>,
    now: Timestamp,
}

impl RequestContext {
    /// Loads what these requests need, in four statements however many they are.
    pub async fn load(deps: &Deps, owner: &Owner, now: Timestamp, waiting: &[WaitingRequest]) -> Result<Self> {
        let rows = || waiting.iter().map(|waiting| &waiting.request);
        Ok(Self {
            brands: Brand::load(deps, rows().map(|row| row.brand_id)).await?,
            wordings: requests::load_wordings(deps).await.map_err(fault)?,
            texts: Texts::load(deps, rows().map(|row| (row.notice_id.as_str(), row.notice_version))).await?,
            shared: requests::find_live_grants(deps, owner, now).await.map_err(fault)?,
            now,
        })
    }

    /// The request with what it needs.
    pub fn show(&self, waiting: WaitingRequest) -> Option<PendingConsentRequest> {
        let WaitingRequest { request: row, opened_at } = waiting;
        let brand = self.brands.get(&row.brand_id)?.clone();
        let shared = self.shared.get(&(row.brand_id, row.purpose));
        let scopes = row.scopes.0.iter().map(|asked| self.choice(asked, shared)).collect();
        let texts = self.texts.of(&row.notice_id, row.notice_version);
        Some(PendingConsentRequest { row, opened_at, brand, scopes, texts, now: self.now })
    }

    fn choice(&self, asked: &consent_request::AskedScope, shared: Option<&Pins>) -> ScopeChoice {
        let (label, permissions) = self.wordings.of(asked.scope, asked.version);
        let held = shared.and_then(|pins| pins.version(asked.scope));
        ScopeChoice {
            scope: asked.scope,
            version: asked.version,
            label,
            permissions,
            sensitive: asked.scope.is_sensitive(),
            required: asked.required,
            reason: asked.reason.clone(),
            shared: held.is_some_and(|held| held >= asked.version),
        }
    }
}

/// One request with what it needs.
pub(in crate::graphql) async fn show(
    deps: &Deps,
    owner: &Owner,
    waiting: WaitingRequest,
) -> Result<Option<PendingConsentRequest>> {
    let now = deps.vault.now().await.map_err(fault)?;
    Ok(RequestContext::load(deps, owner, now, std::slice::from_ref(&waiting)).await?.show(waiting))
}

//! What an app asks at `/oauth/authorize`, checked. Until the address to go back to is known to be the app's, mistakes are
//! shown; afterwards they are sent back (RFC 6749 section 4.1.2.1).

use entity::app;
use entity::consent_request::{AskedScope, AskedScopes};
use entity::ids::{AppId, BrandId, ConsentRequestId};
use entity::kinds::{AppStatus, Purpose};
use entity::scope::Scope;
use entity::values::{RedirectUri, Timestamp};
use entity::vault::current_version;
use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};

use crate::deps::Deps;
use crate::domain::apps;

/// A customer has this long to sign in and to decide.
const MINUTES: i64 = 30;
/// What an app may have sent along, to be sent back.
const LONGEST_STATE: usize = 1_000;
/// A SHA-256 in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// What an app asks of whoever it has sent here.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ask {
    /// Becomes the id of the consent request, once it is answered.
    pub id: ConsentRequestId,
    /// Who asks.
    pub brand: BrandId,
    /// With which app.
    pub app: AppId,
    /// The app's public identifier.
    pub client_id: String,
    /// Where to go back to.
    pub redirect_uri: RedirectUri,
    /// For what.
    pub purpose: Purpose,
    /// What it wants to read, each once.
    pub scopes: Vec<Scope>,
    /// What goes back as it came.
    pub state: Option<String>,
    /// What the code is bound to.
    pub challenge: String,
    /// And to which key (RFC 9449 section 10), if the app has named one.
    pub key: Option<String>,
    /// From then on it cannot be answered.
    pub until: Timestamp,
}

impl Ask {
    /// What it wants to read, as a consent request has it: as it is today, and nothing of it required.
    #[must_use]
    pub fn asked(&self) -> AskedScopes {
        let reason = self.purpose.label();
        let asked = |scope: &Scope| AskedScope {
            scope: *scope,
            version: current_version(*scope),
            required: false,
            reason: reason.to_owned(),
        };
        AskedScopes(self.scopes.iter().map(asked).collect())
    }
}

/// A mistake that the app is told of, by sending the customer back.
#[derive(Debug, Clone)]
pub struct SentBack {
    /// Where to.
    pub redirect_uri: RedirectUri,
    /// For programs.
    pub error: &'static str,
    /// For people.
    pub description: &'static str,
    /// What the app had sent along.
    pub state: Option<String>,
}

/// Why nobody is asked.
#[derive(Debug, thiserror::Error)]
pub enum Declined {
    /// Whoever came is told, and sent nowhere.
    #[error("{0}")]
    Shown(&'static str),
    /// The app is told.
    #[error("the request has a mistake")]
    SentBack(Box<SentBack>),
    /// Only we can mend it.
    #[error(transparent)]
    Fault(#[from] DbErr),
}

/// Checks what an app asks. `parameter` gives those of the request by name, `doubled` says whether one stands there twice.
///
/// # Errors
/// See [`Declined`].
pub async fn receive<'p>(
    deps: &Deps,
    parameter: impl Fn(&str) -> Option<&'p str>,
    doubled: impl Fn(&[&str]) -> bool,
) -> Result<Ask, Declined> {
    if doubled(&["client_id", "redirect_uri"]) {
        return Err(Declined::Shown("the app named itself or its address twice"));
    }
    let client_id = parameter("client_id").unwrap_or_default();
    let app = find_active(deps.vault.store.reader(), client_id).await?;
    let app = app.ok_or(Declined::Shown("the app that sent you here is not registered, or not active"))?;
    receive_from(deps, &app, parameter, doubled)
}

/// The same of an app that is known to be active.
///
/// # Errors
/// See [`Declined`].
pub(super) fn receive_from<'p>(
    deps: &Deps,
    app: &app::Model,
    parameter: impl Fn(&str) -> Option<&'p str>,
    doubled: impl Fn(&[&str]) -> bool,
) -> Result<Ask, Declined> {
    let redirect_uri = parameter("redirect_uri").and_then(|text| app.redirect_uris.find(text)).cloned();
    let redirect_uri = redirect_uri.ok_or(Declined::Shown(
        "the app that sent you here did not name one of the addresses that it has registered to send you back to",
    ))?;
    let state = parameter("state").map(str::to_owned);
    let sent_back = |(error, description): (&'static str, &'static str)| {
        let state = state.clone().filter(|state| state.len() <= LONGEST_STATE);
        Declined::SentBack(Box::new(SentBack { redirect_uri: redirect_uri.clone(), error, description, state }))
    };
    if doubled(&[]) {
        return Err(sent_back(("invalid_request", "a parameter stands twice")));
    }
    let (purpose, scopes, challenge) = check(app, &parameter).map_err(sent_back)?;
    if state.as_ref().is_some_and(|state| state.len() > LONGEST_STATE) {
        return Err(sent_back(("invalid_request", "state may have 1,000 bytes")));
    }
    let now = deps.vault.clock.now();
    Ok(Ask {
        // Not by time: the brand sees it.
        id: ConsentRequestId(deps.vault.entropy.id()),
        brand: app.brand_id,
        app: app.id,
        client_id: app.client_id.clone(),
        redirect_uri: redirect_uri.clone(),
        purpose,
        scopes,
        state,
        challenge,
        key: parameter("dpop_jkt").map(str::to_owned),
        until: now.plus_minutes(MINUTES),
    })
}

/// The app, if it may call.
pub(super) async fn find_active(
    connection: &impl ConnectionTrait,
    client_id: &str,
) -> Result<Option<app::Model>, DbErr> {
    let found = apps::find(connection, client_id).await?;
    Ok(found.filter(|app| app.status == AppStatus::Active))
}

type Mistake = (&'static str, &'static str);

fn check<'p>(
    app: &app::Model,
    parameter: &impl Fn(&str) -> Option<&'p str>,
) -> Result<(Purpose, Vec<Scope>, String), Mistake> {
    match parameter("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "only response_type=code is supported")),
        None => return Err(("invalid_request", "response_type is missing")),
    }
    if parameter("response_mode").is_some_and(|mode| mode != "query") {
        return Err(("invalid_request", "only response_mode=query is supported"));
    }
    if parameter("request").is_some() {
        return Err(("request_not_supported", "push the request instead of sending it as an object"));
    }
    if parameter("code_challenge_method") != Some("S256") {
        return Err(("invalid_request", "code_challenge_method must be S256"));
    }
    if parameter("dpop_jkt").is_some_and(|text| !is_challenge(text)) {
        return Err(("invalid_request", "dpop_jkt must be the SHA-256 thumbprint of a key in base64url"));
    }
    let challenge = parameter("code_challenge").filter(|text| is_challenge(text));
    let challenge = challenge.ok_or(("invalid_request", "code_challenge must be a SHA-256 in base64url"))?;
    let purpose = parameter("purpose").and_then(Purpose::find);
    let purpose = purpose.ok_or(("invalid_request", "purpose must be one of /graphql's, such as CUSTOMER_CARE"))?;
    if app.purposes & purpose.bit() == 0 {
        return Err(("unauthorized_client", "the app is not registered for this purpose"));
    }
    Ok((purpose, scopes(app, parameter("scope").unwrap_or_default())?, challenge.to_owned()))
}

fn scopes(app: &app::Model, text: &str) -> Result<Vec<Scope>, Mistake> {
    let mut scopes = Vec::new();
    for word in text.split_ascii_whitespace() {
        let scope = Scope::ALL.iter().copied().find(|scope| scope.token() == word && app.scopes.contains(*scope));
        let scope = scope.ok_or(("invalid_scope", "a scope is unknown or not registered for this app"))?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() {
        return Err(("invalid_scope", "name at least one scope, such as name:read"));
    }
    Ok(scopes)
}

fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

//! Providers: who somebody is there, by their own sign-in (OpenID Connect Core 1.0, OAuth 2.1 with PKCE).
//!
//! The library for this, `openidconnect`, brings the crate `rsa`, which is banned here, and forty more; `jsonwebtoken` over
//! aws-lc-rs verifies the same signatures. So the protocol is written out: an attempt that only its own browser can
//! finish, and an identity of which every part is checked.

mod attempt;
mod identity;
mod sign_in;

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::config::providers::{Protocol, Provider};
use crate::deps::Deps;
use crate::outbound::{Outbound, OutboundFault, is_secure};

pub use attempt::{Attempt, Returned, Started, forget_attempts, own_attempts};
pub(in crate::domain) use attempt::{begin, take};
pub use identity::Identity;
pub(in crate::domain) use identity::identify;
pub(in crate::domain) use sign_in::finish;
pub use sign_in::{Completed, complete, start};

/// What an issuer says of itself is asked for again after so many milliseconds.
const HOLDS: i64 = 600_000;

/// Why somebody's sign-in at a provider proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum NotProven {
    /// It was not begun here, by this browser and this session, or is over, or what came back does not belong to it: all
    /// alike.
    #[error("this sign-in does not belong to one that was begun here, or is over; begin again")]
    Unfit,
    /// The customer said no.
    #[error("you did not agree, so nothing was linked")]
    Denied,
    /// The provider does not say who it is in a way that can be relied on.
    #[error("the provider does not say which handle is yours, or has not verified it")]
    NoHandle,
    /// The provider is away, or does not do what it should.
    #[error("the provider cannot be reached or answers wrongly; try again later")]
    Away,
    /// No account here is linked to it.
    #[error("no account here is linked to this one; sign in, and link it first")]
    Unknown,
    /// Ours.
    #[error(transparent)]
    Fault(#[from] sea_orm::DbErr),
}

impl From<OutboundFault> for NotProven {
    fn from(fault: OutboundFault) -> Self {
        tracing::warn!(%fault, "a provider");
        Self::Away
    }
}

/// The addresses of a provider, and what is to be expected of its answers.
#[derive(Debug, Clone)]
pub(super) struct Endpoints {
    pub authorization: String,
    pub token: String,
    pub userinfo: Option<String>,
    pub keys: Option<String>,
    /// Whether it always says who it is when it sends somebody back (RFC 9207).
    pub names_itself: bool,
}

/// What an issuer says of itself (OpenID Connect Discovery 1.0).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Those that the operator has set.
#[derive(Default)]
pub struct Providers {
    list: Vec<Provider>,
    outbound: Option<Outbound>,
    known: Mutex<HashMap<String, (i64, Endpoints)>>,
}

impl Providers {
    /// These providers.
    ///
    /// # Errors
    /// When there are some, and nothing can be called from here.
    pub fn new(list: Vec<Provider>) -> Result<Self, OutboundFault> {
        let outbound = if list.is_empty() { None } else { Some(Outbound::new()?) };
        Ok(Self { list, outbound, known: Mutex::default() })
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Provider] {
        &self.list
    }

    /// The one of that name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Provider> {
        self.list.iter().find(|provider| provider.name == name)
    }

    pub(super) fn outbound(&self) -> Result<&Outbound, NotProven> {
        self.outbound.as_ref().ok_or(NotProven::Away)
    }
}

/// Where a provider is spoken to.
pub(super) async fn endpoints(deps: &Deps, provider: &Provider) -> Result<Endpoints, NotProven> {
    let issuer = match &provider.protocol {
        Protocol::OpenId { issuer } => issuer,
        Protocol::OAuth { authorization, token, userinfo } => {
            return Ok(Endpoints {
                authorization: authorization.clone(),
                token: token.clone(),
                userinfo: Some(userinfo.clone()),
                keys: None,
                names_itself: false,
            });
        }
    };
    let now = deps.vault.clock.stopwatch();
    let mut known = deps.providers.known.lock().await;
    if let Some((since, endpoints)) = known.get(&provider.name)
        && now.saturating_sub(*since) < HOLDS
    {
        return Ok(endpoints.clone());
    }
    let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let document = deps.providers.outbound()?.get(&address, None).await?;
    let endpoints = read_metadata(document, issuer).ok_or_else(|| {
        tracing::warn!(provider = provider.name, "a provider says of itself what cannot be used");
        NotProven::Away
    })?;
    known.insert(provider.name.clone(), (now, endpoints.clone()));
    Ok(endpoints)
}

/// A document that another issuer could have written is none.
fn read_metadata(document: Value, issuer: &str) -> Option<Endpoints> {
    let metadata: Metadata = serde_json::from_value(document).ok()?;
    let addresses = [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri];
    let secure = addresses.into_iter().chain(&metadata.userinfo_endpoint).all(|address| is_secure(address));
    (metadata.issuer == issuer && secure).then_some(Endpoints {
        authorization: metadata.authorization_endpoint,
        token: metadata.token_endpoint,
        userinfo: metadata.userinfo_endpoint,
        keys: Some(metadata.jwks_uri),
        names_itself: metadata.authorization_response_iss_parameter_supported,
    })
}

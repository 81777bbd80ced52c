//! A brand's apps, as its administrators see them.

use async_graphql::{ID, Object, SimpleObject};
use entity::app;
use entity::jwk::{JwkSet, NamedJwk};
use entity::kinds::{AppKind, AppStatus, Purpose};
use entity::scope::Scope;
use entity::values::{RedirectUri, Timestamp};

/// An OAuth client of a brand, or the console that its staff act through. For the brand's administrators.
pub struct App(app::Model);

impl From<app::Model> for App {
    fn from(row: app::Model) -> Self {
        Self(row)
    }
}

/// An OAuth client of a brand, or the console that its staff act through. For the brand's administrators.
#[Object]
impl App {
    /// The app's id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Its public identifier.
    async fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// What acts through it.
    async fn kind(&self) -> AppKind {
        self.0.kind
    }

    /// Whether it may call.
    async fn status(&self) -> AppStatus {
        self.0.status
    }

    /// The scopes it may ever ask for.
    async fn scopes(&self) -> Vec<Scope> {
        self.0.scopes.iter().collect()
    }

    /// The purposes it may ever declare. Through the console, a role narrows them further.
    async fn purposes(&self) -> Vec<Purpose> {
        Purpose::ALL.iter().copied().filter(|purpose| self.0.purposes & purpose.bit() != 0).collect()
    }

    /// Where it may have customers sent back to: compared character by character.
    async fn redirect_uris(&self) -> Vec<&str> {
        self.0.redirect_uris.0.iter().map(RedirectUri::as_str).collect()
    }

    /// Where it wants to be told of changes.
    async fn webhook_url(&self) -> Option<&str> {
        self.0.webhook_url.as_deref()
    }

    /// The public keys that it signs in by (RFC 7523); none: it signs in by its secret.
    async fn keys(&self) -> Vec<AppKey> {
        self.0.keys.iter().flat_map(JwkSet::keys).map(AppKey::from).collect()
    }

    /// Whether it gets no access token but one that is bound to a key (RFC 9449). Any other app may ask for such tokens too.
    async fn dpop_bound_access_tokens(&self) -> bool {
        self.0.dpop_bound
    }

    /// Until when the secret before the newest holds too; null if there is none, or it was ended.
    async fn old_secret_until(&self) -> Option<Timestamp> {
        self.0.previous_secret_until
    }

    /// Since when it is registered.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }
}

/// A public key that an app signs in by.
#[derive(SimpleObject)]
pub struct AppKey {
    /// Its name in the header of an assertion.
    kid: String,
    /// The algorithm of its signatures: EdDSA (with Ed25519) or ES256.
    algorithm: &'static str,
    /// The SHA-256 by which it is known whoever writes it down (RFC 7638), in base64url.
    thumbprint: String,
}

impl From<&NamedJwk> for AppKey {
    fn from(one: &NamedJwk) -> Self {
        let (algorithm, thumbprint) = (one.key.algorithm().as_str(), one.key.thumbprint().to_string());
        Self { kid: one.kid.clone(), algorithm, thumbprint }
    }
}

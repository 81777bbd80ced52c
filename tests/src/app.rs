//! A brand's app that acts through the public API.

use serde_json::{Value, json};

use crate::reply::Reply;
use crate::world::World;

/// An OAuth client of a brand.
pub struct BrandApp<'w> {
    world: &'w World,
    /// The brand's slug.
    pub slug: String,
    /// The app's public identifier.
    pub client_id: String,
    /// Its secret.
    pub secret: String,
}

/// Every field of a profile.
pub const WHOLE_PROFILE: &str = "id
    name { displayName givenName familyName pronouns }
    contact { email phone preferredChannel }
    handles { channel handle verifiedAt }
    area { postalCode region country }
    language { locale timeZone }
    preferences { category key value }
    context { topic text area wishedOutcome statedAt }
    access { scope status grantId expiresAt }";

impl<'w> BrandApp<'w> {
    /// An app that the operator has registered.
    pub fn new(world: &'w World, slug: &str, client_id: &str, secret: &str) -> Self {
        Self { world, slug: slug.to_owned(), client_id: client_id.to_owned(), secret: secret.to_owned() }
    }

    /// Asks for a token.
    pub async fn ask_for_token(&self) -> Reply {
        let request = self
            .world
            .http
            .post(format!("{}/oauth/token", self.world.url))
            .basic_auth(&self.client_id, Some(&self.secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body("grant_type=client_credentials");
        Reply::of(request.send().await).await
    }

    /// A fresh access token.
    pub async fn token(&self) -> String {
        let reply = self.ask_for_token().await;
        reply.body["access_token"].as_str().unwrap_or_else(|| panic!("a token: {}", reply.text)).to_owned()
    }

    /// A GraphQL request as this app.
    pub async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.world.ask_as(Some(&self.token().await), query, variables).await
    }

    /// Looks somebody up by an e-mail handle, for a purpose, selecting these fields.
    pub async fn look_up(&self, address: &str, purpose: &str, fields: &str) -> Reply {
        self.look_up_on("EMAIL", address, purpose, fields).await
    }

    /// Looks somebody up by a handle on any channel.
    pub async fn look_up_on(&self, channel: &str, handle: &str, purpose: &str, fields: &str) -> Reply {
        let query = format!(
            "query($by: ProfileLocator!, $purpose: Purpose!) {{ profile(by: $by, purpose: $purpose) {{ {fields} }} }}"
        );
        let by = json!({ "handle": { "channel": channel, "handle": handle } });
        self.ask(&query, json!({ "by": by, "purpose": purpose })).await
    }

    /// The whole profile behind an e-mail handle; null if there is none to see.
    pub async fn profile(&self, address: &str, purpose: &str) -> Value {
        self.look_up(address, purpose, WHOLE_PROFILE).await.data("/profile").clone()
    }
}

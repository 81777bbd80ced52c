//! Apps: the OAuth clients of brands. Everyone who reads as a brand is an app.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ids::{AppId, BrandId};
use crate::jwk::JwkSet;
use crate::kinds::{AppKind, AppStatus};
use crate::scope::ScopeSet;
use crate::values::{RedirectUri, Timestamp};

/// A row of `app`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "app")]
pub struct Model {
    /// The brand it reads for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The app.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AppId,
    /// Its public identifier at `/oauth/token`.
    #[sea_orm(unique)]
    pub client_id: String,
    /// A keyed hash of its secret.
    pub secret_hash: Vec<u8>,
    /// Rises with every new secret: tokens issued before it are refused, but for those of the secret just before it while
    /// that one still holds.
    pub secret_epoch: i32,
    /// A keyed hash of the secret before it, during a rotation.
    pub previous_secret_hash: Option<Vec<u8>>,
    /// Until when that one holds too (exclusive).
    pub previous_secret_until: Option<Timestamp>,
    /// What acts through it.
    pub kind: AppKind,
    /// Whether it may call.
    pub status: AppStatus,
    /// Rises with every change of the status.
    pub status_revision: i32,
    /// The scopes it may ever ask for.
    pub scopes: ScopeSet,
    /// The purposes it may ever declare, as [`Purpose::bit`](crate::kinds::Purpose::bit)s.
    pub purposes: i64,
    /// Since when it is registered.
    pub created_at: Timestamp,
    /// Where it may have customers sent back to.
    pub redirect_uris: RedirectUris,
    /// Where it wants to be told of changes.
    pub webhook_url: Option<String>,
    /// What it signs its assertions with (RFC 7523). With keys it has no secret: one way for each app, and no other.
    pub keys: Option<JwkSet>,
    /// Whether it gets no token but one that is bound to a key (RFC 9449).
    pub dpop_bound: bool,
}

/// The addresses of an app; one of them fits only if it is written alike.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, FromJsonQueryResult)]
pub struct RedirectUris(pub Vec<RedirectUri>);

impl RedirectUris {
    /// The address that is written exactly so.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&RedirectUri> {
        self.0.iter().find(|uri| uri.as_str() == text)
    }
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

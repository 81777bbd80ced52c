//! Consent requests: what a brand asks of somebody whom it knows only by a message. A row says no more than the brand may
//! know; who has opened the link stands in [`crate::request_opening`].

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ids::{AppId, BrandId, ConsentRequestId, GrantId, ProfileId};
use crate::kinds::Purpose;
use crate::scope::Scope;
use crate::values::Timestamp;

/// A row of `consent_request`. Nothing in it changes but that it is given, once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_request")]
pub struct Model {
    /// Who asks.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The request. Random: the brand sees it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConsentRequestId,
    /// With which app it was asked.
    pub app_id: AppId,
    /// A keyed hash of the secret in the link.
    pub token_hash: Vec<u8>,
    /// The keyed hash of the one handle whose holder may open it; none: whoever has the link; empty: nobody any more,
    /// because somebody who held the handle was erased.
    pub intended: Option<Vec<u8>>,
    /// For what.
    pub purpose: Purpose,
    /// What is asked for, each scope at the version that it had when it was asked.
    pub scopes: AskedScopes,
    /// The longest that the answer may hold, in days of 24 hours.
    pub duration_days: i32,
    /// What the customer gets.
    pub offer: String,
    /// Where to go afterwards: an https address.
    pub return_to: Option<String>,
    /// The notice that is shown beside it.
    pub notice_id: String,
    /// Its version.
    pub notice_version: i32,
    /// When it was asked.
    pub created_at: Timestamp,
    /// From then on it can no longer be opened or answered.
    pub lapses_at: Timestamp,
    /// When it was given: all or part, by the first who did.
    pub given_at: Option<Timestamp>,
    /// What came of it; only once it is given.
    pub grant_id: Option<GrantId>,
    /// How the brand knows who gave it; only once it is given.
    pub profile_id: Option<ProfileId>,
}

/// One scope that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedScope {
    /// Which.
    pub scope: Scope,
    /// At which version: what it opened when it was asked for.
    pub version: u16,
    /// Whether the offer depends on it.
    pub required: bool,
    /// Why the brand wants it, in its words.
    pub reason: String,
}

/// The scopes of a request, each once, in the order in which the brand named them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct AskedScopes(pub Vec<AskedScope>);

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

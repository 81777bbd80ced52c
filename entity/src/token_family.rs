//! What an app got by asking a customer at `/oauth/authorize`: a code, and after it a line of refresh tokens, of which one
//! is good at a time. It names the grant that the customer gave; it is no consent, and permits nothing once that grant has
//! ended.

use sea_orm::entity::prelude::*;

use crate::ids::{AppId, BrandId, CustomerId, FamilyId, GrantId, ProfileId};
use crate::kinds::FamilyEnd;
use crate::values::Timestamp;

/// A row of `token_family`. Of code and refresh token it holds keyed hashes only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_family")]
pub struct Model {
    /// Whose app's it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The family.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FamilyId,
    /// The app.
    pub app_id: AppId,
    /// Who was asked.
    pub customer_id: CustomerId,
    /// What they had given when they came back.
    pub grant_id: GrantId,
    /// How the brand knows them.
    pub profile_id: ProfileId,
    /// A keyed hash of the code.
    pub code_hash: Vec<u8>,
    /// Where the code was sent to: whoever redeems it must name the same.
    pub redirect_uri: String,
    /// The PKCE challenge: whoever redeems the code must know what it was made from (RFC 7636).
    pub challenge: String,
    /// When the customer came back.
    pub created_at: Timestamp,
    /// From then on the code can no longer be redeemed.
    pub code_expires_at: Timestamp,
    /// When it was redeemed: once.
    pub redeemed_at: Option<Timestamp>,
    /// A keyed hash of the one refresh token that is good now.
    pub refresh_hash: Option<Vec<u8>>,
    /// When that one was handed out.
    pub refreshed_at: Option<Timestamp>,
    /// When it ended, if it did so before its grant.
    pub ended_at: Option<Timestamp>,
    /// Of the key that its newest tokens are bound to, or, before it was redeemed, that the code is (RFC 9449); none: they are
    /// bound to no key.
    pub key_thumbprint: Option<String>,
    /// Why.
    pub end_reason: Option<FamilyEnd>,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

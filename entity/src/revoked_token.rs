//! Access tokens that their app has given back before their time (RFC 7009). They are looked for on every request, so what
//! is given back bites no more on any node; a worker deletes them once they would have run out anyway.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, TokenId};
use crate::values::Timestamp;

/// A row of `revoked_token`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revoked_token")]
pub struct Model {
    /// Whose app's it was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The token's own id, its `jti`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TokenId,
    /// From then on nobody accepts it anyway.
    pub expires_at: Timestamp,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

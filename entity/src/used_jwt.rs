//! JWTs of apps that are good for one use: by a row here every node knows that one was used. A worker deletes it once
//! nobody would take that JWT any more.

use sea_orm::entity::prelude::*;

use crate::ids::BrandId;
use crate::values::Timestamp;

/// A row of `used_jwt`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "used_jwt")]
pub struct Model {
    /// Whose app's it was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// A keyed hash of who has made it and of its `jti`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// From then on it is too old anyway.
    pub expires_at: Timestamp,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

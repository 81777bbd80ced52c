//! Authorization requests that an app has pushed beforehand (RFC 9126): good for one use.

use sea_orm::entity::prelude::*;

use crate::ids::{AppId, BrandId};
use crate::values::Timestamp;

/// A row of `pushed_request`. It is deleted when it is used.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pushed_request")]
pub struct Model {
    /// Whose app has pushed it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// A keyed hash of its reference.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: Vec<u8>,
    /// The app.
    pub app_id: AppId,
    /// What was pushed, as the parameters of the authorization endpoint: a JSON object of texts.
    pub parameters: Json,
    /// From then on it is none.
    pub expires_at: Timestamp,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

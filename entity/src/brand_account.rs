//! The accounts under which customers write to a brand. The operator says which they are: whoever named one could read what is
//! written to it.

use sea_orm::entity::prelude::*;

use crate::ids::BrandId;
use crate::values::{Channel, Timestamp};

/// A row of `brand_account`. Small and read everywhere, as brands are.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "brand_account")]
pub struct Model {
    /// Whose account it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// Where it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: Channel,
    /// Its handle in the form that is compared: one brand has it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub normalised: String,
    /// Its handle in the form that is shown.
    pub handle: String,
    /// The channel's lasting id of it, once the channel has told it.
    pub account_id: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
}

/// None: tables of brands are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

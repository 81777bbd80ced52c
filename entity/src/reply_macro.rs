//! Macros: templates of replies that a brand's people share. The row is the newest version.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, MacroId};
use crate::values::Timestamp;

/// A row of `macro`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "macro")]
pub struct Model {
    /// The brand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The macro; the same across its versions.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MacroId,
    /// The newest version, from 1.
    pub version: i32,
    /// How its people call it.
    pub title: String,
    /// The text, with places.
    pub template: String,
    /// Since when nobody may use it any more.
    pub retired_at: Option<Timestamp>,
}

/// None: tables of brands are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Every version of a macro that there was: written once.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, MacroId, StaffId};
use crate::values::Timestamp;

/// A row of `macro_version`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "macro_version")]
pub struct Model {
    /// The brand.
    #[sea_orm(primary_key, auto_increment = false)]
    pub brand_id: BrandId,
    /// The macro.
    #[sea_orm(primary_key, auto_increment = false)]
    pub macro_id: MacroId,
    /// Which version, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// How it was called.
    pub title: String,
    /// The text, with places.
    pub template: String,
    /// Who wrote it.
    pub staff_id: StaffId,
    /// When.
    pub created_at: Timestamp,
}

/// None: tables of brands are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

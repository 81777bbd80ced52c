//! Notices: the exact text that stood beside a decision. Immutable, versioned, one row per language.

use sea_orm::entity::prelude::*;

use crate::values::Timestamp;

/// A row of `notice`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notice")]
pub struct Model {
    /// Which notice.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// From 1; a changed text is a new version.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// BCP 47.
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    /// The text.
    pub body: String,
    /// Since when it is in use.
    pub created_at: Timestamp,
}

/// The notice that consent through the API or an import refers to: no page was seen.
pub const STANDARD: &str = "standard";
/// Its current version.
pub const STANDARD_VERSION: i32 = 1;
/// Its language.
pub const STANDARD_LOCALE: &str = "en";
/// Its text.
pub const STANDARD_BODY: &str = "The brand named in the grant may read the parts of your data that the grant lists, \
    for the purpose it names, from its start until its end. Every read is recorded and shown to you. You may narrow, \
    pause or withdraw the grant at any time, at once and without giving a reason; what was read before stays lawful. \
    You may see, correct, export and erase what is held about you.";

/// None: notices are looked up by id.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

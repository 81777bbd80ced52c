//! Scope definitions as they were published, so that a grant's pinned versions can always be read back.

use sea_orm::entity::prelude::*;

use crate::scope::Scope;

/// A row of `scope_definition`, written when a release first brings that version.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scope_definition")]
pub struct Model {
    /// Which scope.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: Scope,
    /// From 1; rises when a field joins.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// The label in plain words.
    pub label: String,
    /// The permissions: a JSON list of the lines that customers read.
    pub permissions: Json,
    /// The schema fields it opens: a JSON list of paths below `Profile`.
    pub fields: Json,
}

/// None: definitions are looked up by scope.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

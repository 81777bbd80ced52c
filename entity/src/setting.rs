//! What the database knows about itself: which keys it belongs to, and whether it is a demo's.

use sea_orm::entity::prelude::*;

/// A row of `setting`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "setting")]
pub struct Model {
    /// What it says.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Never personal, never a secret.
    pub value: String,
}

/// A keyed hash of nothing in particular: tells whether the key file is the one that the database was made with.
pub const KEY_FINGERPRINT: &str = "key-fingerprint";
/// How far the endings journal was replayed over this database: a [`Place`](crate::journal::Place).
pub const JOURNAL_REPLAYED: &str = "journal-replayed";
/// When this database was restored last, in Unix milliseconds: what was news before is not any more.
pub const RESTORED_AT: &str = "restored-at";
/// Marks a database that `rapport demo` has made, and may throw away.
pub const DEMO: &str = "demo";

/// None: settings are looked up by name.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

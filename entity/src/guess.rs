//! Cells that count guesses: each fills by one with every guess and empties with time. All nodes share them.

use sea_orm::entity::prelude::*;

use crate::values::Timestamp;

/// A row of `guess`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "guess")]
pub struct Model {
    /// A keyed hash of what is counted and about whom: an account, a device, an address, an app. Nothing is in the clear.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    /// When it is empty, if nothing more is counted: the "theoretical arrival time" of GCRA. A cell that is not there is
    /// empty.
    pub empty_at: Timestamp,
}

/// None: whose they are cannot be told from the row.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

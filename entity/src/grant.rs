//! Grants: customer x brand x purpose, at most one open. The row is the current version; history is in
//! [`crate::grant_version`] and [`crate::consent_event`].

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, CustomerId, GrantId};
use crate::kinds::{GrantState, Purpose};
use crate::scope::{Pins, ScopeSet};
use crate::values::Timestamp;

/// A row of `grant`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grant")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The grant; the same across its versions.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrantId,
    /// Who may read.
    pub brand_id: BrandId,
    /// For what.
    pub purpose: Purpose,
    /// Where it stands.
    pub state: GrantState,
    /// The current version, from 1.
    pub version: i32,
    /// What may be read, each scope at the version agreed to.
    pub pins: Pins,
    /// The same scopes as one integer, for the statement that reads under consent.
    pub scopes: ScopeSet,
    /// Scopes that an earlier version held and this one does not.
    pub withdrawn_scopes: ScopeSet,
    /// From when on (inclusive).
    pub valid_from: Timestamp,
    /// Until when (exclusive).
    pub expires_at: Timestamp,
    /// When it was given.
    pub created_at: Timestamp,
    /// When it ended; at most one grant per customer, brand and purpose has none.
    pub ended_at: Option<Timestamp>,
    /// When the brand said that it knows of the end.
    pub acknowledged_at: Option<Timestamp>,
    /// When the brand said that it has deleted what it held.
    pub deleted_at: Option<Timestamp>,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

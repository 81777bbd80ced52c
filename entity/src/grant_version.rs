//! Grant versions: what exactly was agreed to, under which notice. Written once.

use sea_orm::entity::prelude::*;

use crate::ids::{CustomerId, GrantId};
use crate::kinds::ConsentMethod;
use crate::scope::Pins;
use crate::values::Timestamp;

/// A row of `grant_version`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grant_version")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The grant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub grant_id: GrantId,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// What may be read, each scope at the version agreed to.
    pub pins: Pins,
    /// From when on (inclusive).
    pub valid_from: Timestamp,
    /// Until when (exclusive).
    pub expires_at: Timestamp,
    /// The notice that stood beside the decision.
    pub notice_id: String,
    /// Its version.
    pub notice_version: i32,
    /// Its language.
    pub notice_locale: String,
    /// SHA-256 over its text, as [`crate::notice::Model::digest`] computes it: proves what was shown.
    pub notice_hash: Vec<u8>,
    /// How the decision was expressed.
    pub method: ConsentMethod,
    /// When.
    pub created_at: Timestamp,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

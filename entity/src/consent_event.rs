//! Consent events: everything that ever happened to a customer's grants, in one order per customer. Only appended.

use sea_orm::entity::prelude::*;

use crate::ids::{ConsentEventId, ConsentRequestId, CustomerId, GrantId};
use crate::kinds::{ConsentActor, ConsentEventKind};
use crate::values::Timestamp;

/// A row of `consent_event`. Its revision is its place in the customer's order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent_event")]
pub struct Model {
    /// Whose it is.
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// The customer's consent revision that this event made.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revision: i64,
    /// The event, for receipts and for the log.
    pub id: ConsentEventId,
    /// The grant it happened to; none for what concerns no single grant, such as a refusal or the marketing switch.
    pub grant_id: Option<GrantId>,
    /// The request that was answered or refused, if there was one.
    pub request_id: Option<ConsentRequestId>,
    /// The grant's version after it; 0 without a grant.
    pub version: i32,
    /// What happened.
    pub kind: ConsentEventKind,
    /// Who caused it.
    pub actor: ConsentActor,
    /// Why, in the words of the operator who did it; shown to the customer, so it names nobody.
    pub reason: Option<String>,
    /// When it took effect; for an expiry the grant's date, whenever it was noted.
    pub occurred_at: Timestamp,
    /// A keyed hash of the caller's idempotency key, so that a repeated request ends nothing twice.
    pub idempotency: Option<Vec<u8>>,
}

/// None: tables of brands and of customers are joined by hand.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Receipts: one per consent event. Only appended.
//!
//! The document holds no value and names the customer by the brand's own id of them, so it stays with the brand as
//! evidence when the customer is erased. What ties a customer's receipts to each other is sealed.

use sea_orm::entity::prelude::*;

use crate::ids::{BrandId, ConsentEventId, CustomerId, GrantId, ProfileId, ReceiptId};
use crate::kinds::ConsentEventKind;
use crate::values::Timestamp;

use super::sealed::Payload;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "receipt")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub customer_id: CustomerId,
    /// Random, because brands see it: an event's id tells by its counter what else the server has done meanwhile.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReceiptId,
    pub event_id: ConsentEventId,
    /// The event's place in the customer's order.
    pub revision: i64,
    /// The brand that is concerned; none for what concerns all.
    pub brand_id: Option<BrandId>,
    /// How that brand knows the customer.
    pub profile_id: Option<ProfileId>,
    pub grant_id: Option<GrantId>,
    pub kind: ConsentEventKind,
    /// The signed document, a compact JWS.
    pub document: String,
    /// The sealed opening of the document's commitment to the receipt before it.
    pub key_id: i32,
    pub payload: Payload,
    pub created_at: Timestamp,
    /// When it went to the customer by mail.
    pub mailed_at: Option<Timestamp>,
}

/// None: the vault joins.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

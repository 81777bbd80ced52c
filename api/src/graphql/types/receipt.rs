//! Receipts of consent events, to the customer and to the brand that they concern.

use std::collections::HashMap;

use async_graphql::{ID, Object, Result};
use entity::access::Owner;
use entity::ids::{BrandId, GrantId};
use entity::kinds::ConsentEventKind;
use entity::values::Timestamp;
use entity::vault::receipt::{self, OwnReceipt};
use entity::vault::{Owned, receipt::Opening};

use super::brand::Brand;
use crate::deps::Deps;
use crate::domain;
use crate::graphql::context::fault;

/// The signed proof of a consent event. For the customer, and for the brand that it concerns.
pub struct Receipt {
    receipt: receipt::Receipt,
    brand: Option<Brand>,
    /// None for the brand.
    opening: Option<Owned<Opening>>,
}

/// The signed proof of a consent event. For the customer, and for the brand that it concerns.
#[Object]
impl Receipt {
    /// The receipt's id.
    async fn id(&self) -> ID {
        self.receipt.id.into()
    }

    /// What happened.
    async fn kind(&self) -> ConsentEventKind {
        self.receipt.kind
    }

    /// When it was issued.
    async fn at(&self) -> Timestamp {
        self.receipt.at
    }

    /// The brand that is concerned; null for what concerns all of them.
    async fn brand(&self) -> Option<&Brand> {
        self.brand.as_ref()
    }

    /// The id by which that brand, and no other, knows the customer.
    async fn profile_id(&self) -> Option<ID> {
        self.receipt.profile.map(Into::into)
    }

    /// The grant that is concerned; null for what concerns no single one.
    async fn grant_id(&self) -> Option<ID> {
        self.receipt.grant.map(Into::into)
    }

    /// The fields of ISO/IEC TS 27560, signed with Ed25519 as a compact JWS (RFC 7515); the keys are at
    /// `/.well-known/jwks.json`.
    async fn document(&self) -> &str {
        &self.receipt.document
    }

    /// The file to keep, as JSON: the document, what it says, and, for the customer only, what opens its commitment to the
    /// receipt before it. `rapport receipt verify FILE` checks it.
    async fn file(&self) -> String {
        domain::receipts::file(&self.receipt, self.opening.as_ref())
    }
}

impl Receipt {
    /// As a brand sees it.
    pub fn of_brand(receipt: receipt::Receipt, brand: Option<Brand>) -> Self {
        Self { receipt, brand, opening: None }
    }
}

/// The receipt of a grant's latest event.
pub(in crate::graphql) async fn latest_of(deps: &Deps, owner: &Owner, grant: GrantId) -> Result<Option<Receipt>> {
    let found = receipt::latest_of(&deps.vault, owner, grant).await.map_err(fault)?;
    Ok(show(deps, found.into_iter().collect()).await?.pop())
}

/// The receipt of the customer's latest event.
pub(in crate::graphql) async fn newest(deps: &Deps, owner: &Owner) -> Result<Option<Receipt>> {
    let found = receipt::own(&deps.vault, owner, None, 1).await.map_err(fault)?;
    Ok(show(deps, found.into_iter().map(|(_, own)| own).collect()).await?.pop())
}

/// Shows receipts with the names of brands, in one statement however many they are.
pub(in crate::graphql) async fn show(deps: &Deps, receipts: Vec<OwnReceipt>) -> Result<Vec<Receipt>> {
    let brands: HashMap<BrandId, Brand> =
        Brand::load(deps, receipts.iter().filter_map(|own| own.receipt.brand)).await?;
    let one = |own: OwnReceipt| {
        let brand = own.receipt.brand.and_then(|brand| brands.get(&brand).cloned());
        Receipt { receipt: own.receipt, brand, opening: Some(own.opening) }
    };
    Ok(receipts.into_iter().map(one).collect())
}

//! Whose data key it is: a customer's, that of somebody who works for a brand, or of somebody who writes to one.

use std::hash::Hash;

use uuid::Uuid;

use crate::ids::{CorrespondentId, CustomerId, StaffId};

/// Somebody with a data key of their own. Ids are random, so no two holders have the same.
pub trait KeyHolder: Copy + Eq + Hash + Into<Holder> {}

impl KeyHolder for CustomerId {}
impl KeyHolder for StaffId {}
impl KeyHolder for CorrespondentId {}

/// A holder as the store knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
pub struct Holder(pub(super) Uuid);

impl From<CustomerId> for Holder {
    fn from(customer: CustomerId) -> Self {
        Self(customer.0)
    }
}

impl From<StaffId> for Holder {
    fn from(staff: StaffId) -> Self {
        Self(staff.0)
    }
}

impl From<CorrespondentId> for Holder {
    fn from(correspondent: CorrespondentId) -> Self {
        Self(correspondent.0)
    }
}

impl Holder {
    /// The bytes that what is sealed for a holder names.
    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

/// Primary keys of tables want this; holders are never counted up, so there is no way to make one.
impl sea_orm::TryFromU64 for Holder {
    fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
        Err(sea_orm::DbErr::ConvertFromU64("holder"))
    }
}

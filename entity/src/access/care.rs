//! Whoever answers customers for a brand: what is written to the brand is theirs to read.

use crate::ids::{AppId, BrandId, StaffId};
use crate::kinds::Purpose;
use crate::scope::ScopeSet;

use super::{Caller, Staff};

/// An app that is registered for CUSTOMER_CARE, or a member of staff who may read for it through a console app that is.
#[derive(Debug, Clone, Copy)]
pub struct Care(Caller);

impl Caller {
    /// The witness for answering customers. `None`: the registration or the role does not allow it.
    #[must_use]
    pub const fn care(self) -> Option<Care> {
        if self.standing().purposes & Purpose::CustomerCare.bit() == 0 { None } else { Some(Care(self)) }
    }
}

impl Care {
    /// The brand.
    #[must_use]
    pub const fn brand(&self) -> BrandId {
        self.0.brand()
    }

    /// The app; of staff, the console.
    #[must_use]
    pub const fn app(&self) -> AppId {
        self.0.app()
    }

    /// What it may ever read.
    #[must_use]
    pub const fn scopes(&self) -> ScopeSet {
        self.0.standing().scopes
    }

    /// Who of the brand's people it is; none if a program is calling.
    #[must_use]
    pub const fn member(&self) -> Option<Staff> {
        self.0.staff()
    }

    /// The same by id.
    #[must_use]
    pub fn staff(&self) -> Option<StaffId> {
        self.0.staff().map(|staff| staff.id())
    }
}

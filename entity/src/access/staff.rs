//! A brand's member of staff: what their token claims, and the witness that their session is alive.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, SelectGetableTuple, Selector};

use crate::ids::{AppId, BrandId, StaffId, StaffSessionId};
use crate::kinds::{AppKind, AppStatus, StaffRole, StaffStatus};
use crate::protected::staff;
use crate::scope::ScopeSet;
use crate::{app, staff_session};

/// What a verified token says. It permits nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaffClaim {
    /// For whom they work.
    pub brand: BrandId,
    /// Who it is.
    pub staff: StaffId,
    /// The session.
    pub session: StaffSessionId,
}

/// A member of staff whose session was found alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staff {
    claim: StaffClaim,
    role: StaffRole,
}

/// A member of staff who looks after the brand's apps and people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin(Staff);

impl Staff {
    pub(super) const fn found(claim: &StaffClaim, role: StaffRole) -> Self {
        Self { claim: *claim, role }
    }

    /// For whom they work.
    #[must_use]
    pub const fn brand(&self) -> BrandId {
        self.claim.brand
    }

    /// Who it is.
    #[must_use]
    pub const fn id(&self) -> StaffId {
        self.claim.staff
    }

    /// The session they came by.
    #[must_use]
    pub const fn claim(&self) -> &StaffClaim {
        &self.claim
    }

    /// What they may do.
    #[must_use]
    pub const fn role(&self) -> StaffRole {
        self.role
    }

    /// The witness for looking after apps and people; only of an ADMIN.
    #[must_use]
    pub fn admin(self) -> Option<Admin> {
        (self.role == StaffRole::Admin).then_some(Admin(self))
    }
}

impl Admin {
    /// Who it is.
    #[must_use]
    pub const fn staff(&self) -> &Staff {
        &self.0
    }

    /// For whom they work.
    #[must_use]
    pub const fn brand(&self) -> BrandId {
        self.0.brand()
    }
}

/// What is read of a live session: the console app, its scopes and purposes, and the role.
type Found = (AppId, ScopeSet, i64, StaffRole);

/// The statement that finds a session alive together with the brand's console app.
pub(super) fn console(claim: &StaffClaim, now: &str) -> Selector<SelectGetableTuple<Found>> {
    let to_staff = app::Entity::belongs_to(staff::Entity).from(app::Column::BrandId).to(staff::Column::BrandId);
    let to_session = staff::Entity::belongs_to(staff_session::Entity)
        .from((staff::Column::BrandId, staff::Column::Id))
        .to((staff_session::Column::BrandId, staff_session::Column::StaffId));
    app::Entity::find()
        .select_only()
        .columns([app::Column::Id, app::Column::Scopes, app::Column::Purposes])
        .column_as(staff::Column::Role, "role")
        .join(JoinType::InnerJoin, to_staff.into())
        .join(JoinType::InnerJoin, to_session.into())
        .filter(app::Column::BrandId.eq(claim.brand))
        .filter(app::Column::Kind.eq(AppKind::Console))
        .filter(app::Column::Status.eq(AppStatus::Active))
        .filter(staff::Column::Id.eq(claim.staff))
        .filter(staff::Column::Status.eq(StaffStatus::Active))
        .filter(staff_session::Column::Id.eq(claim.session))
        .filter(staff_session::Column::EndedAt.is_null())
        .filter(Expr::cust(format!("{now} < staff_session.expires_at")))
        .into_tuple()
}

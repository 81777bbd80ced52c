//! Brands' people: inviting them, signing them in, giving them roles, removing them.

mod invite;
mod roles;
mod session;

use entity::kinds::StaffRole;

pub use invite::{AcceptInvitation, InviteStaff, Invited, Inviter, accept, enrol, invite, mail_invitation};
pub(in crate::domain) use roles::begin_as;
pub use roles::{change_role, remove};
pub use session::{NewStaffSession, SignInStaff, SignedInStaff, refresh, sign_in, sign_out};

/// Who looked, as a customer is told: somebody in a role, or a program.
#[must_use]
pub fn reader(role: Option<StaffRole>, brand: &str) -> String {
    format!("{} of {brand}", role.map_or("an app", StaffRole::label))
}

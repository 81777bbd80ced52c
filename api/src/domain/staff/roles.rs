//! Roles and removal. One change at a time per brand, and at least one administrator always remains.

use entity::access::{Admin, Caller, ReaderClaim, Staff};
use entity::ids::StaffId;
use entity::kinds::{AuditAct, StaffRole, StaffSessionEnd, StaffStatus};
use entity::vault::Transaction;
use entity::vault::staff::{self, Seat};

use super::session;
use crate::deps::Deps;
use crate::domain::audit::{self, Author};
use crate::domain::{Mistake, MistakeCode, Refusal, conversations};

/// Begins a change by an administrator: takes the brand's lock, and looks again whether they still are one. Two who demote
/// each other at once do it one after the other.
pub(in crate::domain) async fn begin_as(deps: &Deps, admin: &Admin) -> Result<Transaction, Refusal> {
    let transaction = deps.vault.begin().await?;
    staff::lock_brand(&transaction, admin.brand()).await?;
    let claim = ReaderClaim::Staff(*admin.staff().claim());
    let caller = Caller::check(transaction.connection(), &claim, &deps.vault.clock).await?;
    if caller.and_then(|caller| caller.staff()).and_then(Staff::admin).is_none() {
        let message = "you are no longer an administrator of this brand";
        return Err(Mistake::new(MistakeCode::WrongState, "", message).into());
    }
    Ok(transaction)
}

/// Gives somebody another role. Their sessions end, so that nothing goes on under the old one.
///
/// # Errors
/// When there is no such person, or the brand would be left without an administrator.
pub async fn change_role(deps: &Deps, admin: &Admin, id: &str, role: StaffRole) -> Result<StaffId, Refusal> {
    let transaction = begin_as(deps, admin).await?;
    let seat = find(&transaction, admin, id).await?;
    if seat.role == role {
        return Ok(seat.id);
    }
    keep_one_admin(&transaction, &seat).await?;
    staff::set_role(&transaction, &seat, role).await?;
    session::end_all(&transaction, &seat, StaffSessionEnd::RoleChanged).await?;
    if role == StaffRole::Admin {
        conversations::release(&transaction, seat.brand, seat.id).await?;
    }
    let details = [("role", role.as_str().to_owned()), ("before", seat.role.as_str().to_owned())];
    let (author, act) = (Author::Staff(admin.staff().id()), (seat.brand, AuditAct::StaffRoleChanged));
    audit::note(&transaction, author, act, seat.id, details).await?;
    transaction.commit().await?;
    Ok(seat.id)
}

/// Removes somebody, or takes their invitation back: their sessions end, and their name and address are gone.
///
/// # Errors
/// When there is no such person, or the brand would be left without an administrator.
pub async fn remove(deps: &Deps, admin: &Admin, id: &str) -> Result<StaffId, Refusal> {
    let transaction = begin_as(deps, admin).await?;
    let seat = find(&transaction, admin, id).await?;
    keep_one_admin(&transaction, &seat).await?;
    staff::remove(&transaction, &seat).await?;
    session::end_all(&transaction, &seat, StaffSessionEnd::Removed).await?;
    conversations::release(&transaction, seat.brand, seat.id).await?;
    let details = [("role", seat.role.as_str().to_owned())];
    let (author, act) = (Author::Staff(admin.staff().id()), (seat.brand, AuditAct::StaffRemoved));
    audit::note(&transaction, author, act, seat.id, details).await?;
    transaction.commit().await?;
    if let Err(error) = staff::forget(&deps.vault, seat.id).await {
        // It opens nothing any more: what was sealed under it is gone with this commit.
        tracing::warn!(%error, "the data key of somebody who was removed could not be destroyed");
    }
    Ok(seat.id)
}

async fn find(transaction: &Transaction, admin: &Admin, id: &str) -> Result<Seat, Refusal> {
    let unknown = || Mistake::new(MistakeCode::NotFound, "staffId", "nobody of that id works for your brand");
    let id: StaffId = id.parse().map_err(|_| unknown())?;
    Ok(staff::find(transaction, admin.brand(), id).await?.ok_or_else(unknown)?)
}

async fn keep_one_admin(transaction: &Transaction, seat: &Seat) -> Result<(), Refusal> {
    let counts = seat.role == StaffRole::Admin && seat.status == StaffStatus::Active;
    if counts && !staff::has_another_admin(transaction, seat).await? {
        let message = "this is the brand's last administrator; make somebody else one first";
        return Err(Mistake::new(MistakeCode::LastAdmin, "staffId", message).into());
    }
    Ok(())
}

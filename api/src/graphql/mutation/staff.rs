//! Brands' people: accepting an invitation, signing in and out; and, for administrators, inviting, roles, removing.

use async_graphql::{Context, ID, InputObject, Object, Result};
use entity::access::{Caller, ReaderClaim};
use entity::kinds::StaffRole;
use entity::values::{EmailAddress, Unchecked};
use entity::vault::staff::myself;

use crate::deps::Deps;
use crate::domain::staff::{self, Inviter, NewStaffSession};
use crate::graphql::context::{ContextExt, admin, fault, staff as staff_of};
use crate::graphql::types::staff::{StaffMember, StaffSession};
use crate::graphql::types::user_error::payload;

/// What accepting an invitation needs.
#[derive(InputObject)]
pub struct AcceptStaffInvitationInput {
    /// The invitation from the mail: good for seven days and for one use.
    #[graphql(secret)]
    token: String,
    /// What colleagues call them, 80 characters at most.
    name: String,
    /// 8 to 128 characters, hard to guess; no other rules.
    #[graphql(secret)]
    password: String,
}

/// What signing in needs.
#[derive(InputObject)]
pub struct SignInStaffInput {
    /// The brand's slug; may be left out by who works for one brand only.
    brand: Option<String>,
    /// The address that was invited.
    email: Unchecked<EmailAddress>,
    /// The password.
    #[graphql(secret)]
    password: String,
    /// What signing in with this address has given the same device before: its guesses are counted apart from those of
    /// strangers.
    #[graphql(secret)]
    device_token: Option<String>,
}

/// What continuing a session needs.
#[derive(InputObject)]
pub struct RefreshStaffSessionInput {
    /// The refresh token, as it was given last.
    #[graphql(secret)]
    refresh_token: String,
}

/// Whom to invite.
#[derive(InputObject)]
pub struct InviteStaffInput {
    /// Where the invitation goes.
    email: Unchecked<EmailAddress>,
    /// What they may do.
    role: StaffRole,
}

/// Who gets which role.
#[derive(InputObject)]
pub struct ChangeStaffRoleInput {
    /// Who it is.
    staff_id: ID,
    /// What they may do from now on.
    role: StaffRole,
}

/// Whom to remove.
#[derive(InputObject)]
pub struct RemoveStaffInput {
    /// Who it is.
    staff_id: ID,
}

payload! {
    /// What accepting an invitation gives.
    AcceptStaffInvitationPayload {
        /// The tokens of the first session.
        session: StaffSession,
        /// Whoever has joined.
        staff: StaffMember,
    }
}

payload! {
    /// What signing in gives.
    SignInStaffPayload {
        /// To be kept on this device and sent with the next `signInStaff`.
        device_token: String,
        /// The tokens of the new session.
        session: StaffSession,
        /// Who signed in.
        staff: StaffMember,
    }
}

payload! {
    /// What continuing a session gives.
    RefreshStaffSessionPayload {
        /// The session's new tokens; the old refresh token is used up.
        session: StaffSession,
    }
}

payload! {
    /// What signing out gives.
    SignOutStaffPayload {
        /// Whether the session is over: its tokens are refused from now on.
        signed_out: bool,
    }
}

payload! {
    /// What inviting gives.
    InviteStaffPayload {
        /// Who was invited.
        staff_id: ID,
    }
}

payload! {
    /// What changing a role gives.
    ChangeStaffRolePayload {
        /// Whose role it was. Their sessions are over: they sign in again.
        staff_id: ID,
    }
}

payload! {
    /// What removing gives.
    RemoveStaffPayload {
        /// Who was removed. Their sessions are over, and their name and address are gone.
        staff_id: ID,
    }
}

/// Brands' people.
#[derive(Default)]
pub struct StaffMutation;

#[Object]
impl StaffMutation {
    /// Joins a brand and signs in. For whoever holds the invitation.
    async fn accept_staff_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The invitation, a name and a password.")] input: AcceptStaffInvitationInput,
    ) -> Result<AcceptStaffInvitationPayload> {
        let deps = context.deps()?;
        let AcceptStaffInvitationInput { token, name, password } = input;
        match staff::accept(deps, &context.client(), staff::AcceptInvitation { token, name, password }).await {
            Ok(session) => {
                let member = member(deps, &session).await?;
                Ok(AcceptStaffInvitationPayload {
                    session: Some(session.into()),
                    staff: member,
                    user_errors: Vec::new(),
                })
            }
            Err(refusal) => AcceptStaffInvitationPayload::refused(refusal),
        }
    }

    /// Signs a member of staff in. For anyone. Whatever does not fit gets the same answer after the same time; guesses are
    /// limited as those of `signIn` are.
    async fn sign_in_staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Brand, address and password.")] input: SignInStaffInput,
    ) -> Result<SignInStaffPayload> {
        let deps = context.deps()?;
        let SignInStaffInput { brand, email, password, device_token } = input;
        let input = staff::SignInStaff { brand, email, password, device_token };
        match staff::sign_in(deps, &context.client(), input).await {
            Ok(signed_in) => {
                let member = member(deps, &signed_in.session).await?;
                Ok(SignInStaffPayload {
                    device_token: Some(signed_in.device_token),
                    session: Some(signed_in.session.into()),
                    staff: member,
                    user_errors: Vec::new(),
                })
            }
            Err(refusal) => SignInStaffPayload::refused(refusal),
        }
    }

    /// Gives the next access token for a refresh token of staff. For whoever holds it; a second use ends the session.
    async fn refresh_staff_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: RefreshStaffSessionInput,
    ) -> Result<RefreshStaffSessionPayload> {
        match staff::refresh(context.deps()?, &input.refresh_token).await {
            Ok(session) => Ok(RefreshStaffSessionPayload { session: Some(session.into()), user_errors: Vec::new() }),
            Err(refusal) => RefreshStaffSessionPayload::refused(refusal),
        }
    }

    /// Ends the session of the access token at once. For staff.
    async fn sign_out_staff(&self, context: &Context<'_>) -> Result<SignOutStaffPayload> {
        match staff::sign_out(context.deps()?, &staff_of(context).await?).await {
            Ok(()) => Ok(SignOutStaffPayload { signed_out: Some(true), user_errors: Vec::new() }),
            Err(refusal) => SignOutStaffPayload::refused(refusal),
        }
    }

    /// Invites somebody to the brand by mail. Whoever was invited before and has not accepted gets a new invitation, and the
    /// older one holds no longer. For administrators.
    async fn invite_staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom, and as what.")] input: InviteStaffInput,
    ) -> Result<InviteStaffPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        let InviteStaffInput { email, role } = input;
        match staff::invite(deps, Inviter::Admin(&admin), staff::InviteStaff { email, role }).await {
            Ok(invited) => {
                let staff_id = Some(invited.staff.into());
                deps.background.spawn(mail(deps.clone(), invited));
                Ok(InviteStaffPayload { staff_id, user_errors: Vec::new() })
            }
            Err(refusal) => InviteStaffPayload::refused(refusal),
        }
    }

    /// Gives somebody another role; their sessions end. At least one administrator remains. For administrators.
    async fn change_staff_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who, and which role.")] input: ChangeStaffRoleInput,
    ) -> Result<ChangeStaffRolePayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match staff::change_role(deps, &admin, &input.staff_id, input.role).await {
            Ok(staff) => Ok(ChangeStaffRolePayload { staff_id: Some(staff.into()), user_errors: Vec::new() }),
            Err(refusal) => ChangeStaffRolePayload::refused(refusal),
        }
    }

    /// Removes somebody, or takes their invitation back; their sessions end at once. At least one administrator remains. For
    /// administrators.
    async fn remove_staff(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who.")] input: RemoveStaffInput,
    ) -> Result<RemoveStaffPayload> {
        let (deps, admin) = (context.deps()?, admin(context).await?);
        match staff::remove(deps, &admin, &input.staff_id).await {
            Ok(staff) => Ok(RemoveStaffPayload { staff_id: Some(staff.into()), user_errors: Vec::new() }),
            Err(refusal) => RemoveStaffPayload::refused(refusal),
        }
    }
}

async fn mail(deps: Deps, invited: staff::Invited) {
    if let Err(fault) = staff::mail_invitation(&deps, &invited).await {
        tracing::warn!(%fault, "an invitation could not be mailed");
    }
}

/// Whoever just signed in.
async fn member(deps: &Deps, session: &NewStaffSession) -> Result<Option<StaffMember>> {
    let claim = ReaderClaim::Staff(session.claim);
    let caller = Caller::check(deps.vault.store.reader(), &claim, &deps.vault.clock).await.map_err(fault)?;
    let Some(staff) = caller.and_then(|caller| caller.staff()) else { return Ok(None) };
    Ok(myself(&deps.vault, &staff).await.map_err(fault)?.map(StaffMember::from))
}

//! Inviting: a link goes to an address by mail, and whoever reads it there joins the brand with a password of their own.
//! The first administrator is invited by the operator.

use entity::access::{Admin, Operator};
use entity::brand;
use entity::ids::StaffId;
use entity::kinds::{AuditAct, StaffRole};
use entity::values::{EmailAddress, Text, Unchecked};
use entity::vault::Transaction;
use entity::vault::staff::{self, INVITED_DAYS};
use sea_orm::DbErr;

use super::begin_as;
use super::session::{self, NewStaffSession};
use crate::auth::password::{Weak, check_strength};
use crate::deps::Deps;
use crate::domain::accounts::Client;
use crate::domain::audit::{self, Author};
use crate::domain::{Mistake, MistakeCode, Mistakes, Refusal, apps, guesses};
use crate::mail::MailFault;

/// Who invites.
pub enum Inviter<'w> {
    /// The operator, to a brand.
    Operator(Operator, brand::Model),
    /// An administrator, to their own brand.
    Admin(&'w Admin),
}

/// What is needed.
pub struct InviteStaff {
    /// Where the invitation goes; later the address to sign in with.
    pub email: Unchecked<EmailAddress>,
    /// What they may do.
    pub role: StaffRole,
}

/// Somebody who was invited.
pub struct Invited {
    /// Who it is.
    pub staff: StaffId,
    /// Where the invitation is to be mailed.
    pub email: EmailAddress,
    /// Leads to the page where they accept it. The secret in it is nowhere else.
    pub link: String,
    token: String,
    brand_name: String,
}

/// Invites somebody. [`mail_invitation`] is left to be done.
///
/// # Errors
/// When the address is malformed, or belongs to somebody who works for the brand.
pub async fn invite(deps: &Deps, inviter: Inviter<'_>, input: InviteStaff) -> Result<Invited, Refusal> {
    let mut mistakes = Mistakes::default();
    let email = mistakes.check("email", &input.email);
    mistakes.done()?;
    let Some(email) = email else { return Err(Refusal::Mistakes(Vec::new())) };
    let (transaction, author, id) = match inviter {
        Inviter::Operator(Operator { .. }, brand) => (deps.vault.begin().await?, Author::Operator, brand.id),
        Inviter::Admin(admin) => (begin_as(deps, admin).await?, Author::Staff(admin.staff().id()), admin.brand()),
    };
    let brand = staff::lock_brand(&transaction, id).await?;
    let brand = brand.ok_or_else(|| Mistake::new(MistakeCode::NotFound, "brand", "there is no such brand"))?;
    let invitation = write(&transaction, author, &brand, (&email, input.role)).await?;
    let taken = "somebody with this address works for the brand already; change their role instead";
    let (staff, token) = invitation.ok_or_else(|| Mistake::new(MistakeCode::Taken, "email", taken))?;
    transaction.commit().await?;
    let link = format!("{}/staff/invitations/{token}", deps.config.public_url.trim_end_matches('/'));
    Ok(Invited { staff, email, link, token, brand_name: brand.name })
}

/// The brand has its console app from its first invitation on.
async fn write(
    transaction: &Transaction,
    author: Author,
    brand: &brand::Model,
    (email, role): (&EmailAddress, StaffRole),
) -> Result<Option<(StaffId, String)>, DbErr> {
    apps::ensure_console(transaction, author, brand).await?;
    let Some(invitation) = staff::invite(transaction, brand.id, role, email).await? else { return Ok(None) };
    let details = [("role", role.as_str().to_owned())];
    audit::note(transaction, author, (brand.id, AuditAct::StaffInvited), invitation.staff, details).await?;
    Ok(Some((invitation.staff, invitation.token)))
}

/// Mails an invitation.
///
/// # Errors
/// When the mail is not taken; the invitation stands, and another one replaces it.
pub async fn mail_invitation(deps: &Deps, invited: &Invited) -> Result<(), MailFault> {
    let body = format!(
        "You are invited to work for {} on Rapport, and to choose a password:\n\n{}\n\n\
         For programs, the invitation by itself: {}\n\n\
         It holds for {INVITED_DAYS} days and for one use. If you did not expect it, do nothing.\n",
        invited.brand_name, invited.link, invited.token
    );
    deps.mailer.send(&invited.email, "Your invitation to Rapport", body).await
}

/// What is needed to accept an invitation.
pub struct AcceptInvitation {
    /// The text from the mail.
    pub token: String,
    /// What colleagues call them.
    pub name: String,
    /// 8 to 128 characters.
    pub password: String,
}

/// Joins the brand that the invitation is to, and opens a first session.
///
/// # Errors
/// When the invitation is none, over, used or replaced (all alike), the name is too long, or the password is weak; or when
/// too many were tried.
pub async fn accept(deps: &Deps, client: &Client, input: AcceptInvitation) -> Result<NewStaffSession, Refusal> {
    let mut mistakes = Mistakes::default();
    let name = mistakes.parse::<Text<80>>("name", &input.name);
    if let Err(weak) = check_strength(&input.password, &[&input.name]) {
        let code = if weak == Weak::Long { MistakeCode::TooLong } else { MistakeCode::WeakPassword };
        mistakes.push(Mistake::new(code, "password", weak.to_string()));
    }
    mistakes.done()?;
    let wrong = || Mistake::new(MistakeCode::WrongCode, "token", "the invitation does not hold; ask for another one");
    let (Some(name), Some(brand)) = (name, staff::brand_of(&input.token)) else { return Err(wrong().into()) };
    // Never taken back: whoever makes up invitations is slowed down before their passwords are hashed.
    let _counted = guesses::at_sign_up(deps, &client.address).await?;
    let password_hash = deps.hasher.hash(&input.password, &deps.vault.entropy).await;
    let password_hash = password_hash.ok_or_else(|| DbErr::Custom("a password could not be hashed".into()))?;
    let transaction = deps.vault.begin().await?;
    staff::lock_brand(&transaction, brand).await?.ok_or_else(wrong)?;
    let seat = staff::accept(&transaction, &input.token, name.as_str(), password_hash).await?.ok_or_else(wrong)?;
    let joined = (brand, AuditAct::StaffJoined);
    let details = [("role", seat.role.as_str().to_owned())];
    audit::note(&transaction, Author::Staff(seat.id), joined, seat.id, details).await?;
    let session = session::open(deps, &transaction, &seat).await?;
    transaction.commit().await?;
    Ok(session)
}

/// Somebody who works for a brand from the beginning, for the demo: invited by the operator and joined at once.
///
/// # Errors
/// When the database cannot be asked, or the address is taken.
pub async fn enrol(
    transaction: &Transaction,
    _operator: &Operator,
    brand: &brand::Model,
    (email, role, name): (&EmailAddress, StaffRole, &str),
    password_hash: String,
) -> Result<(), DbErr> {
    let refused = || DbErr::Custom("a member of staff could not be enrolled".into());
    let invitation = write(transaction, Author::Operator, brand, (email, role)).await?;
    let (_, token) = invitation.ok_or_else(refused)?;
    staff::accept(transaction, &token, name, password_hash).await?.ok_or_else(refused)?;
    Ok(())
}

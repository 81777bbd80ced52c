//! `rapport staff`: a brand's first administrator.

use clap::Subcommand;
use entity::access::Operator;
use entity::kinds::StaffRole;
use entity::values::Unchecked;

use super::{Failure, print};
use crate::bootstrap;
use crate::config::Config;
use crate::domain::brands;
use crate::domain::staff::{self, InviteStaff, Inviter};

/// What to do for a brand's staff.
#[derive(Subcommand)]
pub enum StaffCommand {
    /// Invite somebody to a brand by mail, and print the link. Administrators invite the others themselves.
    Invite {
        /// The brand's slug.
        #[arg(long)]
        brand: String,
        /// Where the invitation goes; later the address to sign in with.
        #[arg(long)]
        email: String,
        /// ADMIN, EXECUTIVE or AGENT.
        #[arg(long, default_value = "ADMIN")]
        role: String,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: StaffCommand) -> Result<(), Failure> {
    let StaffCommand::Invite { brand, email, role } = command;
    let roles = || StaffRole::ALL.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
    let role = StaffRole::find(&role).ok_or_else(|| Failure(format!("--role must be one of {}", roles())))?;
    let deps = bootstrap::deps(config).await?;
    bootstrap::migrate(&deps.vault).await?;
    let known = brands::find(deps.vault.store.reader(), &brand).await.map_err(Failure::of)?;
    let known = known.ok_or_else(|| Failure(format!("no brand has the slug {brand}; register its first app")))?;
    let inviter = Inviter::Operator(Operator::at_the_command_line(), known);
    let invited = staff::invite(&deps, inviter, InviteStaff { email: Unchecked::from(email), role }).await;
    let invited = invited.map_err(Failure::of)?;
    print(&format!("invitation: {}\n", invited.link));
    staff::mail_invitation(&deps, &invited).await.map_err(|fault| Failure(format!("not mailed: {fault}")))
}

//! `rapport grants`: ending a grant in the operator's name.

use clap::Subcommand;
use entity::access::Operator;

use super::{Failure, print};
use crate::bootstrap;
use crate::config::Config;
use crate::domain::consent::{self, Verdict};

/// What to do with a grant.
#[derive(Subcommand)]
pub enum GrantsCommand {
    /// End a grant, as an authority or a contract demands; no later request gets a value by it.
    Revoke {
        /// The grant's id.
        grant_id: String,
        /// Why, in one line; the customer sees it, so name nobody.
        #[arg(long)]
        reason: String,
    },
    /// End a grant that was never valid, as when the notice was wrong.
    Invalidate {
        /// The grant's id.
        grant_id: String,
        /// Why, in one line; the customer sees it, so name nobody.
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Runs one of them.
pub async fn run(config: Config, command: GrantsCommand) -> Result<(), Failure> {
    let deps = bootstrap::deps(config).await?;
    bootstrap::migrate(&deps.vault).await?;
    let (grant_id, verdict, reason) = match command {
        GrantsCommand::Revoke { grant_id, reason } => (grant_id, Verdict::Revoked, Some(reason)),
        GrantsCommand::Invalidate { grant_id, reason } => (grant_id, Verdict::Invalid, reason),
    };
    let operator = Operator::at_the_command_line();
    let ended = consent::end_by_operator(&deps, operator, &grant_id, verdict, reason.as_deref()).await;
    let row = ended.map_err(Failure::of)?;
    print(&format!("{} is {}.\n", row.id, row.state.as_str()));
    Ok(())
}

//! `rapport token-keys`: the keys that access tokens are signed with, changed while servers run.

use clap::Subcommand;
use entity::clock::Clock;
use entity::entropy::Entropy;

use super::{Failure, print};
use crate::auth::token_keys::Phase;
use crate::config::Config;
use crate::config::keys::rotate::{self, Rotation};
use crate::config::keys::{self, OperatorKeys};

/// What to do with the keys for tokens.
#[derive(Subcommand)]
pub enum TokenKeysCommand {
    /// Their ids, from when on each signs, and where it stands. Never a key.
    List,
    /// Add the next one to the key file. It is published now and signs in an hour; until then copy the file to every node
    /// that has one of its own. Older ones are kept until their tokens have ended.
    Rotate {
        /// Put it in the place of all others now, as after a theft: every access token ends, and whoever has a refresh
        /// token or a secret gets a new one.
        #[arg(long)]
        at_once: bool,
    },
}

/// Runs one of them.
pub fn run(config: &Config, command: TokenKeysCommand) -> Result<(), Failure> {
    let (path, clock) = (&config.key_file, Clock::System);
    let OperatorKeys { signer, .. } =
        keys::load_or_create(path, (&clock, &Entropy::system()), &config.public_url).map_err(Failure::of)?;
    let now = clock.now();
    match command {
        TokenKeysCommand::List => {
            for (key, from, phase) in signer.keys().phases(now) {
                print(&format!("token key {}: from {from}, {}\n", key.kid, named(phase)));
            }
        }
        TokenKeysCommand::Rotate { at_once: true } => {
            rotate::replace_token_keys(path, now).map_err(Failure::of)?;
            print(&format!("A new token key is in {}, and in use; no other one holds any more.\n", path.display()));
        }
        TokenKeysCommand::Rotate { at_once: false } => match rotate::add_token_key(path, now).map_err(Failure::of)? {
            Rotation::Added(from) => {
                print(&format!("The next token key is in {}, and signs from {from}.\n", path.display()));
            }
            Rotation::Waiting(from) => {
                return Err(Failure(format!(
                    "a next token key is in {} already, and signs from {from}; nothing was changed",
                    path.display()
                )));
            }
        },
    }
    Ok(())
}

const fn named(phase: Phase) -> &'static str {
    match phase {
        Phase::Next => "published, next",
        Phase::Current => "in use",
        Phase::Kept => "kept until its tokens have ended",
        Phase::Over => "over",
    }
}

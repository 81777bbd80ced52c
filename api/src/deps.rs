//! What the server is made of, once. Clock and entropy are inside the vault, as parameters.

use std::sync::Arc;

use entity::vault::Vault;

use crate::auth::password::Hasher;
use crate::auth::tokens::Signer;
use crate::background::Background;
use crate::config::Config;
use crate::domain::guesses::InFlight;
use crate::domain::providers::Providers;
use crate::mail::Mailer;
use crate::outbound::Messenger;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct Deps {
    /// The database with what guards it.
    pub vault: Vault,
    /// Signs and verifies access tokens.
    pub signer: Arc<Signer>,
    /// Hashes passwords.
    pub hasher: Arc<Hasher>,
    /// Comparisons of apps' secrets that are not counted yet.
    pub in_flight: Arc<InFlight>,
    /// Sends mail.
    pub mailer: Arc<Mailer>,
    /// Tells brands' apps what happened.
    pub messenger: Messenger,
    /// Work that goes on after an answer.
    pub background: Arc<Background>,
    /// By whose sign-in handles are proven.
    pub providers: Arc<Providers>,
    /// The settings.
    pub config: Arc<Config>,
}

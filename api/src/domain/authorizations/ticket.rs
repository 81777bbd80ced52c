//! What an app asks, as it travels with the customer from page to page: readable, sealed by us, and good for half an hour.
//! So nothing is stored of people who never answer, and nobody can change what was asked.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::ask::Ask;
use crate::deps::Deps;
use crate::domain::{Mistake, MistakeCode};

/// What the keyed hash of a ticket is for.
const KIND: &str = "authorization";

/// Seals what an app asks.
///
/// # Errors
/// Never in practice: every ask has a JSON form.
pub fn seal(deps: &Deps, ask: &Ask) -> Result<String, serde_json::Error> {
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(ask)?);
    let seal = URL_SAFE_NO_PAD.encode(deps.vault.keys.secret(KIND, text.as_bytes()));
    Ok(format!("{text}.{seal}"))
}

/// What was asked.
///
/// # Errors
/// When it was not sealed here, or too long ago.
pub fn open(deps: &Deps, ticket: &str) -> Result<Ask, Mistake> {
    let ask = read(deps, ticket).filter(|ask| deps.vault.clock.now() < ask.until);
    ask.ok_or_else(|| Mistake::new(MistakeCode::Expired, "request", "this has taken too long; begin again at the app"))
}

fn read(deps: &Deps, ticket: &str) -> Option<Ask> {
    let (text, seal) = ticket.split_once('.')?;
    let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
    if !deps.vault.keys.is_secret(KIND, text.as_bytes(), &seal) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

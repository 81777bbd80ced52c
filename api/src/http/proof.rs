//! The header `DPoP` (RFC 9449): the proof that comes with a request is checked, and used up.

use actix_web::http::header::HeaderMap;
use entity::access::AppClaim;
use entity::ids::BrandId;
use entity::jwk::{Algorithm, Thumbprint};
use sea_orm::DbErr;

use super::oauth::address;
use crate::auth::dpop::{self, Sent, Shown};
use crate::auth::tokens::Subject;
use crate::deps::Deps;
use crate::domain::used_jwts;

/// What is hashed of a proof that was used.
const KIND: &str = "dpop proof";

/// The error of RFC 9449 sections 5 and 7.1.
pub const INVALID_PROOF: &str = "invalid_dpop_proof";

/// Why a request is not that of whoever has the key.
#[derive(Debug)]
pub enum Unproven {
    /// The proof does not hold, is not for this request, or was used.
    Proof,
    /// The token does not hold, or is not bound to the key of the proof.
    Token,
    /// Only we can mend it.
    Fault(DbErr),
}

impl From<DbErr> for Unproven {
    fn from(error: DbErr) -> Self {
        Self::Fault(error)
    }
}

/// The proof of a request; an error if there are several.
pub fn proof(headers: &HeaderMap) -> Result<Option<&str>, Unproven> {
    let mut values = headers.get_all("dpop");
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Unproven::Proof);
    }
    value.to_str().map(Some).map_err(|_| Unproven::Proof)
}

/// The key of whoever asks for a token, as an app of this brand.
///
/// # Errors
/// When the proof does not hold for this request.
pub async fn of_request(deps: &Deps, brand: BrandId, proof: &str, path: &str) -> Result<Thumbprint, Unproven> {
    let address = address(deps, path);
    let sent = Sent { method: "POST", address: &address, token: None };
    let shown = dpop::check(proof, &sent, deps.vault.clock.now()).ok_or(Unproven::Proof)?;
    use_up(deps, brand, shown).await
}

/// The key of whoever brings a token that is bound to it.
///
/// # Errors
/// When the proof does not hold for this request and token, or the token is not bound to its key.
pub async fn of_token(deps: &Deps, token: &str, proof: &str, sent: (&str, &str)) -> Result<Thumbprint, Unproven> {
    let (method, path) = sent;
    let (address, now) = (address(deps, path), deps.vault.clock.now());
    let sent = Sent { method, address: &address, token: Some(token) };
    let shown = dpop::check(proof, &sent, now).ok_or(Unproven::Proof)?;
    let claim = match deps.signer.verify(token, now) {
        Some(Subject::App(AppClaim { brand, key: Some(key), .. })) if key == shown.key => brand,
        _ => return Err(Unproven::Token),
    };
    use_up(deps, claim, shown).await
}

/// Nothing is written for whoever has not shown a key, and a token or credentials of an app.
async fn use_up(deps: &Deps, brand: BrandId, shown: Shown) -> Result<Thumbprint, Unproven> {
    let name = (KIND, shown.key.bytes().as_slice(), shown.jti.as_str());
    let is_first = used_jwts::first_use(deps, brand, name, shown.until).await?;
    is_first.then_some(shown.key).ok_or(Unproven::Proof)
}

/// What a client is told whose proof, or else whose token, does not hold (section 7.1).
pub fn challenge(by_proof: bool) -> String {
    let error = if by_proof { INVALID_PROOF } else { "invalid_token" };
    format!("DPoP error=\"{error}\", algs=\"{}\"", Algorithm::NAMES.join(" "))
}

//! Passkeys (W3C Web Authentication, Level 3): what a relying party checks of what a browser brings from an authenticator.
//! Pure: no clock, no chance, no database; who may answer which challenge is for whoever calls.
//!
//! - [`Registration`]: a new passkey, by section 7.1 of the standard.
//! - [`Assertion`]: a passkey that is used, by section 7.2.
//! - [`cbor`], [`AuthenticatorData`], [`PublicKey`]: what authenticators write, read strictly.
//!
//! It is written out because each library for it brings more than it replaces: `webauthn-rs` (MPL-2.0) and `webauthn_rp`
//! bring the crate `rsa`, which is banned here, and `passkey` is the other side, browser and authenticator. What is left,
//! with the signatures checked by aws-lc-rs, is small as long as attestation is not asked for. It is not: who made an
//! authenticator is nobody's business here, so the conveyance is "none" and a statement that comes in spite of it is not
//! looked at (section 7.1, steps 21 to 24, which leave that to policy).
//!
//! One rule holds everywhere: an authenticator has to check who uses it (user verification), so a passkey is two factors.

mod assertion;
mod authenticator_data;
pub mod cbor;
mod client_data;
mod key;
mod registration;
#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

pub use assertion::Assertion;
pub use authenticator_data::{Attested, AuthenticatorData};
pub use key::{ALGORITHMS, PublicKey};
pub use registration::{NewPasskey, Registration};

use crate::values::origin;

/// Whom passkeys are for: this server, as browsers know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The host, without its port: passkeys are bound to it.
    pub id: String,
    /// Scheme, host and port: where they are used.
    pub origin: String,
}

impl RelyingParty {
    /// The server at this address.
    #[must_use]
    pub fn at(url: &str) -> Self {
        let origin = origin(url).to_ascii_lowercase();
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
        let port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        let id = host.rsplit_once(':').filter(|(_, end)| port(end)).map_or(host, |(id, _)| id).to_owned();
        Self { id, origin }
    }

    /// Whether this is the hash of its id.
    fn is(&self, hash: &[u8]) -> bool {
        digest(&SHA256, self.id.as_bytes()).as_ref() == hash
    }
}

/// Why what a browser brought is not what was asked for. None of it depends on anybody's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A member of the JSON form is missing or of another form.
    #[error("this is not what `PublicKeyCredential.toJSON()` gives: send that, unchanged")]
    Form(&'static str),
    /// The client data are not the JSON that browsers write.
    #[error("the client data are not what browsers write")]
    ClientData,
    /// They are of the other ceremony.
    #[error("this is of another ceremony: `create` makes a passkey, `get` uses one")]
    Ceremony,
    /// They are for another site.
    #[error("this was made for another site than this server's public address; call the browser from there")]
    Origin,
    /// They come out of a frame on somebody else's page.
    #[error("this was made in a frame of another site; call the browser from a page of this one")]
    Framed,
    /// The attestation object is not what authenticators write.
    #[error("the attestation object is not what authenticators write")]
    AttestationObject,
    /// The authenticator data are not.
    #[error("the authenticator data are not what authenticators write")]
    AuthenticatorData,
    /// The passkey is bound to another host.
    #[error("this passkey is for another host than this server's")]
    RelyingParty,
    /// Nobody touched the authenticator.
    #[error("nobody has touched the authenticator; ask for it again")]
    NotPresent,
    /// The authenticator has not checked who used it.
    #[error("the authenticator has not checked who uses it; set a PIN or a fingerprint up on it")]
    NotVerified,
    /// It says that it is copied and that it cannot be.
    #[error("the authenticator says that this passkey was copied and cannot be copied")]
    Backup,
    /// The public key is of an algorithm that was not offered, or is none.
    #[error("the key is of none of the algorithms that were offered")]
    Algorithm,
    /// Its id is too short or too long, or is not the one that the browser names.
    #[error("the id of a passkey has 16 to 1023 bytes and is the same in all places")]
    CredentialId,
}

impl Unfit {
    /// Where in the JSON form.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Form(field) => field,
            Self::ClientData | Self::Ceremony | Self::Origin | Self::Framed => "response.clientDataJSON",
            Self::AttestationObject | Self::Algorithm => "response.attestationObject",
            Self::AuthenticatorData | Self::RelyingParty | Self::NotPresent | Self::NotVerified | Self::Backup => {
                "response.authenticatorData"
            }
            Self::CredentialId => "rawId",
        }
    }
}

/// The flags and the host that both ceremonies want (section 7.1, steps 14 to 17; section 7.2, steps 15 to 18).
fn check(data: &AuthenticatorData<'_>, relying_party: &RelyingParty) -> Result<(), Unfit> {
    if !relying_party.is(data.relying_party) {
        return Err(Unfit::RelyingParty);
    }
    if !data.has_user_present() {
        return Err(Unfit::NotPresent);
    }
    if !data.has_user_verified() {
        return Err(Unfit::NotVerified);
    }
    if data.is_backed_up() && !data.is_backup_eligible() { Err(Unfit::Backup) } else { Ok(()) }
}

/// Bytes that the JSON form has in base64url, at a path of member names.
fn bytes(json: &Value, path: &'static str) -> Result<Vec<u8>, Unfit> {
    let text = path.split('.').try_fold(json, |value, name| value.get(name)).and_then(Value::as_str);
    text.and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(Unfit::Form(path))
}

/// The id of the passkey: the same in both members (section 5.1).
fn credential(json: &Value) -> Result<Vec<u8>, Unfit> {
    if json.get("type").and_then(Value::as_str) != Some("public-key") {
        return Err(Unfit::Form("type"));
    }
    let id = bytes(json, "rawId")?;
    if bytes(json, "id")? == id { Ok(id) } else { Err(Unfit::CredentialId) }
}

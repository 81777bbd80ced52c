//! What a browser is asked for, in the JSON forms of Web Authentication (section 5.1), which
//! `PublicKeyCredential.parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON` take.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::vault::passkey::Descriptor;
use entity::webauthn::{ALGORITHMS, RelyingParty};
use serde_json::{Value, json};

use super::challenge::{Given, MINUTES};

/// What a new passkey is made for.
pub struct User<'a> {
    /// How authenticators know the customer.
    pub handle: &'a [u8],
    /// How the customer tells their accounts apart.
    pub name: &'a str,
    /// What to call them.
    pub display_name: &'a str,
}

/// `PublicKeyCredentialCreationOptionsJSON`: a discoverable passkey, of an authenticator that checks who uses it, not one of
/// those that are known already. Who made the authenticator is not asked.
pub fn creation(given: &Given, site: &RelyingParty, user: &User<'_>, known: &[Descriptor]) -> Value {
    let algorithm = |alg: &i64| json!({ "type": "public-key", "alg": alg });
    json!({
        "rp": { "id": site.id, "name": "Rapport" },
        "user": { "id": text(user.handle), "name": user.name, "displayName": user.display_name },
        "challenge": text(&given.challenge),
        "pubKeyCredParams": ALGORITHMS.iter().map(algorithm).collect::<Value>(),
        "timeout": MINUTES * 60_000,
        "excludeCredentials": descriptors(known),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
    })
}

/// `PublicKeyCredentialRequestOptionsJSON`: one of these passkeys, or whichever the authenticator has.
pub fn request(given: &Given, site: &RelyingParty, known: &[Descriptor]) -> Value {
    json!({
        "challenge": text(&given.challenge),
        "timeout": MINUTES * 60_000,
        "rpId": site.id,
        "allowCredentials": descriptors(known),
        "userVerification": "required",
    })
}

fn descriptors(known: &[Descriptor]) -> Value {
    let one = |passkey: &Descriptor| json!({ "type": "public-key", "id": passkey.credential, "transports": passkey.transports });
    known.iter().map(one).collect()
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

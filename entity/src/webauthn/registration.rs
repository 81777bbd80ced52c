//! A new passkey, as a browser brings it: section 7.1 of Web Authentication, by its steps. Steps 1 to 4 are the browser's;
//! step 8 (the challenge) and step 26 (nobody has the id yet) are for whoever calls; step 27 is what this gives.

use serde_json::Value;

use super::cbor::{self, Item};
use super::client_data::{CHALLENGE, Ceremony, ClientData};
use super::{AuthenticatorData, PublicKey, RelyingParty, Unfit};

/// The ways to an authenticator that the standard knows (section 5.8.4). Others that a browser names are not kept.
const TRANSPORTS: [&str; 6] = ["ble", "hybrid", "internal", "nfc", "smart-card", "usb"];

/// What `navigator.credentials.create()` gave, as `RegistrationResponseJSON` (section 5.1).
pub struct Registration {
    client_data: ClientData,
    attestation: Vec<u8>,
    credential: Vec<u8>,
    transports: Vec<&'static str>,
}

/// A passkey that may be kept.
pub struct NewPasskey {
    /// Its id.
    pub credential: Vec<u8>,
    /// Its public key, in COSE.
    pub key: Vec<u8>,
    /// The ways to its authenticator.
    pub transports: Vec<&'static str>,
    /// How often it has signed.
    pub counter: u32,
    /// Whether it can be copied to other devices of its owner.
    pub backup_eligible: bool,
    /// Whether it has been.
    pub backed_up: bool,
}

impl Registration {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// When it is not what a browser gives.
    pub fn read(json: &Value) -> Result<Self, Unfit> {
        let credential = super::credential(json)?;
        let client_data = ClientData::read(super::bytes(json, "response.clientDataJSON")?)?;
        let attestation = super::bytes(json, "response.attestationObject")?;
        let named = json.pointer("/response/transports").and_then(Value::as_array);
        let is_named = |known: &&str| named.into_iter().flatten().any(|name| name.as_str() == Some(known));
        let transports = TRANSPORTS.into_iter().filter(is_named).collect();
        Ok(Self { client_data, attestation, credential, transports })
    }

    /// The challenge that it answers.
    #[must_use]
    pub const fn challenge(&self) -> &[u8; CHALLENGE] {
        self.client_data.challenge()
    }

    /// The passkey, if all of it is as it was asked for.
    ///
    /// # Errors
    /// When something is not: the first that is found.
    pub fn verify(&self, relying_party: &RelyingParty) -> Result<NewPasskey, Unfit> {
        // Steps 7 and 9 to 11.
        self.client_data.check(Ceremony::Create, relying_party)?;
        // Steps 12 and 13. The hash is for the attestation statement, which is not looked at: steps 21 to 24.
        let object = cbor::read_whole(&self.attestation).ok_or(Unfit::AttestationObject)?;
        let is_statement =
            matches!(object.named("fmt"), Some(Item::Text(_))) && matches!(object.named("attStmt"), Some(Item::Map(_)));
        let data = object.named("authData").and_then(Item::bytes).filter(|_| is_statement);
        let data = AuthenticatorData::read(data.ok_or(Unfit::AttestationObject)?)?;
        // Steps 14 to 17. Steps 18 and 19: whether it can be copied is the customer's choice.
        super::check(&data, relying_party)?;
        let attested = data.attested.ok_or(Unfit::AttestationObject)?;
        // Step 20.
        PublicKey::read(attested.key).ok_or(Unfit::Algorithm)?;
        // Step 25 was taken by whoever read the authenticator data; and the browser means the same passkey.
        if attested.credential != self.credential {
            return Err(Unfit::CredentialId);
        }
        // Step 28: none was asked for, and none is needed.
        Ok(NewPasskey {
            credential: attested.credential.to_vec(),
            key: attested.key.to_vec(),
            transports: self.transports.clone(),
            counter: data.counter,
            backup_eligible: data.is_backup_eligible(),
            backed_up: data.is_backed_up(),
        })
    }
}

//! A passkey that is used, as a browser brings it: section 7.2 of Web Authentication, by its steps. Steps 1 to 4 are the
//! browser's; steps 5, 6 and 11 (whose passkey, and the challenge), 19 and 22 (what is known of it already) and 24 (what is
//! known from now on) are for whoever calls.

use serde_json::Value;

use super::client_data::{CHALLENGE, Ceremony, ClientData};
use super::{AuthenticatorData, PublicKey, RelyingParty, Unfit};

/// What `navigator.credentials.get()` gave, as `AuthenticationResponseJSON` (section 5.1).
pub struct Assertion {
    client_data: ClientData,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    credential: Vec<u8>,
    user: Option<Vec<u8>>,
}

impl Assertion {
    /// Reads the JSON form.
    ///
    /// # Errors
    /// When it is not what a browser gives.
    pub fn read(json: &Value) -> Result<Self, Unfit> {
        let credential = super::credential(json)?;
        let client_data = ClientData::read(super::bytes(json, "response.clientDataJSON")?)?;
        let authenticator_data = super::bytes(json, "response.authenticatorData")?;
        let signature = super::bytes(json, "response.signature")?;
        let named = json.pointer("/response/userHandle").filter(|user| !user.is_null());
        let user = named.map(|_| super::bytes(json, "response.userHandle")).transpose()?;
        Ok(Self { client_data, authenticator_data, signature, credential, user })
    }

    /// The challenge that it answers.
    #[must_use]
    pub const fn challenge(&self) -> &[u8; CHALLENGE] {
        self.client_data.challenge()
    }

    /// The id of the passkey.
    #[must_use]
    pub fn credential(&self) -> &[u8] {
        &self.credential
    }

    /// The handle that its owner was given when it was made; authenticators that were told whose passkey to use may leave
    /// it out.
    #[must_use]
    pub fn user(&self) -> Option<&[u8]> {
        self.user.as_deref()
    }

    /// What the authenticator says, if it is as it was asked for. It counts only with [`Assertion::is_signed_by`].
    ///
    /// # Errors
    /// When it is not: the first that is found.
    pub fn verify(&self, relying_party: &RelyingParty) -> Result<AuthenticatorData<'_>, Unfit> {
        // Steps 10 and 12 to 14.
        self.client_data.check(Ceremony::Get, relying_party)?;
        let data = AuthenticatorData::read(&self.authenticator_data)?;
        // Steps 15 to 18.
        super::check(&data, relying_party)?;
        // Step 23: no extension was asked for, and none is needed.
        Ok(data)
    }

    /// Whether the owner of this key has signed all of it (steps 20 and 21).
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let message = [self.authenticator_data.as_slice(), self.client_data.hash().as_ref()].concat();
        key.has_signed(&message, &self.signature)
    }
}

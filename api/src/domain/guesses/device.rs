//! Device tokens: a device that has signed in to an account is known by one, so that strangers who guess at the account do
//! not lock it out. It opens nothing: with it, guesses are counted apart.
//!
//! Nothing is stored: the token is a random id with a keyed hash over it and the account's address.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::entropy::Entropy;
use entity::keys::Keys;
use entity::values::{EmailAddress, Unchecked};

/// What the keyed hash is for.
const KIND: &str = "device";
const PREFIX: &str = "device_";

/// A token that was given to a device at a sign-in to this account.
pub struct Device([u8; 16]);

impl Device {
    /// A device that has just signed in for the first time.
    #[must_use]
    pub fn new(entropy: &Entropy) -> Self {
        Self(entropy.bytes())
    }

    /// The device that a token of this account stands for; none if it was not given out for it.
    #[must_use]
    pub fn read(keys: &Keys, email: &Unchecked<EmailAddress>, token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (id, digest) = bytes.split_first_chunk::<16>()?;
        keys.is_secret(KIND, &bound(id, email), digest).then_some(Self(*id))
    }

    /// The token to keep on the device.
    #[must_use]
    pub fn token(&self, keys: &Keys, email: &Unchecked<EmailAddress>) -> String {
        let digest = keys.secret(KIND, &bound(&self.0, email));
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([self.0.as_slice(), &digest].concat()))
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn bound(id: &[u8; 16], email: &Unchecked<EmailAddress>) -> Vec<u8> {
    [id.as_slice(), &super::account(email)].concat()
}

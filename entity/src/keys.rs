//! Keyed hashes: what is personal or secret is found by them and never stored in clear.

use aws_lc_rs::{constant_time, hmac};
use uuid::Uuid;

use crate::ids::{AppId, BrandId, ChangeId, ConsentEventId, CustomerId, ProfileId};
use crate::values::{AccountId, EmailAddress, Handle};

/// A keyed hash (HMAC-SHA-256) in the directory or beside a secret.
pub type Digest = Vec<u8>;

/// The operator's keys for lookups and for stored secrets. They are not in the database.
pub struct Keys {
    lookup: hmac::Key,
    secrets: hmac::Key,
}

impl Keys {
    /// Keys from two independent random values.
    #[must_use]
    pub fn new(lookup: &[u8; 32], secrets: &[u8; 32]) -> Self {
        Self { lookup: hmac::Key::new(hmac::HMAC_SHA256, lookup), secrets: hmac::Key::new(hmac::HMAC_SHA256, secrets) }
    }

    /// Where the directory holds the owner of a handle. The channel is part of what is hashed.
    #[must_use]
    pub fn handle(&self, handle: &Handle) -> Digest {
        digest(&self.lookup, "handle", &[handle.channel().as_str().as_bytes(), handle.normalised().as_bytes()])
    }

    /// Where the directory holds the owner of an account id on a channel.
    #[must_use]
    pub fn account(&self, channel: crate::values::Channel, account: &AccountId) -> Digest {
        digest(&self.lookup, "account", &[channel.as_str().as_bytes(), account.as_str().as_bytes()])
    }

    /// Where the directory holds the account that signs in with an address.
    #[must_use]
    pub fn login(&self, address: &EmailAddress) -> Digest {
        digest(&self.lookup, "login", &[address.as_str().to_lowercase().as_bytes()])
    }

    /// Where the directory holds who signs in by an account of a provider: whoever vouches for it, and its own id there.
    #[must_use]
    pub fn sign_in(&self, authority: &str, subject: &str) -> Digest {
        digest(&self.lookup, "sign-in", &[authority.as_bytes(), subject.as_bytes()])
    }

    /// Where the directory holds whose passkey has a credential id.
    #[must_use]
    pub fn passkey(&self, credential: &[u8]) -> Digest {
        digest(&self.lookup, "passkey", &[credential])
    }

    /// How authenticators know a customer: it says nothing of them to whoever finds the authenticator.
    #[must_use]
    pub fn passkey_user(&self, customer: CustomerId) -> Digest {
        digest(&self.lookup, "passkey-user", &[customer.0.as_bytes()])
    }

    /// By what a brand's member of staff is found who signs in with an address.
    #[must_use]
    pub fn staff(&self, address: &EmailAddress) -> Digest {
        digest(&self.lookup, "staff", &[address.as_str().to_lowercase().as_bytes()])
    }

    /// Where the directory holds a pairwise id: the brand is part of what is hashed, so another brand's id finds nobody.
    #[must_use]
    pub fn profile(&self, brand: BrandId, profile: ProfileId) -> Digest {
        digest(&self.lookup, "profile", &[brand.0.as_bytes(), profile.0.as_bytes()])
    }

    /// Where the directory holds a record of an import by its key in the source system.
    #[must_use]
    pub fn import_key(&self, key: &str) -> Digest {
        digest(&self.lookup, "import", &[key.as_bytes()])
    }

    /// How a brand's feed names a consent event: the event's own id would tell by its counter what else the server has done.
    #[must_use]
    pub fn change(&self, brand: BrandId, event: ConsentEventId) -> ChangeId {
        let digest = digest(&self.lookup, "change", &[brand.0.as_bytes(), event.0.as_bytes()]);
        ChangeId(Uuid::from_slice(digest.get(..16).unwrap_or_default()).unwrap_or_default())
    }

    /// What deliveries of an app's webhook are signed with. It stands nowhere: whoever has the database alone cannot sign, and
    /// another salt makes another secret.
    #[must_use]
    pub fn webhook(&self, app: AppId, salt: &[u8]) -> Digest {
        digest(&self.secrets, "webhook", &[app.0.as_bytes(), salt])
    }

    /// What is stored of a secret that we issued: an app's secret, a refresh token, a mailed code.
    #[must_use]
    pub fn secret(&self, kind: &str, secret: &[u8]) -> Digest {
        digest(&self.secrets, kind, &[secret])
    }

    /// Whether this is the secret of that digest, in constant time.
    #[must_use]
    pub fn is_secret(&self, kind: &str, secret: &[u8], stored: &[u8]) -> bool {
        constant_time::verify_slices_are_equal(&self.secret(kind, secret), stored).is_ok()
    }
}

/// Every part is preceded by its length, so that no two lists of parts hash alike.
fn digest(key: &hmac::Key, kind: &str, parts: &[&[u8]]) -> Digest {
    let mut context = hmac::Context::with_key(key);
    for part in std::iter::once(&kind.as_bytes()).chain(parts) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.sign().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::Channel;

    fn keys() -> Keys {
        Keys::new(&[1; 32], &[2; 32])
    }

    #[test]
    fn the_same_name_on_two_channels_is_found_in_two_places() {
        let on_x = Handle::parse(Channel::X, "ada").unwrap();
        let on_instagram = Handle::parse(Channel::Instagram, "ada").unwrap();
        assert_ne!(keys().handle(&on_x), keys().handle(&on_instagram));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[1; 32]);
        assert_ne!(digest(&key, "k", &[b"ab", b"c"]), digest(&key, "k", &[b"a", b"bc"]));
    }

    #[test]
    fn a_secret_is_recognised_and_another_is_not() {
        let stored = keys().secret("app", b"open sesame");
        assert!(keys().is_secret("app", b"open sesame", &stored));
        assert!(!keys().is_secret("app", b"open sesam", &stored));
        assert!(!keys().is_secret("refresh", b"open sesame", &stored));
    }
}

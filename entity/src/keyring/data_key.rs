//! A data key: seals and opens with AES-256-GCM-SIV (RFC 8452), which a repeated nonce does not break.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use crate::entropy::Entropy;

/// Bytes of a key.
pub(super) const KEY_BYTES: usize = 32;
/// Bytes of a tag.
const TAG_BYTES: usize = 16;

/// A key of 256 bits. It is wiped from memory when its last holder lets go of it, is never printed, and leaves this crate
/// in no form.
///
/// ```compile_fail,E0277
/// fn needs_debug<T: std::fmt::Debug>() {}
/// needs_debug::<entity::keyring::DataKey>();
/// ```
/// ```
/// fn is_shared<T: Clone + Send + Sync>() {}
/// is_shared::<entity::keyring::DataKey>();
/// ```
#[derive(Clone)]
pub struct DataKey(Arc<Zeroizing<[u8; KEY_BYTES]>>);

impl DataKey {
    pub(super) fn new(entropy: &Entropy) -> Self {
        Self::from_bytes(entropy.bytes())
    }

    pub(super) fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Arc::new(Zeroizing::new(bytes)))
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Seals a text for a place: nonce, ciphertext, tag. `None` if the library fails.
    pub(crate) fn seal(&self, place: &[u8], text: &[u8], entropy: &Entropy) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut sealed = Vec::with_capacity(NONCE_LEN + text.len() + TAG_BYTES);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(text);
        let body = sealed.get_mut(NONCE_LEN..)?;
        let key = self.cipher()?;
        let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), body).ok()?;
        sealed.extend_from_slice(tag.as_ref());
        Some(sealed)
    }

    /// Opens what was sealed for the same place. `None` if it was not, or was changed since.
    pub(crate) fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, body) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self.cipher()?.open_in_place(nonce, Aad::from(place), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM_SIV, self.bytes()).ok().map(LessSafeKey::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_in_its_place_and_nowhere_else() {
        let entropy = Entropy::seeded(1);
        let key = DataKey::new(&entropy);
        let sealed = key.seal(b"here", b"secret", &entropy).unwrap();
        assert_eq!(key.open(b"here", &sealed).unwrap().as_slice(), b"secret");
        assert!(key.open(b"there", &sealed).is_none());
        assert!(DataKey::new(&entropy).open(b"here", &sealed).is_none());
    }

    #[test]
    fn a_changed_byte_anywhere_opens_nothing() {
        let entropy = Entropy::seeded(1);
        let key = DataKey::new(&entropy);
        let sealed = key.seal(b"here", b"secret", &entropy).unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key.open(b"here", &changed).is_none(), "byte {place}");
        }
        assert!(key.open(b"here", &sealed[..sealed.len() - 1]).is_none());
        assert!(key.open(b"here", b"").is_none());
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        let entropy = Entropy::seeded(1);
        let key = DataKey::new(&entropy);
        assert_ne!(key.seal(b"", b"secret", &entropy), key.seal(b"", b"secret", &entropy));
    }
}

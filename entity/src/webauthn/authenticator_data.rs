//! What an authenticator says and signs: authenticator data (Web Authentication, section 6.1).

use super::Unfit;
use super::cbor::{self, Item};

/// Somebody touched it.
const USER_PRESENT: u8 = 1;
/// It has checked who that was, by a PIN or a finger.
const USER_VERIFIED: u8 = 1 << 2;
/// The passkey can be copied to other devices of its owner.
const BACKUP_ELIGIBLE: u8 = 1 << 3;
/// It has been.
const BACKED_UP: u8 = 1 << 4;
/// A new passkey is in it.
const ATTESTED: u8 = 1 << 6;
/// Extensions are in it.
const EXTENDED: u8 = 1 << 7;

/// Bytes of a credential id: shorter ones hold too little chance, longer ones are forbidden (section 7.1, step 25).
const CREDENTIAL_ID: std::ops::RangeInclusive<usize> = 16..=1_023;

/// What it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatorData<'b> {
    /// The hash of the relying party's id.
    pub relying_party: &'b [u8],
    flags: u8,
    /// How often it has signed; zero where it does not count.
    pub counter: u32,
    /// The new passkey, when one is made.
    pub attested: Option<Attested<'b>>,
}

/// A new passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attested<'b> {
    /// Its id.
    pub credential: &'b [u8],
    /// Its public key, in COSE.
    pub key: &'b [u8],
}

impl<'b> AuthenticatorData<'b> {
    /// Reads all of the bytes.
    ///
    /// # Errors
    /// When they are not what an authenticator writes.
    pub fn read(bytes: &'b [u8]) -> Result<Self, Unfit> {
        let data = read(bytes).ok_or(Unfit::AuthenticatorData)?;
        let sound = |attested: &Attested<'_>| CREDENTIAL_ID.contains(&attested.credential.len());
        if data.attested.as_ref().is_none_or(sound) { Ok(data) } else { Err(Unfit::CredentialId) }
    }

    /// Whether somebody touched it.
    #[must_use]
    pub const fn has_user_present(&self) -> bool {
        self.flags & USER_PRESENT != 0
    }

    /// Whether it has checked who that was.
    #[must_use]
    pub const fn has_user_verified(&self) -> bool {
        self.flags & USER_VERIFIED != 0
    }

    /// Whether the passkey can be copied to other devices of its owner.
    #[must_use]
    pub const fn is_backup_eligible(&self) -> bool {
        self.flags & BACKUP_ELIGIBLE != 0
    }

    /// Whether it has been.
    #[must_use]
    pub const fn is_backed_up(&self) -> bool {
        self.flags & BACKED_UP != 0
    }
}

fn read(bytes: &[u8]) -> Option<AuthenticatorData<'_>> {
    let (relying_party, rest) = bytes.split_at_checked(32)?;
    let ([flags], rest) = rest.split_first_chunk()?;
    let (counter, mut rest) = rest.split_first_chunk()?;
    let mut attested = None;
    if flags & ATTESTED != 0 {
        // The model of the authenticator is not looked at.
        let (_, after) = rest.split_at_checked(16)?;
        let (length, after) = after.split_first_chunk()?;
        let (credential, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        let (_, behind) = cbor::read(after).filter(|(key, _)| matches!(key, Item::Map(_)))?;
        let (key, _) = after.split_at_checked(after.len() - behind.len())?;
        attested = Some(Attested { credential, key });
        rest = behind;
    }
    if flags & EXTENDED != 0 {
        let (_, behind) = cbor::read(rest).filter(|(extensions, _)| matches!(extensions, Item::Map(_)))?;
        rest = behind;
    }
    let counter = u32::from_be_bytes(*counter);
    rest.is_empty().then_some(AuthenticatorData { relying_party, flags: *flags, counter, attested })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: [u8; 3] = [0xa1, 1, 2];

    fn plain(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&[9; 32][..], &[flags], &7_u32.to_be_bytes(), rest].concat()
    }

    fn with_passkey(credential: &[u8], rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(credential.len()).unwrap().to_be_bytes();
        [&[0; 16][..], &length, credential, rest].concat()
    }

    #[test]
    fn flags_counter_and_passkey_are_where_the_standard_has_them() {
        let bytes = plain(0b0000_0101, &[]);
        let data = AuthenticatorData::read(&bytes).unwrap();
        assert_eq!((data.relying_party, data.counter, data.attested), (&[9; 32][..], 7, None));
        assert!(data.has_user_present() && data.has_user_verified());
        assert!(!data.is_backup_eligible() && !data.is_backed_up());
        let bytes = plain(0b1101_1000, &with_passkey(&[3; 16], &[&KEY[..], &[0xa0]].concat()));
        let data = AuthenticatorData::read(&bytes).unwrap();
        assert_eq!(data.attested, Some(Attested { credential: &[3; 16], key: &KEY }));
        assert!(!data.has_user_present() && !data.has_user_verified());
        assert!(data.is_backup_eligible() && data.is_backed_up());
    }

    #[test]
    fn what_is_cut_off_too_long_or_not_announced_is_refused() {
        for (bytes, why) in [
            (Vec::new(), "nothing"),
            (plain(1, &[])[..36].to_vec(), "half a counter"),
            (plain(1, &[0]), "something behind"),
            (plain(1, &with_passkey(&[3; 16], &KEY)), "a passkey that is not announced"),
            (plain(1 << 6, &[]), "none though one is"),
            (plain(1 << 6, &with_passkey(&[3; 16], &[])), "a passkey without a key"),
            (plain(1 << 6, &with_passkey(&[3; 16], &[0x40])), "a key that is none"),
            (plain(1 << 6, &with_passkey(&[3; 16], &KEY)[..20]), "half a passkey"),
            (
                plain(1 << 6, &with_passkey(&[3; 16], &[&KEY[..], &[0xa0]].concat())),
                "extensions that are not announced",
            ),
            (plain(1 << 7, &[]), "none though they are"),
            (plain(1 << 7, &[0x80]), "extensions that are none"),
        ] {
            assert_eq!(AuthenticatorData::read(&bytes), Err(Unfit::AuthenticatorData), "{why}");
        }
        for (length, sound) in [(0, false), (15, false), (16, true), (1_023, true), (1_024, false)] {
            let bytes = plain(1 << 6, &with_passkey(&vec![3; length], &KEY));
            let read = AuthenticatorData::read(&bytes);
            assert_eq!(read.is_ok(), sound, "an id of {length} bytes: {read:?}");
            assert!(sound || read == Err(Unfit::CredentialId));
        }
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_the_reader_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = AuthenticatorData::read(&bytes);
        }

        #[test]
        fn a_cut_or_a_changed_byte_never_breaks_the_reader(cut in 0_usize..80, place in 0_usize..80, byte in any::<u8>()) {
            let mut bytes = plain(0b1100_0101, &with_passkey(&[3; 16], &[&KEY[..], &[0xa0]].concat()));
            if let Some(known) = bytes.get_mut(place) {
                *known = byte;
            }
            bytes.truncate(cut);
            let _ = AuthenticatorData::read(&bytes);
        }
    }
}

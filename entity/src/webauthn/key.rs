//! The public key of a passkey, as authenticators write it: a COSE key (RFC 9052 section 7, RFC 9053 section 7, RFC 8230).

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use super::cbor::{self, Item};

/// The algorithms that are taken, as COSE numbers them, those that are liked best first.
pub const ALGORITHMS: [i64; 3] = [EDDSA, ES256, RS256];

/// Ed25519.
const EDDSA: i64 = -8;
/// ECDSA with P-256 and SHA-256.
const ES256: i64 = -7;
/// RSA PKCS#1 v1.5 with SHA-256: what the security chips of some computers have and nothing else.
const RS256: i64 = -257;
/// Bytes of an RSA modulus: 2048 to 4096 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=512;

/// A public key that a signature can be checked by.
pub enum PublicKey {
    /// On an elliptic curve, checked to be on it.
    Curve(ParsedPublicKey),
    /// Modulus and exponent of RSA.
    Rsa(RsaPublicKeyComponents<Vec<u8>>),
}

impl PublicKey {
    /// Reads the bytes of a COSE key. `None` if it is of no algorithm of ours, or not a key of its algorithm.
    #[must_use]
    pub fn read(cose: &[u8]) -> Option<Self> {
        let key = cbor::read_whole(cose)?;
        let [kind, algorithm, curve] = [1, 3, -1].map(|label| key.at(label).and_then(Item::number));
        let bytes = |label| key.at(label).and_then(Item::bytes);
        let whole = |label| bytes(label).filter(|bytes| bytes.len() == 32);
        match (algorithm?, kind?) {
            (EDDSA, 1) if curve == Some(6) => ParsedPublicKey::new(&ED25519, whole(-2)?).ok().map(Self::Curve),
            (ES256, 2) if curve == Some(1) => {
                // An uncompressed point (SEC 1, section 2.3.3).
                let point = [&[4], whole(-2)?, whole(-3)?].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).ok().map(Self::Curve)
            }
            (RS256, 3) => {
                let (n, e) = (bytes(-1)?, bytes(-2)?);
                let sound = MODULUS.contains(&n.len()) && (1..=8).contains(&e.len());
                sound.then(|| Self::Rsa(RsaPublicKeyComponents { n: n.to_vec(), e: e.to_vec() }))
            }
            _ => None,
        }
    }

    /// Whether its owner has signed this message.
    #[must_use]
    pub fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Curve(key) => key.verify_sig(message, signature).is_ok(),
            Self::Rsa(key) => key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
    use proptest::prelude::*;

    use super::*;

    /// A map of small numbers to numbers or bytes.
    fn cose(parts: &[(i8, Result<i16, &[u8]>)]) -> Vec<u8> {
        let number = |number: i16| {
            let (sign, size) = if number < 0 { (0x20, -1 - number) } else { (0, number) };
            match u8::try_from(size).unwrap_or(u8::MAX) {
                size @ 0..=23 => vec![sign | size],
                size @ 24..=254 => vec![sign | 24, size],
                255 => [&[sign | 25][..], &size.to_be_bytes()].concat(),
            }
        };
        let mut written = vec![0xa0 | u8::try_from(parts.len()).unwrap()];
        for (label, value) in parts {
            written.extend(number((*label).into()));
            match value {
                Ok(value) => written.extend(number(*value)),
                Err(bytes) => {
                    written.push(0x59);
                    written.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
                    written.extend_from_slice(bytes);
                }
            }
        }
        // A length in three bytes is not the shortest for 32 bytes or for three.
        let short =
            [(vec![0x59, 0, 32], vec![0x58, 32]), (vec![0x59, 0, 3], vec![0x43]), (vec![0x59, 0, 31], vec![0x58, 31])];
        for (long, short) in short {
            while let Some(place) = written.windows(3).position(|window| window == long) {
                written.splice(place..place + 3, short.iter().copied());
            }
        }
        written
    }

    fn pair() -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
    }

    fn ed25519(algorithm: i16, kind: i16, curve: i16, x: &[u8]) -> Option<PublicKey> {
        PublicKey::read(&cose(&[(1, Ok(kind)), (3, Ok(algorithm)), (-1, Ok(curve)), (-2, Err(x))]))
    }

    #[test]
    fn a_signature_holds_for_its_key_and_its_message_alone() {
        let pair = pair();
        let key = ed25519(-8, 1, 6, pair.public_key().as_ref()).unwrap();
        let signature = pair.sign(b"yes");
        assert!(key.has_signed(b"yes", signature.as_ref()));
        assert!(!key.has_signed(b"no", signature.as_ref()));
        assert!(!key.has_signed(b"yes", b""));
        let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
        assert!(!key.has_signed(b"yes", other.sign(b"yes").as_ref()));
    }

    #[test]
    fn a_key_that_is_not_what_it_says_is_none() {
        let pair = pair();
        let x = pair.public_key().as_ref();
        for (algorithm, kind, curve, bytes, why) in [
            (-7, 1, 6, x, "another algorithm"),
            (-8, 2, 6, x, "another kind"),
            (-8, 1, 1, x, "another curve"),
            (-8, 1, 6, &x[..31], "too short"),
            (-35, 2, 2, x, "an algorithm that is not taken"),
        ] {
            assert!(ed25519(algorithm, kind, curve, bytes).is_none(), "{why}");
        }
        let beside = [(1, Ok(2)), (3, Ok(-7)), (-1, Ok(1)), (-2, Err(&[1_u8; 32][..])), (-3, Err(&[1_u8; 32][..]))];
        assert!(PublicKey::read(&cose(&beside)).is_none(), "a point beside the curve");
        let short = [(1, Ok(3)), (3, Ok(-257)), (-1, Err(&[0xff_u8; 32][..])), (-2, Err(&[1_u8, 0, 1][..]))];
        assert!(PublicKey::read(&cose(&short)).is_none(), "a modulus that is easily factored");
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_they_are_a_key_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = PublicKey::read(&bytes).map(|key| key.has_signed(b"message", &bytes));
        }
    }
}

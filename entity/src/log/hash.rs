//! The hashes of the tree: SHA-256, with leaves and nodes told apart by their first byte. RFC 9162 section 2.1.1.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;

use crate::values::Malformed;

/// SHA-256 of a leaf, of a node or of the empty tree.
///
/// Text: base64 with padding (RFC 4648 section 4), 44 characters; only the canonical spelling is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; Hash::BYTES]);

impl Hash {
    /// How many bytes it has.
    pub const BYTES: usize = 32;
}

/// The hash of an entry: SHA-256 of `0x00` and its bytes.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    sha256(&[&[0x00], data].concat())
}

/// The hash of a node: SHA-256 of `0x01` and the hashes of its two halves.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [0x01; 1 + 2 * Hash::BYTES];
    let (_, halves) = bytes.split_at_mut(1);
    let (first, second) = halves.split_at_mut(Hash::BYTES);
    first.copy_from_slice(&left.0);
    second.copy_from_slice(&right.0);
    sha256(&bytes)
}

/// The root of a tree without leaves: SHA-256 of nothing.
pub(super) fn empty_root() -> Hash {
    sha256(&[])
}

fn sha256(bytes: &[u8]) -> Hash {
    let mut hash = [0; Hash::BYTES];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    Hash(hash)
}

impl fmt::Display for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        Base64Display::new(&self.0, &STANDARD).fmt(formatter)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(Malformed::new("a hash: 32 bytes in base64, 44 characters"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_in_base64_and_read_back_from_that_spelling_only() {
        let text = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(empty_root().to_string(), text);
        assert_eq!(text.parse(), Ok(empty_root()));
        assert_eq!(format!("{:?}", empty_root()), format!("Hash({text})"));
        for wrong in [
            "",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
            "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
            " 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ] {
            assert!(wrong.parse::<Hash>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_leaf_that_spells_a_node_does_not_hash_like_it() {
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let spelt = [&[0x01], &left.0[..], &right.0[..]].concat();
        assert_ne!(leaf_hash(&spelt), node_hash(&left, &right));
        assert_ne!(leaf_hash(&spelt[1..]), node_hash(&left, &right));
    }
}

//! Checkpoints: the log's head with its time, signed. C2SP tlog-checkpoint in a C2SP signed-note.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::values::{Malformed, Timestamp};

use super::frontier::Head;

/// What the log says of itself at a moment.
///
/// Text, each line ended by a line feed, in this order and spelling only:
///
/// ```text
/// example.org/log
/// 20852163
/// CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
/// time 1795447644123
/// epoch 2
/// previous 20851000 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
/// ```
///
/// The last two lines are optional; further [`Extension`] lines may follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// Size and root.
    pub head: Head,
    /// When it was signed, by the signer's word.
    pub at: Timestamp,
    /// How often the log was begun anew, for example after a restore.
    pub epoch: Option<u64>,
    /// The last known head of the epoch before.
    pub previous: Option<Head>,
    /// Lines that mean nothing to this version. The signature covers them.
    pub extensions: Vec<Extension>,
}

/// A checkpoint and its signature, which nobody has checked yet: only [`SignedCheckpoint::verify`] shows what it says.
///
/// Text: that of the checkpoint, an empty line, and `— origin signature`, where the signature is base64 of the four
/// bytes of [`key_hash`] and the 64 bytes of an Ed25519 signature (RFC 8032) over the text before the empty line. What is
/// read is written again with the same bytes; every other spelling is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    key_hash: [u8; 4],
    signature: [u8; 64],
}

/// The name of a log and of the key that signs for it: not empty, without white space, `+` or control characters.
/// By custom a URL without its scheme, such as `example.org/log`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

/// A line for later versions: not empty, without control characters, and its first word none of `time`, `epoch` and
/// `previous`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension(String);

/// Why a checkpoint is not accepted. Holds nothing of what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointFault {
    /// It is not a note with one signature.
    #[error("expected the checkpoint's lines, an empty line and one signature line, each ended by a line feed")]
    Shape,
    /// A line is missing or not in its canonical spelling.
    #[error("line {line}: {mend}")]
    Line {
        /// From 1.
        line: usize,
        /// What was expected.
        mend: Malformed,
    },
    /// The signature line is not in its canonical spelling.
    #[error("the signature line: {0}")]
    SignatureLine(Malformed),
    /// It speaks of another log than expected.
    #[error("the checkpoint is of another log")]
    OtherOrigin,
    /// It is signed with another key than expected.
    #[error("the checkpoint is signed with another key")]
    OtherKey,
    /// Text or signature was altered.
    #[error("the signature does not fit the checkpoint")]
    WrongSignature,
}

/// By which a signature line names its key: the first four bytes of SHA-256 of the origin, a line feed, `0x01` for
/// Ed25519 and the public key. It tells keys apart; it does not authenticate them.
#[must_use]
pub fn key_hash(origin: &Origin, public_key: &[u8; 32]) -> [u8; 4] {
    let named = [origin.0.as_bytes(), b"\n\x01", public_key].concat();
    let mut hash = [0; 4];
    hash.iter_mut().zip(digest(&SHA256, &named).as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

impl Checkpoint {
    /// Signs it.
    #[must_use]
    pub fn sign(self, key: &Ed25519KeyPair) -> SignedCheckpoint {
        let mut public_key = [0; 32];
        public_key.copy_from_slice(key.public_key().as_ref());
        let mut signature = [0; 64];
        signature.copy_from_slice(key.sign(self.to_string().as_bytes()).as_ref());
        SignedCheckpoint { key_hash: key_hash(&self.origin, &public_key), signature, checkpoint: self }
    }
}

impl SignedCheckpoint {
    /// What it says, once it is certain that this log has signed it with this key.
    ///
    /// # Errors
    /// When it is of another log, signed with another key, or altered.
    pub fn verify(&self, origin: &Origin, public_key: &[u8; 32]) -> Result<&Checkpoint, CheckpointFault> {
        if self.checkpoint.origin != *origin {
            return Err(CheckpointFault::OtherOrigin);
        }
        if self.key_hash != key_hash(origin, public_key) {
            return Err(CheckpointFault::OtherKey);
        }
        UnparsedPublicKey::new(&ED25519, public_key)
            .verify(self.checkpoint.to_string().as_bytes(), &self.signature)
            .map_err(|_| CheckpointFault::WrongSignature)?;
        Ok(&self.checkpoint)
    }

    /// The hint which of several keys to verify with.
    #[must_use]
    pub const fn key_hash(&self) -> [u8; 4] {
        self.key_hash
    }
}

mod text;

#[cfg(test)]
mod tests;

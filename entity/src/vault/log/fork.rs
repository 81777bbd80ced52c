//! Where a restored log left the one that it was copied from, as its checkpoints declare it.

use crate::log::{Checkpoint, Head};

/// The extension line of a checkpoint that says how many records the restored copy had.
pub(super) const FORK: &str = "fork ";

/// What a restore has lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork {
    /// How many records the log had when it went on: those before are the same.
    pub at: u64,
    /// The last checkpoint that was known of the epoch before.
    pub lost: Head,
}

impl Fork {
    /// What a verified checkpoint declares.
    #[must_use]
    pub fn declared_by(checkpoint: &Checkpoint) -> Option<Self> {
        let texts = checkpoint.extensions.iter().map(ToString::to_string);
        let mut forks = texts.filter_map(|text| text.strip_prefix(FORK)?.parse().ok());
        Some(Self { at: forks.next()?, lost: checkpoint.previous? })
    }

    /// Whether a checkpoint of an earlier epoch lies in what is declared as lost.
    #[must_use]
    pub const fn has_lost(&self, head: Head) -> bool {
        self.at < head.size && head.size <= self.lost.size
    }

    /// `size root at`, as the head's row holds it.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let lost = Head { size: parts.next()?.parse().ok()?, root: parts.next()?.parse().ok()? };
        Some(Self { lost, at: parts.next()?.parse().ok()? })
    }
}

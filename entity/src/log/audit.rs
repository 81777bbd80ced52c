//! The auditor: reads a log from its first entry beside checkpoints that it trusts, and names the first fault.

use std::collections::VecDeque;

use super::frontier::{Frontier, Head};
use super::hash::{Hash, leaf_hash};

/// What is wrong with a log. Holds indexes and sizes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    /// Two trusted checkpoints contradict each other: the log was shown to two people in two versions.
    #[error("two checkpoints of {size} entries have different roots")]
    SplitView {
        /// Of both.
        size: u64,
    },
    /// An entry is missing, stands twice or is out of order.
    #[error("expected entry {expected}, found entry {found}")]
    Order {
        /// The index that comes next.
        expected: u64,
        /// The index that came.
        found: u64,
    },
    /// The entry or its stored leaf hash was altered.
    #[error("entry {index} does not hash to its stored leaf hash")]
    Altered {
        /// Of the entry.
        index: u64,
    },
    /// Entries, and their stored leaf hashes if there are any, are not those that the checkpoint was signed over.
    #[error("entries {from} to {size} (exclusive) are not those of the checkpoint of {size} entries")]
    OtherRoot {
        /// Where the checkpoint before it ends; the entries up to there are sound.
        from: u64,
        /// Of the checkpoint.
        size: u64,
    },
    /// Entries were cut off at the end.
    #[error("the log ends after {size} entries, a checkpoint has {trusted}")]
    Truncated {
        /// How many there are.
        size: u64,
        /// How many there were.
        trusted: u64,
    },
}

/// What an audit without a fault has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audited {
    /// Where the log stands, to compare with its newest checkpoint.
    pub head: Head,
    /// How many of the entries a trusted checkpoint vouches for. Those after them are proven by nothing yet.
    pub proven: u64,
}

/// Reads entries in order and keeps O(log n) hashes of them.
#[derive(Debug, Clone)]
pub struct Auditor {
    frontier: Frontier,
    /// Those not reached yet, by size.
    trusted: VecDeque<Head>,
    proven: u64,
    fault: Option<AuditFault>,
}

impl Auditor {
    /// Begins before the first entry. The heads are those of checkpoints whose signatures were verified and which come
    /// from outside the operator's reach, in any order.
    ///
    /// # Errors
    /// [`AuditFault::SplitView`] when two of one size differ, [`AuditFault::OtherRoot`] when an empty one has a root
    /// other than that of the empty log.
    pub fn new(trusted: impl IntoIterator<Item = Head>) -> Result<Self, AuditFault> {
        let mut trusted: Vec<Head> = trusted.into_iter().collect();
        trusted.sort_by_key(|head| (head.size, head.root));
        trusted.dedup();
        let split = trusted.iter().zip(trusted.iter().skip(1)).find(|(head, next)| head.size == next.size);
        if let Some((head, _)) = split {
            return Err(AuditFault::SplitView { size: head.size });
        }
        let mut auditor = Self { frontier: Frontier::default(), trusted: trusted.into(), proven: 0, fault: None };
        auditor.compare()?;
        Ok(auditor)
    }

    /// Reads the next entry: its index, its bytes, and its leaf hash where one is stored.
    ///
    /// # Errors
    /// The first fault; once there is one, every call returns it.
    pub fn read(&mut self, index: u64, data: &[u8], stored: Option<Hash>) -> Result<(), AuditFault> {
        let outcome = self.fault.map_or_else(|| self.advance(index, data, stored), Err);
        self.fault = outcome.err();
        outcome
    }

    /// How many of the entries read so far a trusted checkpoint vouches for. All else may be altered, whatever the fault.
    #[must_use]
    pub const fn proven(&self) -> u64 {
        self.proven
    }

    /// Says that the log ends here.
    ///
    /// # Errors
    /// The first fault, or [`AuditFault::Truncated`] when a trusted checkpoint was not reached.
    pub fn finish(self) -> Result<Audited, AuditFault> {
        let head = self.frontier.head();
        match (self.fault, self.trusted.front()) {
            (Some(fault), _) => Err(fault),
            (None, Some(next)) => Err(AuditFault::Truncated { size: head.size, trusted: next.size }),
            (None, None) => Ok(Audited { head, proven: self.proven }),
        }
    }

    fn advance(&mut self, index: u64, data: &[u8], stored: Option<Hash>) -> Result<(), AuditFault> {
        let expected = self.frontier.size();
        if index != expected {
            return Err(AuditFault::Order { expected, found: index });
        }
        let leaf = leaf_hash(data);
        if stored.is_some_and(|stored| stored != leaf) {
            return Err(AuditFault::Altered { index });
        }
        self.frontier.push(leaf);
        self.compare()
    }

    /// Compares with the trusted checkpoint of this size, if there is one.
    fn compare(&mut self) -> Result<(), AuditFault> {
        let size = self.frontier.size();
        let Some(trusted) = self.trusted.pop_front_if(|next| next.size == size) else { return Ok(()) };
        if trusted != self.frontier.head() {
            return Err(AuditFault::OtherRoot { from: self.proven, size });
        }
        self.proven = size;
        Ok(())
    }
}

#[cfg(test)]
mod tests;

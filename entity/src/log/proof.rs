//! Whether a proof holds, without the log: RFC 9162 sections 2.1.3.2 (inclusion) and 2.1.4.2 (consistency).

use super::frontier::Head;
use super::hash::{Hash, node_hash};

/// Why a proof is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// Every log begins with the empty one: nothing is proven.
    #[error("an empty log proves nothing")]
    Empty,
    /// The index is not below the size.
    #[error("a log of that size has no such leaf")]
    NoSuchLeaf,
    /// The log has shrunk.
    #[error("the newer log is the shorter one")]
    Shrunk,
    /// Hashes are missing.
    #[error("the proof is too short for these sizes")]
    Short,
    /// There are hashes that prove nothing.
    #[error("the proof is too long for these sizes")]
    Long,
    /// The leaf is not in that log at that index.
    #[error("the proof does not lead from the leaf to the root")]
    OtherRoot,
    /// The proof is about another log than the older one.
    #[error("the proof does not lead to the older root")]
    OtherOldRoot,
    /// The newer log does not begin with the older one.
    #[error("the proof does not lead to the newer root")]
    OtherNewRoot,
}

/// Checks that a leaf stands at `index` in the log with that head. The hash is made from the entry itself with
/// [`leaf_hash`](super::leaf_hash), the head comes from a verified checkpoint.
///
/// # Errors
/// When the index is not below the size, the proof has another length than the RFC gives it, or it leads to another root.
pub fn verify_inclusion(leaf: Hash, index: u64, proof: &[Hash], head: Head) -> Result<(), ProofFault> {
    if index >= head.size {
        return Err(ProofFault::NoSuchLeaf);
    }
    let mut climb = Climb { node: index, last: head.size - 1 };
    let mut root = leaf;
    for sibling in proof {
        root = match climb.next_side()? {
            Side::Left => node_hash(sibling, &root),
            Side::Right => node_hash(&root, sibling),
        };
    }
    climb.arrived()?;
    if root == head.root { Ok(()) } else { Err(ProofFault::OtherRoot) }
}

/// Checks that the newer log begins with the older one, unaltered. Both heads come from verified checkpoints.
///
/// # Errors
/// When the older log is empty or the longer one, the proof has another length than the RFC gives it (none for equal
/// sizes), or it leads to another root for either log.
pub fn verify_consistency(old: Head, new: Head, proof: &[Hash]) -> Result<(), ProofFault> {
    if old.size == 0 {
        return Err(ProofFault::Empty);
    }
    if old.size > new.size {
        return Err(ProofFault::Shrunk);
    }
    if old.size == new.size {
        return same(old, new, proof);
    }
    // A log whose size is a power of two is one perfect tree: its root is the start, and the proof leaves it out.
    let (start, siblings) = match proof.split_first() {
        None => return Err(ProofFault::Short),
        Some(_) if old.size.is_power_of_two() => (old.root, proof),
        Some((first, rest)) => (*first, rest),
    };
    let height = (old.size - 1).trailing_ones();
    let mut climb = Climb { node: (old.size - 1) >> height, last: (new.size - 1) >> height };
    let (mut old_root, mut new_root) = (start, start);
    for sibling in siblings {
        match climb.next_side()? {
            Side::Left => {
                old_root = node_hash(sibling, &old_root);
                new_root = node_hash(sibling, &new_root);
            }
            Side::Right => new_root = node_hash(&new_root, sibling),
        }
    }
    climb.arrived()?;
    if old_root != old.root {
        return Err(ProofFault::OtherOldRoot);
    }
    if new_root == new.root { Ok(()) } else { Err(ProofFault::OtherNewRoot) }
}

fn same(old: Head, new: Head, proof: &[Hash]) -> Result<(), ProofFault> {
    if !proof.is_empty() {
        return Err(ProofFault::Long);
    }
    if old.root == new.root { Ok(()) } else { Err(ProofFault::OtherNewRoot) }
}

/// The way from a node to the root: its index within its level, and that of the level's last node (`fn` and `sn` in the
/// RFC).
struct Climb {
    node: u64,
    last: u64,
}

/// On which side of the node the next hash of the proof stands.
enum Side {
    Left,
    Right,
}

impl Climb {
    fn next_side(&mut self) -> Result<Side, ProofFault> {
        if self.last == 0 {
            return Err(ProofFault::Long);
        }
        let side = if self.is_right() || self.node == self.last { Side::Left } else { Side::Right };
        if matches!(side, Side::Left) {
            // The last node of a level without a sibling stands for itself on the level above.
            while !self.is_right() && self.node != 0 {
                self.rise();
            }
        }
        self.rise();
        Ok(side)
    }

    const fn is_right(&self) -> bool {
        self.node & 1 == 1
    }

    const fn rise(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    const fn arrived(&self) -> Result<(), ProofFault> {
        if self.last == 0 { Ok(()) } else { Err(ProofFault::Short) }
    }
}

#[cfg(test)]
mod tests;

//! The roots of the perfect trees that a log consists of: all that is needed to append to it and to know its root.

use super::hash::{Hash, empty_root, node_hash};

/// Where a log stands: what a checkpoint signs and what proofs are checked against.
///
/// A proof that leads to the root tells little of the size, so the two stay together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many leaves there are.
    pub size: u64,
    /// The root over them; SHA-256 of nothing when there are none.
    pub root: Hash,
}

/// A log of which one root is kept for each power of two that its size is the sum of: at most 64 hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    /// From the largest tree, which is the oldest, to the smallest.
    roots: Vec<Hash>,
}

impl Frontier {
    /// How many leaves were appended.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf. Costs one [`node_hash`] on average and one per level at most.
    pub fn push(&mut self, leaf: Hash) {
        let mut root = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.roots.pop() {
                root = node_hash(&left, &root);
            }
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { size: self.size, root: join(&self.roots) }
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut frontier = Self::default();
        leaves.into_iter().for_each(|leaf| frontier.push(leaf));
        frontier
    }
}

/// The root over neighbouring perfect trees, each smaller than the one before it.
pub(super) fn join(roots: &[Hash]) -> Hash {
    let joined = roots.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
    joined.unwrap_or_else(empty_root)
}

#[cfg(test)]
mod tests {
    use super::super::definition;
    use super::*;

    #[test]
    fn a_frontier_has_the_root_of_the_definition_and_one_hash_per_power_of_two() {
        let leaves = definition::leaves(600);
        let mut frontier = Frontier::default();
        for size in 0..=leaves.len() {
            assert_eq!(frontier.head(), Head { size: size as u64, root: definition::root(&leaves[..size]) });
            assert_eq!(frontier.roots.len(), size.count_ones() as usize);
            if let Some(leaf) = leaves.get(size) {
                frontier.push(*leaf);
            }
        }
    }
}

//! Roots and proofs from tiles: first which tiles are needed, then the hashes. RFC 9162 sections 2.1.3.1 and 2.1.4.1.

use std::collections::BTreeSet;
use std::ops::Range;

use super::frontier::join;
use super::hash::Hash;
use super::tile::{Tile, TileId, Tiles, TreeFault};

/// Some hashes to compute, each the root over a range of leaves.
///
/// It needs at most two tiles per level; a log of 16 million leaves has three levels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(Vec<Range<u64>>);

impl Plan {
    /// One hash: the root over the first `size` leaves. Its tiles are also what [`append`](super::append) needs.
    #[must_use]
    pub fn root(size: u64) -> Self {
        Self(std::iter::once(0..size).collect())
    }

    /// The hashes of an inclusion proof, from the leaf upwards.
    ///
    /// # Errors
    /// [`TreeFault::NoSuchLeaf`] unless `index < size`.
    pub fn inclusion(index: u64, size: u64) -> Result<Self, TreeFault> {
        if index >= size {
            return Err(TreeFault::NoSuchLeaf { index, size });
        }
        let (siblings, _) = descend(index, size, |range| range.end - range.start == 1);
        Ok(Self(siblings))
    }

    /// The hashes of the proof that the log of `new` leaves begins with the log of `old` leaves. None if they are one.
    ///
    /// # Errors
    /// [`TreeFault::NoSuchPrefix`] unless `0 < old <= new`.
    pub fn consistency(old: u64, new: u64) -> Result<Self, TreeFault> {
        if old == 0 || old > new {
            return Err(TreeFault::NoSuchPrefix { old, new });
        }
        let (mut hashes, last) = descend(old - 1, new, |range| range.end == old);
        // The old log's last subtree, unless it is the whole old log: that root the verifier has.
        if last.start > 0 {
            hashes.insert(0, last);
        }
        Ok(Self(hashes))
    }

    /// The tiles to load.
    #[must_use]
    pub fn tiles(&self) -> BTreeSet<TileId> {
        self.0.iter().cloned().flat_map(perfect_trees).map(|tree| tree.tile).collect()
    }

    /// The hashes, from those tiles. They may have grown since.
    ///
    /// # Errors
    /// When a tile is missing or too narrow for the sizes asked about.
    pub fn hashes(&self, tiles: &Tiles) -> Result<Vec<Hash>, TreeFault> {
        self.0.iter().cloned().map(|range| root_over(tiles, range)).collect()
    }
}

/// The root over the first `size` leaves.
///
/// # Errors
/// When a tile is missing or too narrow.
pub fn root(tiles: &Tiles, size: u64) -> Result<Hash, TreeFault> {
    root_over(tiles, 0..size)
}

/// The proof that a leaf stands at `index` in the log of `size` leaves, for [`verify_inclusion`](super::verify_inclusion).
///
/// # Errors
/// Unless `index < size`, and when a tile is missing or too narrow.
pub fn inclusion_proof(tiles: &Tiles, index: u64, size: u64) -> Result<Vec<Hash>, TreeFault> {
    Plan::inclusion(index, size)?.hashes(tiles)
}

/// The proof that the log of `new` leaves begins with the log of `old` leaves, for
/// [`verify_consistency`](super::verify_consistency).
///
/// # Errors
/// Unless `0 < old <= new`, and when a tile is missing or too narrow.
pub fn consistency_proof(tiles: &Tiles, old: u64, new: u64) -> Result<Vec<Hash>, TreeFault> {
    Plan::consistency(old, new)?.hashes(tiles)
}

/// From the root towards a leaf until `done`: the subtrees left aside, lowest first, and the one that was reached.
fn descend(leaf: u64, size: u64, done: impl Fn(&Range<u64>) -> bool) -> (Vec<Range<u64>>, Range<u64>) {
    let mut aside = Vec::new();
    let mut range = 0..size;
    while !done(&range) {
        let half = 1 << (range.end - range.start - 1).ilog2();
        let (left, right) = (range.start..range.start + half, range.start + half..range.end);
        let (towards, other) = if leaf < left.end { (left, right) } else { (right, left) };
        aside.push(other);
        range = towards;
    }
    aside.reverse();
    (aside, range)
}

/// Where a tile has the hashes whose root is that of a perfect tree.
struct PerfectTree {
    tile: TileId,
    hashes: Range<u64>,
}

/// A subtree as the perfect trees that it consists of, from the largest to the smallest.
fn perfect_trees(leaves: Range<u64>) -> impl Iterator<Item = PerfectTree> {
    let mut start = leaves.start;
    std::iter::from_fn(move || {
        let height = (leaves.end - start).checked_ilog2()?;
        let (level, within) = (height / Tile::WIDTH.ilog2(), height % Tile::WIDTH.ilog2());
        let first = (start >> height) << within;
        start += 1 << height;
        let offset = first % Tile::WIDTH;
        Some(PerfectTree {
            tile: TileId { level: level as u8, index: first / Tile::WIDTH },
            hashes: offset..offset + (1 << within),
        })
    })
}

fn root_over(tiles: &Tiles, leaves: Range<u64>) -> Result<Hash, TreeFault> {
    let roots = perfect_trees(leaves).map(|tree| Tile::root(tiles, tree.tile, tree.hashes));
    Ok(join(&roots.collect::<Result<Vec<_>, _>>()?))
}

#[cfg(test)]
mod tests;

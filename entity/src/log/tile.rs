//! The tree as it is stored: tiles of 256 hashes, after C2SP tlog-tiles.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::frontier::Frontier;
use super::hash::Hash;

/// Where a tile stands in the tree.
///
/// A tile of level 0 holds the hashes of leaves; each hash in a tile of level n is the root of one full tile of level
/// n-1, and so stands for `256^n` leaves. Text: `level/index`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// 0 to 7.
    pub level: u8,
    /// Its place within the level, from 0.
    pub index: u64,
}

impl fmt::Display for TileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.level, self.index)
    }
}

/// 1 to 256 neighbouring hashes of one level. One with fewer than 256 is partial and the last of its level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile(Vec<Hash>);

/// Tiles by their place: those that a store has loaded, or those that it shall write.
pub type Tiles = BTreeMap<TileId, Tile>;

/// Why a tree cannot be read or grown. Holds places and counts only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TreeFault {
    /// The bytes are not those of a tile.
    #[error("expected 1 to 256 hashes of 32 bytes each")]
    NotATile,
    /// A tile that is needed was not loaded, or is not stored.
    #[error("tile {0} is missing")]
    Missing(TileId),
    /// A tile ends before a hash that is needed.
    #[error("tile {tile} has {found} hashes, {needed} are needed")]
    Narrow {
        /// Which.
        tile: TileId,
        /// How many it has.
        found: u64,
        /// How many a log of that size has there.
        needed: u64,
    },
    /// A tile holds more than the size says: somebody else has appended meanwhile.
    #[error("tile {tile} has {found} hashes, a log of that size has {needed}")]
    Wide {
        /// Which.
        tile: TileId,
        /// How many it has.
        found: u64,
        /// How many a log of that size has there.
        needed: u64,
    },
    /// The index is not below the size.
    #[error("a log of {size} leaves has no leaf {index}")]
    NoSuchLeaf {
        /// Asked for.
        index: u64,
        /// Of the log.
        size: u64,
    },
    /// The old size is 0 or above the new one.
    #[error("there is no consistency proof from {old} to {new} leaves")]
    NoSuchPrefix {
        /// The smaller one, it should be.
        old: u64,
        /// The larger one.
        new: u64,
    },
}

impl Tile {
    /// How many hashes a full tile has.
    pub const WIDTH: u64 = 256;

    /// Reads the concatenated hashes.
    ///
    /// # Errors
    /// [`TreeFault::NotATile`] when these are not 1 to 256 times 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TreeFault> {
        let (hashes, rest) = bytes.as_chunks::<{ Hash::BYTES }>();
        let sound = rest.is_empty() && (1..=Self::WIDTH).contains(&(hashes.len() as u64));
        if sound { Ok(Self(hashes.iter().copied().map(Hash).collect())) } else { Err(TreeFault::NotATile) }
    }

    /// The concatenated hashes, 32 to 8,192 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|hash| hash.0).collect()
    }

    /// Its hashes, in order.
    #[must_use]
    pub fn hashes(&self) -> &[Hash] {
        &self.0
    }

    /// How many hashes it has.
    #[must_use]
    pub const fn width(&self) -> u64 {
        self.0.len() as u64
    }

    /// The root over some of its hashes, which are there only if the tile was loaded and is wide enough.
    pub(super) fn root(tiles: &Tiles, id: TileId, range: Range<u64>) -> Result<Hash, TreeFault> {
        let tile = tiles.get(&id).ok_or(TreeFault::Missing(id))?;
        let narrow = TreeFault::Narrow { tile: id, found: tile.width(), needed: range.end };
        let hashes = tile.0.get(range.start as usize..range.end as usize).ok_or(narrow)?;
        Ok(hashes.iter().copied().collect::<Frontier>().head().root)
    }

    /// The hashes of a partial tile, which must be as wide as the size demands.
    fn partial(tiles: &Tiles, id: TileId, width: u64) -> Result<Vec<Hash>, TreeFault> {
        let tile = tiles.get(&id).ok_or(TreeFault::Missing(id))?;
        match tile.width() {
            found if found < width => Err(TreeFault::Narrow { tile: id, found, needed: width }),
            found if found > width => Err(TreeFault::Wide { tile: id, found, needed: width }),
            _ => Ok(tile.0.clone()),
        }
    }
}

/// Appends leaves to a log of `size` leaves: the tiles to write, new ones and partial ones that have grown.
///
/// `tiles` holds at least those that `Plan::root(size).tiles()` names. Together with what is returned they are all
/// that the root of the longer log needs. Costs one [`node_hash`](super::node_hash) per leaf.
/// Whoever appends compares [`root`](super::root) with the last checkpoint first, so that nothing is signed that stands
/// on altered tiles.
///
/// # Errors
/// When a partial tile is missing, or is not exactly as wide as a log of that size has it.
pub fn append(size: u64, tiles: &Tiles, leaves: &[Hash]) -> Result<Tiles, TreeFault> {
    let mut changed = Tiles::new();
    let mut level = 0;
    let mut before = size;
    let mut added = leaves.to_vec();
    while !added.is_empty() {
        let mut id = TileId { level, index: before / Tile::WIDTH };
        let width = before % Tile::WIDTH;
        let mut hashes = if width == 0 { Vec::new() } else { Tile::partial(tiles, id, width)? };
        let mut full = Vec::new();
        for hash in added {
            hashes.push(hash);
            if hashes.len() as u64 == Tile::WIDTH {
                full.push(hashes.iter().copied().collect::<Frontier>().head().root);
                changed.insert(id, Tile(std::mem::take(&mut hashes)));
                id.index += 1;
            }
        }
        if !hashes.is_empty() {
            changed.insert(id, Tile(hashes));
        }
        level += 1;
        before /= Tile::WIDTH;
        added = full;
    }
    Ok(changed)
}

#[cfg(test)]
mod tests;

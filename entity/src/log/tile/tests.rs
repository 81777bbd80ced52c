//! Tests of tiles: their geometry, and growing by batches.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::definition;
use super::super::plan::{Plan, root};
use super::*;

/// The widths of the tiles of each level, in order.
fn widths(tiles: &Tiles) -> Vec<Vec<u64>> {
    let mut levels: Vec<Vec<u64>> = Vec::new();
    for (id, tile) in tiles {
        levels.resize_with(levels.len().max(usize::from(id.level) + 1), Vec::new);
        let level = &mut levels[usize::from(id.level)];
        assert_eq!(id.index, level.len() as u64, "no tile is left out");
        level.push(tile.width());
    }
    levels
}

/// Grows a log as a store does: it loads what the plan names, writes what has changed, and nothing else.
fn grow(stored: &mut Tiles, size: u64, leaves: &[Hash]) -> Tiles {
    let mut loaded: Tiles = Plan::root(size).tiles().iter().map(|id| (*id, stored[id].clone())).collect();
    let changed = append(size, &loaded, leaves).unwrap();
    loaded.extend(changed.clone());
    let longer = size + leaves.len() as u64;
    stored.extend(changed.clone());
    assert_eq!(root(&loaded, longer), root(stored, longer), "what was loaded and changed is enough for the root");
    changed
}

fn at_once(leaves: &[Hash]) -> Tiles {
    append(0, &Tiles::new(), leaves).unwrap()
}

#[test]
fn the_geometry_is_that_of_tlog_tiles() {
    let leaves = definition::leaves(70_000);
    let mut lowest = vec![256; 273];
    lowest.push(112);
    assert_eq!(widths(&at_once(&leaves)), [lowest, vec![256, 17], vec![1]]);
    assert_eq!(widths(&at_once(&leaves[..256])), [[256], [1]]);
    assert_eq!(widths(&at_once(&leaves[..255])), [[255]]);
    assert_eq!(widths(&at_once(&leaves[..65_536])), [vec![256; 256], vec![256], vec![1]]);
    assert!(at_once(&[]).is_empty());
}

#[test]
fn each_hash_is_the_root_of_the_leaves_that_it_stands_for() {
    let leaves = definition::leaves(66_000);
    for (id, tile) in at_once(&leaves) {
        let spans = Tile::WIDTH.pow(id.level.into()) as usize;
        let start = id.index as usize * Tile::WIDTH as usize * spans;
        for (hash, leaves) in tile.hashes().iter().zip(leaves[start..].chunks_exact(spans)) {
            assert_eq!(*hash, definition::root(leaves), "{id}");
        }
    }
}

#[test]
fn a_tile_is_read_from_the_bytes_that_it_is_written_as() {
    for (_, tile) in at_once(&definition::leaves(300)) {
        let bytes = tile.to_bytes();
        assert_eq!(bytes.len() as u64, tile.width() * 32);
        assert_eq!(bytes[..32], tile.hashes()[0].0);
        assert_eq!(Tile::from_bytes(&bytes), Ok(tile));
    }
    for length in [0, 1, 31, 33, 256 * 32 + 1, 257 * 32] {
        assert_eq!(Tile::from_bytes(&vec![0; length]), Err(TreeFault::NotATile), "{length}");
    }
}

#[test]
fn appending_writes_only_what_has_changed() {
    let leaves = definition::leaves(65_537);
    let mut stored = at_once(&leaves[..65_535]);
    let written = |level, index| TileId { level, index };
    let changed = grow(&mut stored, 65_535, &leaves[65_535..65_536]);
    assert_eq!(changed.into_keys().collect::<Vec<_>>(), [written(0, 255), written(1, 0), written(2, 0)]);
    let changed = grow(&mut stored, 65_536, &leaves[65_536..]);
    assert_eq!(changed.into_keys().collect::<Vec<_>>(), [written(0, 256)]);
    assert!(grow(&mut stored, 65_537, &[]).is_empty());
    assert_eq!(stored, at_once(&leaves));
}

#[test]
fn a_partial_tile_that_does_not_fit_the_size_is_refused() {
    let leaves = definition::leaves(300);
    let tiles = at_once(&leaves[..260]);
    let tile = TileId { level: 0, index: 1 };
    assert_eq!(append(260, &Tiles::new(), &leaves[260..]), Err(TreeFault::Missing(tile)));
    let narrow = TreeFault::Narrow { tile, found: 4, needed: 5 };
    assert_eq!(append(261, &tiles, &leaves[261..]), Err(narrow));
    let wide = TreeFault::Wide { tile, found: 4, needed: 3 };
    assert_eq!(append(259, &tiles, &leaves[259..]), Err(wide));
    assert_eq!(narrow.to_string(), "tile 0/1 has 4 hashes, 5 are needed");
    assert_eq!(wide.to_string(), "tile 0/1 has 4 hashes, a log of that size has 3");
}

/// Batches of a few leaves, and of about as many as fill a tile.
fn batches() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![0usize..5, 250usize..260, 0usize..600], 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn appending_in_batches_equals_appending_at_once(batches in batches()) {
        let leaves = definition::leaves(batches.iter().sum());
        let mut stored = Tiles::new();
        let mut size = 0;
        for batch in batches {
            grow(&mut stored, size as u64, &leaves[size..size + batch]);
            size += batch;
        }
        prop_assert_eq!(&stored, &at_once(&leaves));
        prop_assert_eq!(root(&stored, size as u64), Ok(definition::root(&leaves)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn so_it_does_where_a_third_level_begins(first in 65_000usize..66_000, second in 0usize..1_000) {
        let leaves = definition::leaves(first + second);
        let mut stored = at_once(&leaves[..first]);
        grow(&mut stored, first as u64, &leaves[first..]);
        prop_assert_eq!(stored, at_once(&leaves));
    }
}

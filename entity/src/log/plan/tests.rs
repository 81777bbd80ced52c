//! Tests of roots and proofs: the vectors of Certificate Transparency, the definition, and what they cost.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;

use super::super::hash::leaf_hash;
use super::super::tile::append;
use super::super::{definition, verify_consistency, verify_inclusion};
use super::super::{frontier::Head, proof::ProofFault};
use super::*;

/// The entries of the well-known test log of Certificate Transparency.
const ENTRIES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// Its roots, from the empty log on.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Some of its subtrees, named by the leaves under them.
const SUBTREE_1: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const SUBTREE_2_3: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const SUBTREE_4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const SUBTREE_4_5: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const SUBTREE_4_7: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const SUBTREE_6: &str = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";
const SUBTREE_6_7: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";

fn hexed(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(|hash| hash.0.iter().map(|byte| format!("{byte:02x}")).collect()).collect()
}

fn tiles_of(leaves: &[Hash]) -> Tiles {
    append(0, &Tiles::new(), leaves).unwrap()
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let tiles = tiles_of(&ENTRIES.map(leaf_hash));
    for (size, expected) in ROOTS.iter().enumerate() {
        let leaves: Vec<_> = ENTRIES[..size].iter().map(|entry| leaf_hash(entry)).collect();
        assert_eq!(hexed(&[root(&tiles, size as u64).unwrap()]), [*expected]);
        assert_eq!(hexed(&[definition::root(&leaves)]), [*expected]);
    }
}

#[test]
fn inclusion_proofs_are_those_of_certificate_transparency() {
    let leaves = ENTRIES.map(leaf_hash);
    let tiles = tiles_of(&leaves);
    for (index, size, expected) in [
        (0, 1, vec![]),
        (0, 8, vec![SUBTREE_1, SUBTREE_2_3, SUBTREE_4_7]),
        (5, 8, vec![SUBTREE_4, SUBTREE_6_7, ROOTS[4]]),
        (2, 3, vec![ROOTS[2]]),
        (1, 5, vec![ROOTS[1], SUBTREE_2_3, SUBTREE_4]),
    ] {
        assert_eq!(hexed(&inclusion_proof(&tiles, index, size).unwrap()), expected, "{index} in {size}");
        assert_eq!(hexed(&definition::inclusion_proof(index as usize, &leaves[..size as usize])), expected);
    }
}

#[test]
fn consistency_proofs_are_those_of_certificate_transparency() {
    let leaves = ENTRIES.map(leaf_hash);
    let tiles = tiles_of(&leaves);
    for (old, new, expected) in [
        (1, 1, vec![]),
        (1, 8, vec![SUBTREE_1, SUBTREE_2_3, SUBTREE_4_7]),
        (6, 8, vec![SUBTREE_4_5, SUBTREE_6_7, ROOTS[4]]),
        (2, 5, vec![SUBTREE_2_3, SUBTREE_4]),
        (6, 7, vec![SUBTREE_4_5, SUBTREE_6, ROOTS[4]]),
    ] {
        assert_eq!(hexed(&consistency_proof(&tiles, old, new).unwrap()), expected, "{old} in {new}");
        assert_eq!(hexed(&definition::consistency_proof(old as usize, &leaves[..new as usize])), expected);
    }
}

#[test]
fn what_is_not_in_the_log_has_no_proof() {
    let tiles = tiles_of(&definition::leaves(5));
    for (index, size) in [(0, 0), (5, 5), (6, 5), (u64::MAX, u64::MAX)] {
        assert_eq!(inclusion_proof(&tiles, index, size), Err(TreeFault::NoSuchLeaf { index, size }));
    }
    for (old, new) in [(0, 0), (0, 5), (5, 4), (u64::MAX, 1)] {
        assert_eq!(consistency_proof(&tiles, old, new), Err(TreeFault::NoSuchPrefix { old, new }));
    }
}

#[test]
fn tiles_that_are_missing_or_too_narrow_are_named() {
    let mut tiles = tiles_of(&definition::leaves(300));
    let [first, second] = [0, 1].map(|index| TileId { level: 0, index });
    assert_eq!(root(&tiles, 301), Err(TreeFault::Narrow { tile: second, found: 44, needed: 45 }));
    tiles.remove(&first);
    assert_eq!(inclusion_proof(&tiles, 3, 300), Err(TreeFault::Missing(first)));
    assert!(root(&tiles, 300).is_ok(), "the root of its 256 leaves is in the tile above");
    tiles.remove(&second);
    assert_eq!(root(&tiles, 300), Err(TreeFault::Missing(second)));
}

/// The hashes from those tiles alone that the plan names; without any one of them there are none.
fn hashes(plan: &Plan, stored: &Tiles) -> Vec<Hash> {
    let loaded: Tiles = plan.tiles().iter().map(|id| (*id, stored[id].clone())).collect();
    for id in loaded.keys() {
        let mut without = loaded.clone();
        without.remove(id);
        assert_eq!(plan.hashes(&without), Err(TreeFault::Missing(*id)), "each tile is needed");
    }
    plan.hashes(&loaded).unwrap()
}

/// Root and proofs agree with the definition, for a log that has grown since, and they verify.
fn agree(leaves: &[Hash], stored: &Tiles, index: usize, old: usize, new: usize) -> Result<(), ProofFault> {
    let (log, heads) =
        (&leaves[..new], [old, new].map(|size| Head { size: size as u64, root: definition::root(&leaves[..size]) }));
    assert_eq!(hashes(&Plan::root(new as u64), stored), [heads[1].root]);
    let inclusion = hashes(&Plan::inclusion(index as u64, new as u64).unwrap(), stored);
    assert_eq!(inclusion, definition::inclusion_proof(index, log));
    verify_inclusion(leaves[index], index as u64, &inclusion, heads[1])?;
    let consistency = hashes(&Plan::consistency(old as u64, new as u64).unwrap(), stored);
    assert_eq!(consistency, definition::consistency_proof(old, log));
    verify_consistency(heads[0], heads[1], &consistency)
}

#[test]
fn every_proof_of_every_small_log_agrees_with_the_definition() {
    let leaves = definition::leaves(33);
    let stored = tiles_of(&leaves);
    for new in 1..=leaves.len() {
        for place in 0..new {
            assert_eq!(agree(&leaves, &stored, place, place + 1, new), Ok(()));
        }
    }
}

static LEAVES: LazyLock<Vec<Hash>> = LazyLock::new(|| definition::leaves(65_800));
static TILES: LazyLock<Tiles> = LazyLock::new(|| tiles_of(&LEAVES));

/// A size, another one up to it and an index below it, with a liking for where tiles fill up.
fn places(sizes: impl Strategy<Value = usize>) -> impl Strategy<Value = (usize, usize, usize)> {
    sizes.prop_flat_map(|new| {
        let near = select(vec![0, 254, 255, 256, 257, 511, 512, 65_534, 65_535, 65_536, 65_537]);
        let place = prop_oneof![2 => 0..new, 1 => near.prop_map(move |place| place % new), 1 => Just(new - 1)];
        (Just(new), place.clone(), place.prop_map(|place| place + 1))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn roots_and_proofs_agree_with_the_definition((new, index, old) in places(prop_oneof![250usize..260, 1usize..1_500])) {
        prop_assert_eq!(agree(&LEAVES, &TILES, index, old, new), Ok(()));
    }

    #[test]
    fn however_large_the_log_two_tiles_per_level_are_enough(size in 1u64.., index: u64, old: u64) {
        let levels = size.ilog2() as usize / 8 + 1;
        prop_assert!(Plan::root(size).tiles().len() <= levels);
        prop_assert!(Plan::inclusion(index % size, size).unwrap().tiles().len() <= 2 * levels);
        prop_assert!(Plan::consistency(old % size + 1, size).unwrap().tiles().len() <= 2 * levels);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn so_they_do_where_a_third_level_begins((new, index, old) in places(65_530usize..65_800)) {
        prop_assert_eq!(agree(&LEAVES, &TILES, index, old, new), Ok(()));
    }
}

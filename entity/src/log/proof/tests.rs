//! Tests of verifying: what is refused, and that no forged proof is accepted.

use std::sync::LazyLock;

use proptest::option;
use proptest::prelude::*;

use super::super::plan::{consistency_proof, inclusion_proof};
use super::super::tile::{Tiles, append};
use super::super::{definition, leaf_hash};
use super::*;

/// A log, its tiles and its head at every size.
struct Log {
    leaves: Vec<Hash>,
    tiles: Tiles,
    heads: Vec<Head>,
}

fn log(size: usize) -> Log {
    let leaves = definition::leaves(size);
    let tiles = append(0, &Tiles::new(), &leaves).unwrap();
    let heads = (0..=size).map(|size| Head { size: size as u64, root: definition::root(&leaves[..size]) }).collect();
    Log { leaves, tiles, heads }
}

#[test]
fn proofs_of_nothing_and_of_what_cannot_be_are_refused() {
    let log = log(8);
    let (leaf, one, seven, eight) = (log.leaves[0], log.heads[1], log.heads[7], log.heads[8]);
    assert_eq!(verify_inclusion(leaf, 0, &[], log.heads[0]), Err(ProofFault::NoSuchLeaf));
    assert_eq!(verify_inclusion(leaf, 8, &[], eight), Err(ProofFault::NoSuchLeaf));
    assert_eq!(verify_inclusion(leaf, 0, &[], one), Ok(()));
    assert_eq!(verify_inclusion(leaf, 0, &[leaf], one), Err(ProofFault::Long));
    assert_eq!(verify_inclusion(leaf, 0, &[], eight), Err(ProofFault::Short));
    assert_eq!(verify_inclusion(log.leaves[1], 0, &[], one), Err(ProofFault::OtherRoot));

    assert_eq!(verify_consistency(log.heads[0], log.heads[0], &[]), Err(ProofFault::Empty));
    assert_eq!(verify_consistency(log.heads[0], eight, &[]), Err(ProofFault::Empty));
    assert_eq!(verify_consistency(eight, seven, &[]), Err(ProofFault::Shrunk));
    assert_eq!(verify_consistency(eight, eight, &[]), Ok(()));
    assert_eq!(verify_consistency(eight, eight, &[leaf]), Err(ProofFault::Long));
    assert_eq!(verify_consistency(eight, Head { root: leaf, ..eight }, &[]), Err(ProofFault::OtherNewRoot));
    assert_eq!(verify_consistency(one, eight, &[]), Err(ProofFault::Short));

    let proof = consistency_proof(&log.tiles, 7, 8).unwrap();
    assert_eq!(verify_consistency(Head { root: leaf, ..seven }, eight, &proof), Err(ProofFault::OtherOldRoot));
    assert_eq!(verify_consistency(seven, Head { root: leaf, ..eight }, &proof), Err(ProofFault::OtherNewRoot));
    assert_eq!(verify_consistency(seven, eight, &proof), Ok(()));
}

/// A property of RFC 9162, not of this code: it is why [`Head`] holds both.
#[test]
fn a_proof_fixes_the_root_and_hardly_the_size_so_both_come_from_one_checkpoint() {
    let log = log(8);
    let mixed = |size: u64, root: usize| Head { size, root: log.heads[root].root };
    let proof = inclusion_proof(&log.tiles, 0, 5).unwrap();
    assert_eq!(verify_inclusion(log.leaves[0], 0, &proof, mixed(6, 5)), Ok(()));
    assert_eq!(verify_inclusion(log.leaves[0], 0, &proof, log.heads[6]), Err(ProofFault::OtherRoot));
    // A size of another height shows by the length.
    assert_eq!(verify_inclusion(log.leaves[0], 0, &proof, mixed(9, 5)), Err(ProofFault::Short));
    assert_eq!(verify_inclusion(log.leaves[0], 0, &proof, mixed(4, 5)), Err(ProofFault::Long));
    let proof = consistency_proof(&log.tiles, 2, 5).unwrap();
    assert_eq!(verify_consistency(log.heads[2], mixed(6, 5), &proof), Ok(()));
    assert_eq!(verify_consistency(log.heads[2], mixed(9, 5), &proof), Err(ProofFault::Short));
    assert_eq!(verify_consistency(log.heads[2], mixed(4, 5), &proof), Err(ProofFault::Long));
}

/// What a forger does to the hashes of a proof; numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Forgery {
    Flip { place: usize, bit: usize },
    Drop { place: usize },
    Add { place: usize, copied: bool },
    Swap { place: usize, other: usize },
    Replace { place: usize },
}

/// What a forger says of the rest; the number chooses another size or index, or a bit of a root or leaf.
#[derive(Debug, Clone, Copy)]
enum Lie {
    Index(u64),
    Leaf(usize),
    OldSize(usize),
    OldRoot(usize),
    NewSize(usize),
    NewRoot(usize),
    Heads,
}

fn forgery() -> impl Strategy<Value = Forgery> {
    let place = 0usize..16;
    prop_oneof![
        (place.clone(), 0usize..256).prop_map(|(place, bit)| Forgery::Flip { place, bit }),
        place.clone().prop_map(|place| Forgery::Drop { place }),
        (place.clone(), any::<bool>()).prop_map(|(place, copied)| Forgery::Add { place, copied }),
        (place.clone(), place.clone()).prop_map(|(place, other)| Forgery::Swap { place, other }),
        place.prop_map(|place| Forgery::Replace { place }),
    ]
}

fn lie() -> impl Strategy<Value = Lie> {
    prop_oneof![
        any::<u64>().prop_map(Lie::Index),
        (0usize..256).prop_map(Lie::Leaf),
        any::<usize>().prop_map(Lie::OldSize),
        (0usize..256).prop_map(Lie::OldRoot),
        any::<usize>().prop_map(Lie::NewSize),
        (0usize..256).prop_map(Lie::NewRoot),
        Just(Lie::Heads),
    ]
}

fn flip(hash: &mut Hash, bit: usize) {
    hash.0[bit / 8] ^= 1 << (bit % 8);
}

fn forge(proof: &mut Vec<Hash>, forgery: &Forgery) {
    let count = proof.len();
    match *forgery {
        Forgery::Add { place, copied } => {
            let place = place % (count + 1);
            let hash = if copied { proof.get(place).copied() } else { None };
            proof.insert(place, hash.unwrap_or_else(|| leaf_hash(b"forged")));
        }
        _ if count == 0 => {}
        Forgery::Flip { place, bit } => flip(&mut proof[place % count], bit),
        Forgery::Drop { place } => drop(proof.remove(place % count)),
        Forgery::Swap { place, other } => proof.swap(place % count, other % count),
        Forgery::Replace { place } => proof[place % count] = leaf_hash(b"forged"),
    }
}

/// Two sizes in order, neither 0, and an index below the larger.
fn places() -> impl Strategy<Value = (usize, usize, usize)> {
    (1usize..=SIZE).prop_flat_map(|new| (1..=new, Just(new), 0..new))
}

/// How large the log is that is forged about.
const SIZE: usize = 600;

static LOG: LazyLock<Log> = LazyLock::new(|| log(SIZE));

/// What a prover says of a leaf.
#[derive(Debug, Clone, PartialEq)]
struct Inclusion {
    leaf: Hash,
    index: u64,
    proof: Vec<Hash>,
    head: Head,
}

impl Inclusion {
    fn truth(index: u64, head: Head) -> Option<Self> {
        let proof = inclusion_proof(&LOG.tiles, index, head.size).ok()?;
        Some(Self { leaf: LOG.leaves[index as usize], index, proof, head: LOG.heads[head.size as usize] })
    }

    fn verify(&self) -> Result<(), ProofFault> {
        verify_inclusion(self.leaf, self.index, &self.proof, self.head)
    }

    fn lie(&mut self, lie: Lie) {
        match lie {
            Lie::Index(other) => self.index = other % (self.head.size + 2),
            Lie::Leaf(bit) | Lie::OldRoot(bit) => flip(&mut self.leaf, bit),
            Lie::OldSize(other) | Lie::NewSize(other) => self.head = LOG.heads[other % (SIZE + 1)],
            Lie::NewRoot(bit) => flip(&mut self.head.root, bit),
            Lie::Heads => self.leaf = self.head.root,
        }
    }
}

/// What a prover says of two logs.
#[derive(Debug, Clone, PartialEq)]
struct Consistency {
    old: Head,
    new: Head,
    proof: Vec<Hash>,
}

impl Consistency {
    fn truth(old: Head, new: Head) -> Option<Self> {
        let proof = consistency_proof(&LOG.tiles, old.size, new.size).ok()?;
        Some(Self { old: LOG.heads[old.size as usize], new: LOG.heads[new.size as usize], proof })
    }

    fn verify(&self) -> Result<(), ProofFault> {
        verify_consistency(self.old, self.new, &self.proof)
    }

    fn lie(&mut self, lie: Lie) {
        match lie {
            Lie::OldSize(other) => self.old = LOG.heads[other % (SIZE + 1)],
            Lie::NewSize(other) => self.new = LOG.heads[other % (SIZE + 1)],
            Lie::OldRoot(bit) | Lie::Leaf(bit) => flip(&mut self.old.root, bit),
            Lie::NewRoot(bit) => flip(&mut self.new.root, bit),
            Lie::Heads | Lie::Index(_) => std::mem::swap(&mut self.old, &mut self.new),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, max_global_rejects: 50_000, ..ProptestConfig::default() })]

    #[test]
    fn no_forged_inclusion_proof_is_accepted(
        (_, size, index) in places(),
        forgery in option::of(forgery()),
        lie in option::of(lie()),
    ) {
        let mut told = Inclusion::truth(index as u64, LOG.heads[size]).unwrap();
        prop_assert_eq!(told.verify(), Ok(()));
        forgery.iter().for_each(|forgery| forge(&mut told.proof, forgery));
        lie.iter().for_each(|lie| told.lie(*lie));
        prop_assume!(Inclusion::truth(told.index, told.head).as_ref() != Some(&told));
        prop_assert!(told.verify().is_err());
    }

    #[test]
    fn no_forged_consistency_proof_is_accepted(
        (old, new, _) in places(),
        forgery in option::of(forgery()),
        lie in option::of(lie()),
    ) {
        let mut told = Consistency::truth(LOG.heads[old], LOG.heads[new]).unwrap();
        prop_assert_eq!(told.verify(), Ok(()));
        forgery.iter().for_each(|forgery| forge(&mut told.proof, forgery));
        lie.iter().for_each(|lie| told.lie(*lie));
        // Two lies can make a truth: the same log twice, with no hashes.
        prop_assume!(Consistency::truth(told.old, told.new).as_ref() != Some(&told));
        prop_assert!(told.verify().is_err());
    }
}

//! The tree and its proofs as RFC 9162 defines them, recursively and slowly: what the tests compare with.

use super::hash::{Hash, empty_root, leaf_hash, node_hash};

/// That many leaves, no two alike.
pub(super) fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

/// `MTH`, section 2.1.1.
pub(super) fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(half(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// `PATH`, section 2.1.3.1.
pub(super) fn inclusion_proof(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    if index < left.len() {
        with(inclusion_proof(index, left), root(right))
    } else {
        with(inclusion_proof(index - left.len(), right), root(left))
    }
}

/// `PROOF`, section 2.1.4.1.
pub(super) fn consistency_proof(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(old, leaves, true)
}

/// `SUBPROOF`: `known` while the old log is a subtree whose root the verifier has.
fn subproof(old: usize, leaves: &[Hash], known: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if known { Vec::new() } else { vec![root(leaves)] };
    }
    let (left, right) = leaves.split_at(half(leaves.len()));
    if old <= left.len() {
        with(subproof(old, left, known), root(right))
    } else {
        with(subproof(old - left.len(), right, false), root(left))
    }
}

/// The largest power of two below the count.
fn half(count: usize) -> usize {
    let mut half = 1;
    while half * 2 < count {
        half *= 2;
    }
    half
}

fn with(mut proof: Vec<Hash>, hash: Hash) -> Vec<Hash> {
    proof.push(hash);
    proof
}

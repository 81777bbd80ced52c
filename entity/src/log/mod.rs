//! The disclosure log as a Merkle tree: what was appended stays as it was, and anybody can check it. Pure.
//!
//! - [`hash`]: SHA-256 over leaves and nodes. RFC 9162 section 2.1.1.
//! - [`frontier`]: the few hashes from which a log grows and its root follows; a [`Head`] is size and root.
//! - [`tile`]: the tree as it is stored, 256 hashes to a tile (C2SP tlog-tiles), and how it grows.
//! - [`plan`]: roots and proofs from tiles, and which tiles each of them needs: O(log n).
//! - [`proof`]: whether a proof holds, for whoever has no tiles. RFC 9162 sections 2.1.3.2 and 2.1.4.2.
//! - [`checkpoint`]: a signed head with its time (C2SP tlog-checkpoint).
//! - [`audit`]: reads a log from its first entry and names the first fault.
//!
//! Storage is somebody else's: it loads the tiles that a [`Plan`] names, in one statement, and computes then.
//!
//! ```
//! use entity::log::{Frontier, Plan, Tiles, append, inclusion_proof, leaf_hash, root, verify_inclusion};
//!
//! let mut tiles = Tiles::new();
//! let leaves = [leaf_hash(b"first"), leaf_hash(b"second"), leaf_hash(b"third")];
//! assert!(Plan::root(0).tiles().is_empty()); // what to load before appending to a log of this size
//! let changed = append(0, &tiles, &leaves)?; // what to write
//! tiles.extend(changed);
//! let head = Frontier::from_iter(leaves).head();
//! assert_eq!(head.root, root(&tiles, 3)?);
//!
//! let proof = inclusion_proof(&tiles, 1, 3)?;
//! assert!(verify_inclusion(leaf_hash(b"second"), 1, &proof, head).is_ok());
//! assert!(verify_inclusion(leaf_hash(b"another"), 1, &proof, head).is_err());
//! # Ok::<(), entity::log::TreeFault>(())
//! ```
//!
//! # What the log proves
//! To whoever holds a checkpoint, and the log's public key from a source other than the log:
//! - that an entry stood at its index when the checkpoint was signed (inclusion proof);
//! - that a later log begins with all of that log, unaltered and in order (consistency proof);
//! - with the entries at hand: that none before the checkpoint was altered, removed, inserted or moved since (audit).
//!   Stored leaf hashes narrow a fault down to the entry; without them, down to the entries between two checkpoints.
//!
//! # What it cannot prove
//! - That an entry is true or complete. What was altered or left out **before it was sequenced**, and so before it had
//!   an index and a hash in the tree, was never in the log.
//! - That every read is in it. A read that **bypassed the API**, straight from the database or a backup, left no entry.
//! - That everybody is shown the same log. Whoever holds the signing key can keep two logs and show one to each reader
//!   (a **split view**). It shows only when checkpoints held by different people are compared: two of one size with
//!   different roots, or two without a consistency proof between them, are evidence against the log.
//! - Anything after the last checkpoint that is held outside the operator's reach: until then the operator can write
//!   history anew, tiles, roots and signatures included.
//! - When something happened, other than by the word of whoever signed the checkpoint's time.

pub mod audit;
pub mod checkpoint;
pub mod frontier;
pub mod hash;
pub mod plan;
pub mod proof;
pub mod tile;

#[cfg(test)]
mod definition;

pub use audit::{AuditFault, Audited, Auditor};
pub use checkpoint::{Checkpoint, CheckpointFault, Extension, Origin, SignedCheckpoint, key_hash};
pub use frontier::{Frontier, Head};
pub use hash::{Hash, leaf_hash, node_hash};
pub use plan::{Plan, consistency_proof, inclusion_proof, root};
pub use proof::{ProofFault, verify_consistency, verify_inclusion};
pub use tile::{Tile, TileId, Tiles, TreeFault, append};

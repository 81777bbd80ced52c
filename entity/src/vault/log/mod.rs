//! The door to the log: putting records in order, proving them, checking everything.
//!
//! # Two steps
//! A record is durable before the answer that it is about is released ([`super::disclose`]); it has no place yet, and no
//! writer waits for one. Within a second a sequencer gives places: [`sequence()`] takes what waits, appends it to the tree
//! ([`crate::log`]), signs the new head, and commits. Any number of nodes may try; the lock on one row lets one of them
//! at it, and nobody who reads or records ever takes that lock. What is altered between the two steps cannot be proven.
//!
//! # What is found
//! [`audit()`] reads the records in the order of their places and compares: a record that was edited, deleted, inserted,
//! moved or cut off before the last checkpoint that somebody outside holds is named. What the log cannot prove is written
//! down in [`crate::log`].
//!
//! Not under the log: the operator's reason beside an event, the key of a repeated request, by which columns receipts are
//! listed (what they say is in the signed document, whose hash is), and the inner hashes of the stored tree (a proof from
//! changed ones fails at whoever checks it).

mod audit;
mod entry;
mod fork;
mod prove;
mod sequence;
mod stored;

pub use audit::{Findings, Leaf, Tampering, audit, export};
pub(super) use entry::Entry;
pub use fork::Fork;
pub use prove::{Consistency, Head, Inclusion, consistency, inclusions, latest};
pub use sequence::{begin_epoch, sequence};

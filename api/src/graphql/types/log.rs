//! The log of disclosures and consent events, as anyone may check it.

use async_graphql::{Context, Object, Result, SimpleObject};
use entity::log::Hash;
use entity::values::Timestamp;
use entity::vault::log::{self, Head, Inclusion};

use crate::domain;
use crate::failure::{Code, error};
use crate::graphql::context::{ContextExt, fault};

/// The tamper-evident log: a Merkle tree (RFC 9162 section 2.1) with a leaf for every disclosure and every consent event,
/// sealed first and then hashed. Open to anyone: it holds hashes only.
pub struct Log;

/// The tamper-evident log: a Merkle tree (RFC 9162 section 2.1) with a leaf for every disclosure and every consent event,
/// sealed first and then hashed. Open to anyone: it holds hashes only.
#[Object]
impl Log {
    /// The name that checkpoints are signed by.
    async fn origin(&self, context: &Context<'_>) -> Result<String> {
        Ok(context.deps()?.vault.signing.origin.to_string())
    }

    /// The newest checkpoint; null while the log is empty. Keep it: whoever holds one can prove that what stood before it
    /// was changed.
    async fn checkpoint(&self, context: &Context<'_>) -> Result<Option<Checkpoint>> {
        Ok(domain::log::latest(context.deps()?).await.map_err(fault)?.map(Checkpoint::from))
    }

    /// The proof that the log of `to` records begins with the log of `from` ones (RFC 9162 section 2.1.4).
    #[graphql(complexity = "50 + child_complexity")]
    async fn consistency(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The smaller size, from 1.")] from: u64,
        #[graphql(desc = "The larger size, at most that of the newest checkpoint.")] to: u64,
    ) -> Result<ConsistencyProof> {
        let proof = log::consistency(&context.deps()?.vault, from, to).await.map_err(fault)?;
        let out_of_range = || error(Code::BadUserInput, "`from` must be from 1 to `to`, and `to` within the log");
        Ok(ConsistencyProof { hashes: texts(&proof.ok_or_else(out_of_range)?) })
    }
}

/// A signed head of the log. Open to anyone.
#[derive(SimpleObject)]
pub struct Checkpoint {
    /// 1, and one more with every restore of the database from a copy.
    epoch: i32,
    /// How many records have their places.
    size: u64,
    /// The root over all of them, in base64.
    root: String,
    /// The signed note (C2SP tlog-checkpoint); its key is at `/.well-known/jwks.json`.
    note: String,
    /// When it was signed.
    at: Timestamp,
}

/// That a longer log begins with a shorter one. Open to anyone.
#[derive(SimpleObject)]
pub struct ConsistencyProof {
    /// In base64, in the order of RFC 9162.
    hashes: Vec<String>,
}

/// That a record is in the log (RFC 9162 section 2.1.3). For the customer whose record it is.
#[derive(SimpleObject)]
pub struct InclusionProof {
    /// The record's place, from 0.
    leaf_index: u64,
    /// What is hashed: SHA-256 of a zero byte and this text. What is personal in it is sealed.
    entry: String,
    /// In base64, from the leaf upwards.
    hashes: Vec<String>,
    /// The checkpoint that the proof leads to.
    checkpoint: String,
}

impl InclusionProof {
    /// The proof of an entry under a checkpoint.
    pub fn new(inclusion: &Inclusion, entry: String, head: &Head) -> Self {
        let hashes = texts(&inclusion.hashes);
        Self { leaf_index: inclusion.index, entry, hashes, checkpoint: head.note.clone() }
    }
}

impl From<Head> for Checkpoint {
    fn from(head: Head) -> Self {
        Self { epoch: head.epoch, size: head.size, root: head.root.to_string(), note: head.note, at: head.at }
    }
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}

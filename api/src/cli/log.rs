//! `rapport log`: checking and exporting the log of disclosures and consent events.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Subcommand;
use entity::log::{Auditor, Hash, Head, SignedCheckpoint};
use entity::signing::{PublicKey, read_jwks};
use entity::vault::Vault;
use entity::vault::log::{self, Fork};
use serde::{Deserialize, Serialize};

use super::{Failure, print};
use crate::bootstrap;
use crate::config::Config;

/// What to do with the log.
#[derive(Subcommand)]
pub enum LogCommand {
    /// Check every record of the log and name the first that was edited, deleted, inserted, moved or cut off.
    Verify {
        /// An exported log; without it the database is checked.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// A checkpoint that somebody outside has kept, as a file; may stand several times. What lies after the last one is
        /// proven by nothing but the operator's word.
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
        /// The public keys, as they were at /.well-known/jwks.json; without them those of the key file.
        #[arg(long, value_name = "FILE")]
        keys: Option<PathBuf>,
    },
    /// Write the log to a file, for somebody who checks it elsewhere. What is personal in it stays sealed.
    Export {
        /// The file to write.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Print the newest checkpoint.
    Checkpoint,
}

/// A line of an exported log: the newest checkpoint first, then leaves in order.
#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    /// A signed note.
    Checkpoint { checkpoint: String },
    /// Place, hash in base64, and the text that was hashed.
    Leaf { index: u64, leaf: String, entry: String },
}

/// Runs one of them.
pub async fn run(config: Config, command: LogCommand) -> Result<(), Failure> {
    match command {
        LogCommand::Verify { file: Some(file), checkpoints, keys: Some(keys) } => {
            verify_file(&file, &public_keys(&keys)?, &read_checkpoints(&checkpoints)?)
        }
        LogCommand::Verify { file, checkpoints, keys } => {
            let vault = bootstrap::existing(config).await?.vault;
            let keys = match keys {
                Some(keys) => public_keys(&keys)?,
                None => vault.signing.published().to_vec(),
            };
            match file {
                Some(file) => verify_file(&file, &keys, &read_checkpoints(&checkpoints)?),
                None => verify_database(&vault, &keys, &read_checkpoints(&checkpoints)?).await,
            }
        }
        LogCommand::Export { file } => export(&bootstrap::existing(config).await?.vault, &file).await,
        LogCommand::Checkpoint => {
            let head = log::latest(&bootstrap::existing(config).await?.vault).await.map_err(Failure::of)?;
            print(&head.ok_or_else(|| Failure("the log is empty yet".into()))?.note);
            Ok(())
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| Failure(format!("{}: {error}", path.display())))
}

/// The keys of a saved JWK set.
pub(super) fn public_keys(path: &Path) -> Result<Vec<PublicKey>, Failure> {
    read_jwks(&read(path)?).ok_or_else(|| Failure(format!("{} is not a JWK set", path.display())))
}

fn read_checkpoints(paths: &[PathBuf]) -> Result<Vec<SignedCheckpoint>, Failure> {
    let one = |path: &PathBuf| read(path)?.parse().map_err(|fault| Failure(format!("{}: {fault}", path.display())));
    paths.iter().map(one).collect()
}

/// The heads of kept checkpoints that the log must still have, each verified with one of the keys. All must be of one log.
/// What the newest checkpoint itself declares as lost by a restore is told, and not taken for tampering.
fn heads(
    kept: &[SignedCheckpoint],
    newest: Option<&SignedCheckpoint>,
    keys: &[PublicKey],
) -> Result<Vec<Head>, Failure> {
    let Some(first) = newest.or(kept.first()) else { return Ok(Vec::new()) };
    let origin = first.origin().clone();
    let verified = |note: &SignedCheckpoint| {
        let known = keys.iter().find_map(|key| note.verify(&origin, &key.bytes).ok()).cloned();
        known.ok_or_else(|| Failure("a checkpoint was not signed by any of these keys, or is of another log".into()))
    };
    let newest = newest.map(verified).transpose()?;
    let mut heads: Vec<Head> = newest.iter().map(|newest| newest.head).collect();
    for note in kept {
        let checkpoint = verified(note)?;
        let fork = newest.as_ref().filter(|newest| checkpoint.epoch < newest.epoch).and_then(Fork::declared_by);
        match fork.filter(|fork| fork.has_lost(checkpoint.head)) {
            Some(fork) => print(&format!(
                "A kept checkpoint has {} records; the log was restored from a copy of {} and says so: {} records are \
                 declared as lost.\n",
                checkpoint.head.size,
                fork.at,
                fork.lost.size - fork.at
            )),
            None => heads.push(checkpoint.head),
        }
    }
    Ok(heads)
}

async fn verify_database(vault: &Vault, keys: &[PublicKey], kept: &[SignedCheckpoint]) -> Result<(), Failure> {
    let newest = log::latest(vault).await.map_err(Failure::of)?;
    let newest = newest.map(|head| head.note.parse()).transpose();
    let newest = newest.map_err(|_| Failure("the newest stored checkpoint is not what was signed".into()))?;
    let found = log::audit(vault, keys, heads(kept, newest.as_ref(), keys)?).await.map_err(Failure::of)?;
    let log::Findings { head, proven, checkpoints, waiting } = found;
    print(&format!(
        "The log is whole: {} records, root {}.\n{proven} of them stand under a checkpoint; {checkpoints} stored and {} \
         kept checkpoints fit. {waiting} records wait for their places.\n",
        head.size,
        head.root,
        kept.len()
    ));
    Ok(())
}

fn verify_file(path: &Path, keys: &[PublicKey], kept: &[SignedCheckpoint]) -> Result<(), Failure> {
    let file = File::open(path).map_err(|error| Failure(format!("{}: {error}", path.display())))?;
    let mut newest: Option<SignedCheckpoint> = None;
    let mut auditor: Option<Auditor> = None;
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let malformed = |what: &str| Failure(format!("line {number}: {what}"));
        let line = line.map_err(|error| malformed(&error.to_string()))?;
        match serde_json::from_str(&line).map_err(|_| malformed("neither a checkpoint nor a leaf"))? {
            Line::Checkpoint { checkpoint } if newest.is_none() && auditor.is_none() => {
                newest = Some(checkpoint.parse().map_err(|fault| malformed(&format!("{fault}")))?);
            }
            Line::Checkpoint { .. } => return Err(malformed("one checkpoint stands before the leaves")),
            Line::Leaf { index, leaf, entry } => {
                if auditor.is_none() {
                    auditor = Some(Auditor::new(heads(kept, newest.as_ref(), keys)?).map_err(Failure::of)?);
                }
                let leaf: Hash = leaf.parse().map_err(|_| malformed("the leaf is not a hash in base64"))?;
                let read = auditor.as_mut().map(|auditor| auditor.read(index, entry.as_bytes(), Some(leaf)));
                read.transpose().map_err(|fault| malformed(&fault.to_string()))?;
            }
        }
    }
    let (Some(_), Some(auditor)) = (newest, auditor) else {
        return Err(Failure(format!("{} holds no log: a checkpoint, and leaves after it", path.display())));
    };
    let audited = auditor.finish().map_err(Failure::of)?;
    print(&format!(
        "The exported log is whole: {} records, root {}.\n{} of them stand under a checkpoint; its own and {} kept \
         elsewhere were signed by these keys.\n",
        audited.head.size,
        audited.head.root,
        audited.proven,
        kept.len()
    ));
    Ok(())
}

async fn export(vault: &Vault, path: &Path) -> Result<(), Failure> {
    let head = log::latest(vault).await.map_err(Failure::of)?;
    let head = head.ok_or_else(|| Failure("the log is empty yet".into()))?;
    let failed = |error: std::io::Error| Failure(format!("{}: {error}", path.display()));
    // A copy that was kept is never written over.
    let mut out = BufWriter::new(File::create_new(path).map_err(failed)?);
    let mut write = |line: &Line| {
        let text = serde_json::to_string(line).map_err(Failure::of)?;
        writeln!(out, "{text}").map_err(failed)
    };
    write(&Line::Checkpoint { checkpoint: head.note })?;
    let mut from = 0;
    while from < head.size {
        let leaves = log::export(vault, from, head.size).await.map_err(Failure::of)?;
        let next = leaves.last().map(|leaf| leaf.index + 1);
        for leaf in leaves {
            let gone = || Failure(format!("entry {} is not there any more; run: rapport log verify", leaf.index));
            let entry = leaf.entry.ok_or_else(gone)?;
            write(&Line::Leaf { index: leaf.index, leaf: STANDARD.encode(leaf.hash.0), entry })?;
        }
        from = next.ok_or_else(|| Failure(format!("entry {from} is not there any more; run: rapport log verify")))?;
    }
    out.flush().map_err(failed)?;
    print(&format!("{} records and the newest checkpoint are in {}.\n", head.size, path.display()));
    Ok(())
}

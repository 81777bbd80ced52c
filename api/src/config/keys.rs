//! The operator's key file: made on first start, readable by its owner only.

pub mod rotate;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::clock::Clock;
use entity::entropy::Entropy;
use entity::keyring::{Source, Stamp, WrappingKey, WrappingKeys};
use entity::keys::Keys;
use entity::log::Origin;
use entity::signing::{PublicKey, Signing};
use entity::values::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use zeroize::Zeroizing;

use crate::auth::token_keys::{TokenKey, TokenKeys};
use crate::auth::tokens::Signer;

/// What is in the file: base64 of random bytes, and of Ed25519 keys in PKCS#8.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyFile {
    lookup: String,
    secrets: String,
    /// For access tokens.
    #[serde(alias = "signing", deserialize_with = "with_or_without_time")]
    tokens: Vec<TokenSigning>,
    /// Ed25519 keys in PKCS#8 for receipts and checkpoints; the last one signs, all are published.
    evidence: Vec<String>,
    /// What data keys are wrapped under; the highest id is in use, older ones are kept until nothing is under them.
    wrapping: Vec<Wrapping>,
}

/// A key for access tokens, and from when on it signs.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenSigning {
    from: Timestamp,
    key: String,
}

/// Older files have one key, which signs from the beginning.
fn with_or_without_time<'de, D: Deserializer<'de>>(file: D) -> Result<Vec<TokenSigning>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        One(String),
        Several(Vec<TokenSigning>),
    }
    Ok(match Either::deserialize(file)? {
        Either::One(key) => vec![TokenSigning { from: Timestamp::MIN, key }],
        Either::Several(keys) => keys,
    })
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapping {
    id: i32,
    key: String,
}

/// The operator's keys, ready for use.
pub struct OperatorKeys {
    /// For lookups and stored secrets.
    pub keys: Keys,
    /// For the customers' data keys.
    pub wrapping: WrappingKeys,
    /// For receipts and checkpoints.
    pub signing: Signing,
    /// For tokens.
    pub signer: Signer,
}

/// A key file that cannot be used; says which and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// It could be neither read nor made.
    #[error("RAPPORT_KEY_FILE ({0}): {1}")]
    Io(String, io::Error),
    /// It is not a key file.
    #[error("RAPPORT_KEY_FILE ({0}) is damaged; restore it from a copy")]
    Damaged(String),
}

/// Reads the key file, or makes one if there is none.
///
/// # Errors
/// When the file can be neither read nor made, or is damaged.
pub fn load_or_create(
    path: &Path,
    (clock, entropy): (&Clock, &Entropy),
    issuer: &str,
) -> Result<OperatorKeys, KeyFault> {
    let named = || path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            create(path, clock, entropy).map_err(|error| KeyFault::Io(named(), error))?
        }
        Err(error) => return Err(KeyFault::Io(named(), error)),
    };
    open(path, &text, issuer).ok_or_else(|| KeyFault::Damaged(named()))
}

/// The public keys of an existing key file.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub fn published(path: &Path, issuer: &str) -> Result<Vec<PublicKey>, KeyFault> {
    let named = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| KeyFault::Io(named(), error))?;
    let operator = open(path, &text, issuer).ok_or_else(|| KeyFault::Damaged(named()))?;
    Ok(operator.signing.published().to_vec())
}

fn open(path: &Path, text: &str, issuer: &str) -> Option<OperatorKeys> {
    let file: KeyFile = serde_json::from_str(text).ok()?;
    let lookup: [u8; 32] = STANDARD.decode(file.lookup).ok()?.try_into().ok()?;
    let secrets: [u8; 32] = STANDARD.decode(file.secrets).ok()?.try_into().ok()?;
    let signer = Signer::new(TokenKeys::from_source(FileSource(path.to_owned()))?, issuer);
    let evidence = file.evidence.iter().map(|key| STANDARD.decode(key).ok()).collect::<Option<Vec<_>>>()?;
    let signing = Signing::new(origin(issuer)?, &evidence)?;
    let wrapping = WrappingKeys::from_source(FileSource(path.to_owned()))?;
    Some(OperatorKeys { keys: Keys::new(&lookup, &secrets), wrapping, signing, signer })
}

/// The log of a deployment is named after its public address.
fn origin(issuer: &str) -> Option<Origin> {
    let address = issuer.split_once("://").map_or(issuer, |(_, address)| address);
    format!("{}/log", address.trim_end_matches('/')).parse().ok()
}

/// The parts of the file that may change while a server runs.
struct FileSource(PathBuf);

impl FileSource {
    fn file(&self) -> Option<KeyFile> {
        serde_json::from_str(&std::fs::read_to_string(&self.0).ok()?).ok()
    }

    fn state(&self) -> Option<Stamp> {
        use std::os::unix::fs::MetadataExt;
        let data = std::fs::metadata(&self.0).ok()?;
        let [inode, size] = [data.ino(), data.size()].map(u64::cast_signed);
        Some(Stamp([inode, size, data.mtime(), data.mtime_nsec()]))
    }
}

impl Source<WrappingKey> for FileSource {
    fn read(&self) -> Option<Vec<WrappingKey>> {
        let one = |wrapping: Wrapping| {
            let key: [u8; 32] = STANDARD.decode(wrapping.key).ok()?.try_into().ok()?;
            Some(WrappingKey { id: wrapping.id, key: Zeroizing::new(key) })
        };
        self.file()?.wrapping.into_iter().map(one).collect()
    }

    fn stamp(&self) -> Option<Stamp> {
        self.state()
    }
}

impl Source<TokenKey> for FileSource {
    fn read(&self) -> Option<Vec<TokenKey>> {
        let one = |it: TokenSigning| TokenKey::new(&STANDARD.decode(it.key).ok()?, it.from);
        self.file()?.tokens.into_iter().map(one).collect()
    }

    fn stamp(&self) -> Option<Stamp> {
        self.state()
    }
}

fn create(path: &Path, clock: &Clock, entropy: &Entropy) -> io::Result<String> {
    use std::os::unix::fs::OpenOptionsExt;
    let text = generate(clock, entropy).ok_or_else(|| io::Error::other("no key could be made"))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(text)
}

/// The content of a new key file.
#[must_use]
pub fn generate(clock: &Clock, entropy: &Entropy) -> Option<String> {
    let file = KeyFile {
        lookup: STANDARD.encode(entropy.bytes::<32>()),
        secrets: STANDARD.encode(entropy.bytes::<32>()),
        tokens: vec![TokenSigning { from: clock.now(), key: key_pair()? }],
        evidence: vec![key_pair()?],
        wrapping: vec![Wrapping { id: 1, key: STANDARD.encode(entropy.bytes::<32>()) }],
    };
    serde_json::to_string_pretty(&file).ok()
}

/// A new Ed25519 key in PKCS#8.
fn key_pair() -> Option<String> {
    let pair = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).ok()?;
    Some(STANDARD.encode(pair.as_ref()))
}

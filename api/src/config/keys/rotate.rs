//! Changing the operator's keys: the file is replaced whole, so that a server that reads it meanwhile, or a power
//! cut, finds the one or the other.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::entropy::Entropy;
use entity::values::Timestamp;

use super::{KeyFault, KeyFile, TokenSigning, Wrapping, key_pair};
use crate::auth::token_keys::kept_until;

/// How long a key for tokens is published before it signs.
const LEAD_SECONDS: i64 = 3_600;

/// Wrapping keys that were taken out of the file, and can be put back.
pub struct TakenOut(Vec<Wrapping>);

/// The numbers of the wrapping keys, rising; the last one is in use for what is new.
///
/// # Errors
/// When the file cannot be read.
pub fn numbers(path: &Path) -> Result<Vec<i32>, KeyFault> {
    let text = std::fs::read_to_string(path).map_err(|error| io_fault(path, error))?;
    let mut numbers: Vec<i32> = parse(path, &text)?.wrapping.iter().map(|one| one.id).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Adds a new wrapping key, which is in use from then on. Its number.
///
/// # Errors
/// When the file can be neither read nor replaced.
pub fn add(path: &Path, entropy: &Entropy) -> Result<i32, KeyFault> {
    change(path, |file| {
        let id = file.wrapping.iter().map(|one| one.id).max().unwrap_or(0).saturating_add(1);
        file.wrapping.push(Wrapping { id, key: STANDARD.encode(entropy.bytes::<32>()) });
        id
    })
}

/// Takes wrapping keys out.
///
/// # Errors
/// When the file can be neither read nor replaced.
pub fn take_out(path: &Path, numbers: &[i32]) -> Result<TakenOut, KeyFault> {
    change(path, |file| {
        let (out, kept) = std::mem::take(&mut file.wrapping).into_iter().partition(|one| numbers.contains(&one.id));
        file.wrapping = kept;
        TakenOut(out)
    })
}

/// Puts wrapping keys back.
///
/// # Errors
/// When the file can be neither read nor replaced.
pub fn put_back(path: &Path, keys: TakenOut) -> Result<(), KeyFault> {
    change(path, |file| {
        file.wrapping.extend(keys.0);
        file.wrapping.sort_by_key(|one| one.id);
    })
}

/// What became of a wish for a new key for tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It is in the file, and signs from then on.
    Added(Timestamp),
    /// There is one already that will sign from then on.
    Waiting(Timestamp),
}

/// Adds a key for tokens that will sign in an hour, and takes out those whose tokens have all ended.
///
/// # Errors
/// When the file can be neither read nor replaced.
pub fn add_token_key(path: &Path, now: Timestamp) -> Result<Rotation, KeyFault> {
    let (key, from) = (new_pair(path)?, now.plus_seconds(LEAD_SECONDS));
    change(path, |file| {
        if let Some(waiting) = file.tokens.iter().map(|one| one.from).find(|from| now < *from) {
            return Rotation::Waiting(waiting);
        }
        file.tokens.push(TokenSigning { from, key });
        file.tokens.sort_by_key(|one| one.from);
        let over = file.tokens.iter().skip(1).take_while(|next| kept_until(next.from) <= now).count();
        file.tokens.drain(..over);
        Rotation::Added(from)
    })
}

/// Puts one new key for tokens in the place of all: whatever the others have signed ends.
///
/// # Errors
/// When the file can be neither read nor replaced.
pub fn replace_token_keys(path: &Path, now: Timestamp) -> Result<(), KeyFault> {
    let key = new_pair(path)?;
    change(path, |file| file.tokens = vec![TokenSigning { from: now, key }])
}

fn new_pair(path: &Path) -> Result<String, KeyFault> {
    key_pair().ok_or_else(|| io_fault(path, io::Error::other("no key could be made")))
}

fn change<T>(path: &Path, change: impl FnOnce(&mut KeyFile) -> T) -> Result<T, KeyFault> {
    let fault = |error| io_fault(path, error);
    // What is a link is replaced where it leads to.
    let path = &path.canonicalize().map_err(fault)?;
    let (folder, _lock) = lock(path).map_err(fault)?;
    let text = std::fs::read_to_string(path).map_err(fault)?;
    let mut file = parse(path, &text)?;
    let result = change(&mut file);
    let changed = serde_json::to_string_pretty(&file).map_err(|error| fault(error.into()))?;
    if changed != text {
        replace(path, &folder, changed.as_bytes()).map_err(fault)?;
    }
    Ok(result)
}

/// The file's folder, held by nobody else: the file itself is another one after each change.
fn lock(path: &Path) -> io::Result<(PathBuf, File)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let lock = File::open(folder)?;
    lock.lock()?;
    Ok((folder.to_owned(), lock))
}

fn replace(path: &Path, folder: &Path, text: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = folder.join(name);
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    // The server must be able to read what root has changed.
    let owner = std::fs::metadata(path)?;
    chown(&new, Some(owner.uid()), Some(owner.gid()))?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    File::open(folder)?.sync_all()
}

fn parse(path: &Path, text: &str) -> Result<KeyFile, KeyFault> {
    serde_json::from_str(text).map_err(|_| KeyFault::Damaged(path.display().to_string()))
}

fn io_fault(path: &Path, error: io::Error) -> KeyFault {
    KeyFault::Io(path.display().to_string(), error)
}

//! Files of a copy: for their owner only, on the disk before they have their name.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use super::manifest::FileEntry;
use crate::cli::Failure;

/// Bytes that are hashed at a time.
const BLOCK: usize = 1 << 16;

/// A folder for one copy.
pub fn new_folder(folder: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed(folder, &error))?;
    let mut entries = std::fs::read_dir(folder).map_err(|error| failed(folder, &error))?;
    if entries.next().is_some() {
        return Err(Failure(format!("{} is not empty; each copy has a folder of its own", folder.display())));
    }
    Ok(())
}

/// An empty file that only its owner may read. What stands there from a copy that was broken off is thrown away.
pub fn create(path: &Path) -> Result<(), Failure> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(path, &error)),
        _ => {}
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.map(drop).map_err(|error| failed(path, &error))
}

/// Gives a written file its name, durably.
pub fn put(part: &Path, path: &Path) -> Result<(), Failure> {
    let put = || {
        File::open(part)?.sync_all()?;
        std::fs::rename(part, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    };
    put().map_err(|error: io::Error| failed(path, &error))
}

/// What a file is recognised by.
pub fn describe(folder: &Path, name: &str) -> Result<FileEntry, Failure> {
    let path = folder.join(name);
    let hash = || {
        let (mut file, mut hash, mut bytes) = (File::open(&path)?, Context::new(&SHA256), 0);
        let mut block = vec![0; BLOCK];
        loop {
            let count = file.read(&mut block)?;
            let Some(read) = block.get(..count).filter(|read| !read.is_empty()) else {
                let sha256 = hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
                return Ok(FileEntry { name: name.to_owned(), bytes, sha256 });
            };
            hash.update(read);
            bytes += count as u64;
        }
    };
    hash().map_err(|error: io::Error| failed(&path, &error))
}

/// A failure that names the file.
pub fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("{}: {error}", path.display()))
}

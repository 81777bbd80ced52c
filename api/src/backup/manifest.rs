//! The manifest of a copy: what it is of, from when, and by what its files are recognised.

use std::path::Path;

use entity::values::Timestamp;
use sea_orm::DbBackend;
use serde::{Deserialize, Serialize};

use super::files;
use crate::cli::Failure;

/// Changes when older releases can no longer read it.
pub const FORMAT: u32 = 1;
/// Its name in the folder.
pub const NAME: &str = "manifest.json";

/// What a copy is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Everything but the data keys.
    Database,
    /// The data keys, wrapped.
    Keyring,
}

/// A file of the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its name in the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
}

/// `manifest.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The release that made it.
    pub version: String,
    /// What it is a copy of.
    pub kind: Kind,
    /// The database's time when it was begun.
    pub made_at: Timestamp,
    /// `sqlite` or `postgres`.
    pub backend: String,
    /// How far the endings journal went then: bytes or row, lines, fingerprint.
    pub journal: String,
    /// The log's last signed checkpoint in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
    /// What belongs to it.
    pub files: Vec<FileEntry>,
}

/// The database's name in a manifest.
pub const fn backend(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "postgres",
        _ => "sqlite",
    }
}

impl Manifest {
    /// The name of the file with the copy.
    pub fn file_name(&self) -> String {
        let kind = match self.kind {
            Kind::Database => "database",
            Kind::Keyring => "keyring",
        };
        let form = if self.backend == "postgres" { "dump" } else { "sqlite" };
        format!("{kind}.{form}")
    }

    /// Writes it; from then on the folder is a copy.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(self).map_err(Failure::of)?;
        let part = folder.join(format!("{NAME}.part"));
        files::create(&part)?;
        std::fs::write(&part, text + "\n").map_err(|error| files::failed(&part, &error))?;
        files::put(&part, &folder.join(NAME))
    }

    /// The manifest of a folder, whose files are all there and as they were written.
    pub fn verified(folder: &Path, kind: Kind) -> Result<Self, Failure> {
        let path = folder.join(NAME);
        let text = std::fs::read_to_string(&path).map_err(|error| files::failed(&path, &error))?;
        let damaged = |error: serde_json::Error| Failure(format!("{}: {error}", path.display()));
        let manifest: Self = serde_json::from_str(&text).map_err(damaged)?;
        if manifest.format != FORMAT || manifest.kind != kind {
            let text = format!("is not the manifest of a {kind:?} copy that this release can read");
            return Err(Failure(format!("{} {}", path.display(), text.to_lowercase())));
        }
        for entry in &manifest.files {
            if files::describe(folder, &entry.name)? != *entry {
                let path = folder.join(&entry.name);
                return Err(Failure(format!("{} is not what the manifest says: the copy is damaged", path.display())));
            }
        }
        if !manifest.files.iter().any(|file| file.name == manifest.file_name()) {
            return Err(Failure(format!("{} lacks {}", path.display(), manifest.file_name())));
        }
        Ok(manifest)
    }
}

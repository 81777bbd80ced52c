//! A PostgreSQL of one test's own, which it may harm.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::database;

/// A PostgreSQL that may be harmed.
pub struct Cluster {
    folder: PathBuf,
    /// Its address.
    pub url: String,
}

impl Cluster {
    /// Starts one.
    pub fn start() -> Self {
        let folder = database::fresh_folder("cluster");
        let mut cluster = Self { folder, url: String::new() };
        cluster.url = cluster.script("start").trim().to_owned();
        cluster
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Ends it as a crash would.
    pub fn crash(&self) {
        self.script("crash");
    }

    /// Starts it again where it was.
    pub fn resume(&self) {
        self.script("resume");
    }

    fn script(&self, command: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("postgres");
        let output = Command::new(script).arg(command).arg(&self.folder).output().expect("the script runs");
        assert!(output.status.success(), "tests/postgres {command}: {output:?}");
        String::from_utf8(output.stdout).expect("an address")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("postgres");
        let _ = Command::new(script).arg("stop").arg(&self.folder).status();
    }
}

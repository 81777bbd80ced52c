//! Texts that are committed beside the tests, and what differs from them now.

use std::path::{Path, PathBuf};

/// Compares a text with the committed file `tests/it/<file>`. With `RAPPORT_UPDATE_SNAPSHOTS=1` the file is written
/// instead, for a person to read before it is committed.
///
/// # Panics
/// When they differ; the message shows where.
pub fn assert_unchanged(file: &str, now: &str) {
    let path = it().join(file);
    if is_updating() {
        std::fs::write(&path, now).expect("the snapshot is written");
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == now,
        "tests/it/{file} is out of date. If what follows is meant, run with RAPPORT_UPDATE_SNAPSHOTS=1, read the \
         new file and commit it.\n{}",
        difference(&committed, now)
    );
}

/// The folder of the suite's files.
#[must_use]
pub fn it() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("it")
}

/// The folder that holds the crates.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate stands in the workspace")
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the suite says whether it may write")]
fn is_updating() -> bool {
    std::env::var("RAPPORT_UPDATE_SNAPSHOTS").is_ok_and(|value| value == "1")
}

/// The first lines that differ.
fn difference(committed: &str, now: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (committed.lines().collect(), now.lines().collect());
    let mut shown = Vec::new();
    for place in 0..old.len().max(new.len()) {
        let (was, is) = (old.get(place).copied().unwrap_or(""), new.get(place).copied().unwrap_or(""));
        if was != is {
            shown.push(format!("line {}\n  committed: {was}\n  now:       {is}", place + 1));
        }
    }
    shown.truncate(12);
    shown.join("\n")
}

//! File systems of a trial's own, so small that they can be filled, or in a file that can be copied. They need root.

use std::path::{Path, PathBuf};
use std::process::Command;

use tests::database;

/// A mounted file system; unmounted when the trial is over.
pub struct Mount {
    /// Where.
    pub folder: PathBuf,
}

impl Mount {
    /// A file system in memory, of so many megabytes.
    pub fn memory(folder: PathBuf, megabytes: u32) -> Result<Self, String> {
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let size = format!("size={megabytes}m,mode=0777");
        run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", &text(&folder)])?;
        Ok(Self { folder })
    }

    /// The file system in an image file. Nothing of it is written back by itself for minutes.
    pub fn image(image: &Path) -> Result<Self, String> {
        let folder = database::fresh_folder("mount");
        run("mount", &["-t", "ext4", "-o", "loop,commit=300", &text(image), &text(&folder)])?;
        Ok(Self { folder })
    }

    /// Takes the rest of its room; the file to remove again.
    pub fn fill(&self) -> PathBuf {
        use std::io::Write;
        let ballast = self.folder.join("ballast");
        let mut file = std::fs::File::create(&ballast).expect("a file is made");
        let mut part = vec![0u8; 64 * 1024];
        while !part.is_empty() {
            if file.write_all(&part).is_err() {
                part.truncate(part.len() / 2);
            }
        }
        ballast
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
    }
}

/// An image file with an empty file system of so many megabytes.
pub fn make_image(megabytes: u32) -> Result<PathBuf, String> {
    let image = database::fresh_folder("image").join("ext4");
    let file = std::fs::File::create(&image).map_err(|error| error.to_string())?;
    file.set_len(u64::from(megabytes) << 20).map_err(|error| error.to_string())?;
    run("mkfs.ext4", &["-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", &text(&image)])?;
    Ok(image)
}

/// Runs a command that must succeed; what it said if it did not.
pub fn run(command: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(command).args(arguments).output();
    let output = output.map_err(|error| format!("{command}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command} {}: {}", arguments.join(" "), said.trim().replace('\n', " ")))
}

/// A path as an argument.
pub fn text(path: &Path) -> String {
    path.display().to_string()
}

//! The journal as a file: one line per ending, appended and synced. Several processes of one machine may share it.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::line::{self, MOST_BYTES};
use super::{BATCH, Batch, JournalFault, Place, away};

/// Appends to the file.
pub(super) struct FileSink {
    path: PathBuf,
    open: Option<File>,
}

impl FileSink {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), open: None }
    }

    /// Appends lines and syncs them.
    pub async fn append(&mut self, lines: Vec<String>) -> Result<(), JournalFault> {
        let (path, open) = (self.path.clone(), self.open.take());
        let text: String = lines.into_iter().flat_map(|line| [line, "\n".into()]).collect();
        let appended = tokio::task::spawn_blocking(move || append(&path, open, text.as_bytes())).await;
        let file = appended.map_err(away)?.map_err(|error| named(&self.path, &error))?;
        self.open = Some(file);
        Ok(())
    }
}

/// Whoever appends is alone with the file meanwhile, so that a line that a crash has broken off can be cut away.
fn append(path: &Path, open: Option<File>, text: &[u8]) -> io::Result<File> {
    let mut file = match open {
        Some(file) => file,
        None => open_or_create(path)?,
    };
    file.lock()?;
    // Somebody may have moved the file away: then what is written there would be lost.
    if !is_at(&file, path) {
        file = open_or_create(path)?;
        file.lock()?;
    }
    let length = mend(&file)?;
    let written = file.write_all(text).and_then(|()| file.sync_data());
    if written.is_err() {
        // Half a line must not stay before the next one; if this fails too, the next writer cuts it away.
        let _ = file.set_len(length);
    }
    file.unlock()?;
    written.map(|()| file)
}

fn is_at(file: &File, path: &Path) -> bool {
    let same =
        |here: std::fs::Metadata, there: std::fs::Metadata| (here.dev(), here.ino()) == (there.dev(), there.ino());
    file.metadata().is_ok_and(|here| std::fs::metadata(path).is_ok_and(|there| same(here, there)))
}

fn open_or_create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).mode(0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = options.create(true).open(path)?;
            file.sync_all()?;
            // The name is in the folder, which has to be on the disk too.
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            File::open(folder)?.sync_all()?;
            Ok(file)
        }
        opened => opened,
    }
}

/// Cuts off what stands behind the last line end: it was never acknowledged. The length that is left.
fn mend(file: &File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut end = length;
    let mut block = [0; MOST_BYTES];
    while end > 0 {
        let start = end.saturating_sub(MOST_BYTES as u64);
        let block = block.get_mut(..usize::try_from(end - start).unwrap_or_default()).unwrap_or_default();
        file.read_exact_at(block, start)?;
        if let Some(place) = block.iter().rposition(|byte| *byte == b'\n') {
            end = start + place as u64 + 1;
            break;
        }
        end = start;
    }
    if end < length {
        file.set_len(end)?;
    }
    Ok(end)
}

/// Reads on. A line without its end was broken off, or is just being written: it waits for the next time.
pub(super) fn read(path: &Path, from: &Place) -> Result<Batch, JournalFault> {
    let mut batch = Batch { endings: Vec::new(), next: from.clone() };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(batch),
        Err(error) => return Err(named(path, &error)),
    };
    file.seek(SeekFrom::Start(from.offset)).map_err(|error| named(path, &error))?;
    let mut lines = BufReader::new(file);
    let mut raw = Vec::new();
    while batch.endings.len() < BATCH {
        raw.clear();
        let most = MOST_BYTES as u64;
        lines.by_ref().take(most).read_until(b'\n', &mut raw).map_err(|error| named(path, &error))?;
        let Some(text) = raw.strip_suffix(b"\n") else {
            // Longer than any line is.
            let damaged = raw.len() == MOST_BYTES;
            return if damaged { Err(JournalFault::Damaged(batch.next.line + 1)) } else { Ok(batch) };
        };
        let next = &mut batch.next;
        *next = Place { offset: next.offset + raw.len() as u64, line: next.line + 1, last: line::fingerprint(text) };
        let ending = std::str::from_utf8(text).ok().and_then(line::read);
        batch.endings.push(ending.ok_or(JournalFault::Damaged(next.line))?);
    }
    Ok(batch)
}

/// Whether a line ends there, and is that one.
pub(super) fn holds(path: &Path, place: &Place) -> Result<bool, JournalFault> {
    let read = || {
        let file = File::open(path)?;
        let start = place.offset.saturating_sub(MOST_BYTES as u64);
        let mut block = vec![0; usize::try_from(place.offset - start).unwrap_or_default()];
        file.read_exact_at(&mut block, start)?;
        Ok(block)
    };
    let read: io::Result<Vec<u8>> = read();
    let block = match read {
        Ok(block) => block,
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::UnexpectedEof].contains(&error.kind()) => {
            return Ok(false);
        }
        Err(error) => return Err(named(path, &error)),
    };
    let line = block.strip_suffix(b"\n").and_then(|block| block.rsplit(|byte| *byte == b'\n').next());
    Ok(line.is_some_and(|line| line::fingerprint(line) == place.last))
}

fn named(path: &Path, error: &io::Error) -> JournalFault {
    JournalFault::Away(format!("{}: {error}", path.display()))
}

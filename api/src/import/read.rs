//! Lines of a file with their numbers, one at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use aws_lc_rs::digest::{Context, SHA256};

/// A longer line is refused: memory stays flat whatever the file holds.
const LONGEST: usize = 1024 * 1024;
/// Of head and tail, this much tells one file from another.
const SAMPLE: usize = 64 * 1024;

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Bytes.
    pub offset: u64,
    /// Lines.
    pub line: u64,
}

/// A line as it stands in the file.
pub struct RawLine {
    /// From 1.
    pub number: u64,
    /// Without the line break; `None` if it is too long.
    pub bytes: Option<Vec<u8>>,
}

/// A file, or standard input.
pub struct Source {
    reader: Box<dyn Reading>,
    position: Position,
    identity: Option<String>,
    size: u64,
}

trait Reading: BufRead + Send {
    fn skip_to(&mut self, offset: u64) -> io::Result<()>;
}

impl Reading for BufReader<File> {
    fn skip_to(&mut self, offset: u64) -> io::Result<()> {
        self.seek(SeekFrom::Start(offset)).map(drop)
    }
}

impl Reading for BufReader<io::Stdin> {
    fn skip_to(&mut self, _offset: u64) -> io::Result<()> {
        Ok(())
    }
}

impl Source {
    /// Opens a file; `-` is standard input, which cannot be resumed.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path == Path::new("-") {
            let reader = Box::new(BufReader::new(io::stdin()));
            return Ok(Self { reader, position: Position::default(), identity: None, size: 0 });
        }
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let identity = Some(identify(&mut file, size)?);
        file.rewind()?;
        let reader = Box::new(BufReader::with_capacity(SAMPLE, file));
        Ok(Self { reader, position: Position::default(), identity, size })
    }

    /// What tells this file from another; none for standard input.
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// Bytes in all; 0 if unknown.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How far reading has come.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Goes on where an earlier run has stopped.
    pub fn skip_to(&mut self, position: Position) -> io::Result<()> {
        self.reader.skip_to(position.offset)?;
        self.position = position;
        Ok(())
    }

    /// The next line that is not empty.
    pub fn next_line(&mut self) -> io::Result<Option<RawLine>> {
        loop {
            let mut bytes = Vec::new();
            let read = self.reader.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut bytes)?;
            if read == 0 {
                return Ok(None);
            }
            self.position.offset += read as u64;
            self.position.line += 1;
            let number = self.position.line;
            if bytes.len() > LONGEST && bytes.last() != Some(&b'\n') {
                self.skip_rest()?;
                return Ok(Some(RawLine { number, bytes: None }));
            }
            let text = bytes.trim_ascii();
            if !text.is_empty() {
                return Ok(Some(RawLine { number, bytes: Some(text.to_vec()) }));
            }
        }
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        loop {
            let buffered = self.reader.fill_buf()?;
            let (used, ended) = match buffered.iter().position(|byte| *byte == b'\n') {
                Some(place) => (place + 1, true),
                None => (buffered.len(), buffered.is_empty()),
            };
            self.reader.consume(used);
            self.position.offset += used as u64;
            if ended {
                return Ok(());
            }
        }
    }
}

/// A digest of size, time of change, head and tail: a mended file is another file.
fn identify(file: &mut File, size: u64) -> io::Result<String> {
    let changed = file.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut digest = Context::new(&SHA256);
    digest.update(&size.to_be_bytes());
    digest.update(&changed.as_nanos().to_be_bytes());
    for start in [0, size.saturating_sub(SAMPLE as u64)] {
        let mut sample = Vec::with_capacity(SAMPLE);
        file.seek(SeekFrom::Start(start))?;
        file.by_ref().take(SAMPLE as u64).read_to_end(&mut sample)?;
        digest.update(&sample);
    }
    Ok(digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

//! How checkpoints are written, and read from exactly that spelling.

use std::fmt;
use std::iter::Peekable;
use std::str::{FromStr, Split};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::values::{Malformed, Timestamp};

use super::super::frontier::Head;
use super::{Checkpoint, CheckpointFault, Extension, Origin, SignedCheckpoint};

/// What stands before a signature: U+2014 and a space.
const DASH: &str = "— ";
const TIME: &str = "time ";
const EPOCH: &str = "epoch ";
const PREVIOUS: &str = "previous ";

const ORIGIN_EXPECTED: Malformed =
    Malformed::new("the log's name without white space, + and control characters, such as example.org/log");
const SIZE_EXPECTED: Malformed = Malformed::new("how many entries there are, without leading zeros");
const ROOT_EXPECTED: Malformed = Malformed::new("the root: 32 bytes in base64, 44 characters");
const TIME_EXPECTED: Malformed = Malformed::new("`time` and milliseconds since 1970, such as time 1795447644123");
const EPOCH_EXPECTED: Malformed = Malformed::new("`epoch` and a number without leading zeros");
const PREVIOUS_EXPECTED: Malformed = Malformed::new("`previous`, a size and a root in base64");
const EXTENSION_EXPECTED: Malformed = Malformed::new(
    "a line that is not empty, has no control characters and does not begin with the word time, epoch or previous",
);
const SIGNATURE_EXPECTED: Malformed = Malformed::new("an em dash, the origin, and 68 bytes in base64, a space between");

impl fmt::Display for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}\n{}\n{}", self.origin, self.head.size, self.head.root)?;
        writeln!(formatter, "{TIME}{}", self.at.as_millis())?;
        if let Some(epoch) = self.epoch {
            writeln!(formatter, "{EPOCH}{epoch}")?;
        }
        if let Some(Head { size, root }) = self.previous {
            writeln!(formatter, "{PREVIOUS}{size} {root}")?;
        }
        self.extensions.iter().try_for_each(|extension| writeln!(formatter, "{extension}"))
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = STANDARD.encode([&self.key_hash[..], &self.signature].concat());
        writeln!(formatter, "{}\n{DASH}{} {signature}", self.checkpoint, self.checkpoint.origin)
    }
}

impl FromStr for SignedCheckpoint {
    type Err = CheckpointFault;

    fn from_str(note: &str) -> Result<Self, CheckpointFault> {
        let (text, signatures) = note.split_once("\n\n").ok_or(CheckpointFault::Shape)?;
        let line = signatures.strip_suffix('\n').filter(|line| !line.contains('\n')).ok_or(CheckpointFault::Shape)?;
        let checkpoint = read_checkpoint(text)?;
        let (key_hash, signature) =
            read_signature(line, &checkpoint.origin).ok_or(CheckpointFault::SignatureLine(SIGNATURE_EXPECTED))?;
        Ok(Self { checkpoint, key_hash, signature })
    }
}

fn read_checkpoint(text: &str) -> Result<Checkpoint, CheckpointFault> {
    let mut lines = Lines { rest: text.split('\n').peekable(), line: 0 };
    Ok(Checkpoint {
        origin: lines.read("", ORIGIN_EXPECTED, |line| line.parse().ok())?,
        head: Head {
            size: lines.read("", SIZE_EXPECTED, read_number)?,
            root: lines.read("", ROOT_EXPECTED, |line| line.parse().ok())?,
        },
        at: lines.read(TIME, TIME_EXPECTED, read_time)?,
        epoch: lines.read_if(EPOCH, EPOCH_EXPECTED, read_number)?,
        previous: lines.read_if(PREVIOUS, PREVIOUS_EXPECTED, read_head)?,
        extensions: lines.read_all(EXTENSION_EXPECTED, |line| line.parse().ok())?,
    })
}

fn read_signature(line: &str, origin: &Origin) -> Option<([u8; 4], [u8; 64])> {
    let encoded = line.strip_prefix(DASH)?.strip_prefix(&origin.0)?.strip_prefix(' ')?;
    let bytes = STANDARD.decode(encoded).ok()?;
    let (key_hash, signature) = bytes.split_first_chunk()?;
    Some((*key_hash, signature.try_into().ok()?))
}

fn read_time(text: &str) -> Option<Timestamp> {
    let millis = i64::try_from(read_number(text)?).ok()?;
    Some(Timestamp::from_millis(millis)).filter(|at| at.as_millis() == millis)
}

fn read_head(text: &str) -> Option<Head> {
    let (size, root) = text.split_once(' ')?;
    Some(Head { size: read_number(size)?, root: root.parse().ok()? })
}

/// A number in the spelling in which it is written: no sign, no leading zeros.
fn read_number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

/// The lines of a checkpoint, each read whole or refused with its number.
struct Lines<'a> {
    rest: Peekable<Split<'a, char>>,
    line: usize,
}

impl Lines<'_> {
    fn read<T>(&mut self, word: &str, mend: Malformed, read: fn(&str) -> Option<T>) -> Result<T, CheckpointFault> {
        self.line += 1;
        let value = self.rest.next().and_then(|line| line.strip_prefix(word)).and_then(read);
        value.ok_or(CheckpointFault::Line { line: self.line, mend })
    }

    fn read_if<T>(
        &mut self,
        word: &str,
        mend: Malformed,
        read: fn(&str) -> Option<T>,
    ) -> Result<Option<T>, CheckpointFault> {
        let follows = self.rest.peek().is_some_and(|line| line.starts_with(word));
        follows.then(|| self.read(word, mend, read)).transpose()
    }

    fn read_all<T>(&mut self, mend: Malformed, read: fn(&str) -> Option<T>) -> Result<Vec<T>, CheckpointFault> {
        std::iter::from_fn(|| self.read_if("", mend, read).transpose()).collect()
    }
}

impl FromStr for Origin {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let strange = |character: char| character.is_whitespace() || character.is_control() || character == '+';
        let sound = !text.is_empty() && !text.contains(strange);
        sound.then(|| Self(text.to_owned())).ok_or(ORIGIN_EXPECTED)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Extension {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let first = text.split(' ').next().unwrap_or_default();
        let taken = [TIME, EPOCH, PREVIOUS].iter().any(|word| word.trim_end() == first);
        let sound = !text.is_empty() && !text.contains(char::is_control) && !taken;
        sound.then(|| Self(text.to_owned())).ok_or(EXTENSION_EXPECTED)
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

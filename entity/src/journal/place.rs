//! A place in the journal: how far it was read.

use serde::{Deserialize, Serialize};

/// Behind one of the journal's lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bytes from the start of the file, or the number of the table's row.
    pub offset: u64,
    /// How many lines stand before it.
    pub line: u64,
    /// A fingerprint of the line before it: another journal does not have the same line in the same place.
    pub last: String,
}

impl Place {
    /// Before the first line.
    pub const START: Self = Self { offset: 0, line: 0, last: String::new() };

    /// As a setting keeps it.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{} {} {}", self.offset, self.line, self.last)
    }

    /// From a setting. `None` if it is none.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (offset, line, last) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
        parts.next().is_none().then(|| Self { offset, line, last: last.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_from_its_text() {
        let place = Place { offset: 1_234, line: 5, last: "0a1b".into() };
        assert_eq!(Place::of_text(&place.to_text()), Some(place));
        assert_eq!(Place::of_text(&Place::START.to_text()), Some(Place::START));
        for text in ["", "1", "1 2", "x 2 3", "1 2 3 4"] {
            assert_eq!(Place::of_text(text), None, "{text}");
        }
    }
}

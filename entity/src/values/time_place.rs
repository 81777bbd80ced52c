//! Where something stands in a list that is ordered by time.

use std::fmt;
use std::str::FromStr;

use super::Timestamp;

/// A time, and an id that tells apart what has the same. Its text, a cursor, is `MILLISECONDS.ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimePlace<I> {
    /// The time.
    pub at: Timestamp,
    /// The id.
    pub id: I,
}

impl<I: fmt::Display> fmt::Display for TimePlace<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.as_millis(), self.id)
    }
}

/// A text is no such place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPlace;

impl<I: FromStr> FromStr for TimePlace<I> {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let (at, id) = text.split_once('.').ok_or(NoPlace)?;
        let at = Timestamp::from_millis(at.parse().map_err(|_| NoPlace)?);
        Ok(Self { at, id: id.parse().map_err(|_| NoPlace)? })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ids::MessageId;

    #[test]
    fn a_place_reads_back_from_its_own_text_and_from_no_other() {
        let place = TimePlace { at: Timestamp::from_millis(7), id: MessageId(Uuid::from_u128(8)) };
        assert_eq!(place.to_string().parse(), Ok(place));
        for text in ["", "7", "7.", "x.message_AAAA", "7.grant_AAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(text.parse::<TimePlace<MessageId>>(), Err(NoPlace), "{text}");
        }
    }
}

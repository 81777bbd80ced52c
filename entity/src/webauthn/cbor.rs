//! Reads CBOR (RFC 8949) as authenticators have to write it (CTAP 2.1, section 8): lengths that are said beforehand, numbers
//! in their shortest form, no key twice in a map, four levels at most. Anything else is refused, so that no two readers can
//! understand the same bytes differently. What is read borrows from the bytes, and how much is allocated is bounded by them.

/// How deep lists and maps may lie in each other.
const DEEPEST: u8 = 4;

/// A data item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'b> {
    /// A whole number: those of CBOR that do not fit are refused.
    Number(i64),
    /// Bytes.
    Bytes(&'b [u8]),
    /// A text.
    Text(&'b str),
    /// A list.
    List(Vec<Self>),
    /// Keys with their values, in the order of the bytes.
    Map(Vec<(Self, Self)>),
    /// True or false.
    Switch(bool),
    /// Null.
    Null,
}

impl<'b> Item<'b> {
    /// The value of a numbered key.
    #[must_use]
    pub fn at(&self, key: i64) -> Option<&Self> {
        self.get(&Self::Number(key))
    }

    /// The value of a named key.
    #[must_use]
    pub fn named(&self, key: &str) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(known, _)| matches!(known, Item::Text(text) if *text == key)).map(|(_, value)| value)
    }

    fn get(&self, key: &Self) -> Option<&Self> {
        let Self::Map(pairs) = self else { return None };
        pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// The number, if it is one.
    #[must_use]
    pub const fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The bytes, if it is bytes.
    #[must_use]
    pub const fn bytes(&self) -> Option<&'b [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Reads one item that the bytes begin with; gives it and what comes after it. `None` if there is none that is well formed.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<(Item<'_>, &[u8])> {
    let mut reader = Reader(bytes);
    let item = reader.item(0)?;
    Some((item, reader.0))
}

/// Reads one item that is all there is.
#[must_use]
pub fn read_whole(bytes: &[u8]) -> Option<Item<'_>> {
    read(bytes).filter(|(_, rest)| rest.is_empty()).map(|(item, _)| item)
}

/// What is left to be read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn item(&mut self, depth: u8) -> Option<Item<'b>> {
        let first = self.take(1)?.first().copied()?;
        let (major, short) = (first >> 5, first & 0x1f);
        if major == 7 {
            return match short {
                20 => Some(Item::Switch(false)),
                21 => Some(Item::Switch(true)),
                22 => Some(Item::Null),
                _ => None,
            };
        }
        let argument = self.argument(short)?;
        match major {
            0 => i64::try_from(argument).ok().map(Item::Number),
            1 => i64::try_from(argument).ok().map(|number| Item::Number(-1 - number)),
            2 => self.take(usize::try_from(argument).ok()?).map(Item::Bytes),
            3 => std::str::from_utf8(self.take(usize::try_from(argument).ok()?)?).ok().map(Item::Text),
            4 if depth < DEEPEST => self.list(argument, depth + 1),
            5 if depth < DEEPEST => self.map(argument, depth + 1),
            _ => None,
        }
    }

    fn list(&mut self, length: u64, depth: u8) -> Option<Item<'b>> {
        // Nothing is set aside for what is only claimed.
        let mut items = Vec::new();
        for _ in 0..length {
            items.push(self.item(depth)?);
        }
        Some(Item::List(items))
    }

    fn map(&mut self, length: u64, depth: u8) -> Option<Item<'b>> {
        let mut pairs: Vec<(Item<'b>, Item<'b>)> = Vec::new();
        for _ in 0..length {
            let key = self.item(depth)?;
            let plain = matches!(key, Item::Number(_) | Item::Text(_));
            if !plain || pairs.len() >= MOST_KEYS || pairs.iter().any(|(known, _)| *known == key) {
                return None;
            }
            pairs.push((key, self.item(depth)?));
        }
        Some(Item::Map(pairs))
    }

    /// The number in or behind an item's first byte, in its shortest form only.
    fn argument(&mut self, short: u8) -> Option<u64> {
        let (width, least) = match short {
            0..=23 => return Some(short.into()),
            24 => (1, 24),
            25 => (2, 0x100),
            26 => (4, 0x1_0000),
            27 => (8, 0x1_0000_0000),
            _ => return None,
        };
        let number = self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        (number >= least).then_some(number)
    }

    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

/// Keys of a map: whether one is there twice is looked up among so many at most.
const MOST_KEYS: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes from hexadecimal.
    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<char> = text.chars().filter(|digit| !digit.is_whitespace()).collect();
        digits.chunks(2).map(|two| u8::from_str_radix(&two.iter().collect::<String>(), 16).unwrap()).collect()
    }

    fn list(items: &[i64]) -> Item<'static> {
        Item::List(items.iter().copied().map(Item::Number).collect())
    }

    #[test]
    fn items_are_read_as_appendix_a_of_the_rfc_writes_them() {
        for (bytes, item) in [
            ("00", Item::Number(0)),
            ("17", Item::Number(23)),
            ("1818", Item::Number(24)),
            ("1903e8", Item::Number(1_000)),
            ("1a000f4240", Item::Number(1_000_000)),
            ("1b000000e8d4a51000", Item::Number(1_000_000_000_000)),
            ("20", Item::Number(-1)),
            ("3863", Item::Number(-100)),
            ("3903e7", Item::Number(-1_000)),
            ("f4", Item::Switch(false)),
            ("f5", Item::Switch(true)),
            ("f6", Item::Null),
            ("40", Item::Bytes(b"")),
            ("4401020304", Item::Bytes(&[1, 2, 3, 4])),
            ("60", Item::Text("")),
            ("62c3bc", Item::Text("ü")),
            ("80", Item::List(Vec::new())),
            ("83010203", list(&[1, 2, 3])),
            ("a0", Item::Map(Vec::new())),
            (
                "a26161016162820203",
                Item::Map(vec![(Item::Text("a"), Item::Number(1)), (Item::Text("b"), list(&[2, 3]))]),
            ),
        ] {
            assert_eq!(read_whole(&hex(bytes)), Some(item), "{bytes}");
        }
    }

    #[test]
    fn what_authenticators_do_not_write_is_refused() {
        for (bytes, why) in [
            ("", "nothing"),
            ("1817", "23 in two bytes"),
            ("190017", "23 in three"),
            ("1a00000001", "1 in five"),
            ("1b0000000000000001", "1 in nine"),
            ("5800", "a length in two bytes that fits into one"),
            ("1bffffffffffffffff", "too large a number"),
            ("3bffffffffffffffff", "too small a one"),
            ("1c", "a reserved form"),
            ("1f", "a number without a length"),
            ("5f4101ff", "bytes in pieces"),
            ("7f6161ff", "a text in pieces"),
            ("9f01ff", "a list without a length"),
            ("bf01ff", "a map without one"),
            ("c001", "a tag"),
            ("f7", "undefined"),
            ("f818", "a simple value"),
            ("f93c00", "half a float"),
            ("fb3ff0000000000000", "a float"),
            ("ff", "a break"),
            ("61ff", "a text that is no UTF-8"),
            ("44010203", "bytes that are cut off"),
            ("820100ff", "something behind"),
            ("8201", "a list that is cut off"),
            ("9b0000000100000000", "a list that claims more than there is"),
            ("5b7fffffffffffffff00", "bytes that claim more than there is"),
            ("a201000100", "a key twice"),
            ("a1400100", "bytes for a key"),
            ("a1f500", "a switch for a key"),
            ("818181818100", "five levels"),
        ] {
            assert_eq!(read_whole(&hex(bytes)), None, "{why}: {bytes}");
        }
        assert!(read_whole(&hex("8181818100")).is_some(), "four levels");
        let many = |count: u8| {
            let pairs = (0..count).flat_map(|key| if key < 24 { vec![key, 0] } else { vec![0x18, key, 0] });
            [0xb8, count].into_iter().chain(pairs).collect::<Vec<u8>>()
        };
        assert!(read_whole(&many(64)).is_some() && read_whole(&many(65)).is_none());
    }

    #[test]
    fn what_comes_after_an_item_is_given_back() {
        let bytes = hex("a10102 f5 00");
        let (item, rest) = read(&bytes).unwrap();
        assert_eq!(item.at(1).and_then(Item::number), Some(2));
        assert_eq!(item.at(2), None);
        assert_eq!(rest, [0xf5, 0]);
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_are_the_reader_comes_back_and_reads_no_further_than_them(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            if let Some((_, rest)) = read(&bytes) {
                prop_assert!(bytes.ends_with(rest) && rest.len() < bytes.len());
            }
        }

        #[test]
        fn a_cut_or_a_changed_byte_never_breaks_the_reader(
            cut in 0_usize..40, place in 0_usize..40, byte in any::<u8>(),
        ) {
            let mut bytes = hex("a363666d74646e6f6e656761747453746d74a068617574684461746143010203a1616101");
            if let Some(known) = bytes.get_mut(place) {
                *known = byte;
            }
            bytes.truncate(cut);
            let _ = read_whole(&bytes);
        }
    }
}

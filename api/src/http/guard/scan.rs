//! One pass over the bytes of a query, before the parser: its tokens and the nesting of its brackets.
//!
//! The parser must never see a bracket that this pass took for part of a string or a comment, so the pass reads exactly
//! the terminals of `graphql.pest` in async-graphql-parser 8.0.0-rc.5, and refuses what that grammar cannot accept.
//! Where they differ, the pass is the stricter one. An upgrade of the parser begins with a comparison of that file.

use async_graphql::Pos;

use super::{MAX_BYTES, MAX_NESTING, MAX_TOKENS, Refused};

#[cfg(test)]
mod tests;

/// What a query costs to parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scan {
    /// Terminals of the grammar; never fewer than the parser reads.
    pub(super) tokens: usize,
    /// The most brackets open at once; never fewer than the parser enters.
    pub(super) nesting: usize,
}

/// Measures the query without recursion, or refuses it at the first place that is over a limit or not GraphQL.
pub(super) fn scan(query: &str) -> Result<Scan, Refused> {
    if query.len() > MAX_BYTES {
        return Err(Refused::TooLarge { bytes: query.len() });
    }
    let mut scanner = Scanner { query, at: 0, open: Vec::new(), cost: Scan { tokens: 0, nesting: 0 } };
    while let Some(byte) = scanner.byte(0) {
        scanner.step(byte)?;
    }
    match scanner.open.last() {
        None => Ok(scanner.cost),
        Some((bracket, at)) => Err(scanner.syntax(*at, format!("this `{}` is never closed", char::from(*bracket)))),
    }
}

/// The grammar joins these to what follows without a space: `nullnull` in a list is two values, `queryA` is an
/// operation `A`. Each counts as a token of its own, even in a name like `nullable`: too many rather than too few.
const KEYWORDS: [&[u8]; 7] = [b"true", b"false", b"null", b"query", b"mutation", b"subscription", b"fragment"];

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const BLOCK_QUOTES: &[u8] = b"\"\"\"";

const ESCAPED_BLOCK_QUOTES: &[u8] = b"\\\"\"\"";

/// A cursor that always stands between two terminals.
struct Scanner<'q> {
    query: &'q str,
    at: usize,
    /// The open brackets, outermost first, with their offsets; at most [`MAX_NESTING`].
    open: Vec<(u8, usize)>,
    cost: Scan,
}

impl Scanner<'_> {
    /// Reads one terminal, or whitespace, or a comment.
    fn step(&mut self, byte: u8) -> Result<(), Refused> {
        match byte {
            b' ' | b'\t' | b',' | b'\n' | b'\r' => self.at += 1,
            b'#' => self.at += self.rest().iter().take_while(|byte| !is_line_end(**byte)).count(),
            b'{' | b'[' | b'(' => self.open(byte)?,
            b'}' | b']' | b')' => self.close(byte)?,
            b'!' | b'$' | b':' | b'=' | b'@' => self.token(1)?,
            b'.' if self.rest().starts_with(b"...") => self.token(3)?,
            b'"' if self.rest().starts_with(BLOCK_QUOTES) => self.block_string()?,
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ if is_name_start(byte) => self.word()?,
            _ if self.rest().starts_with(BYTE_ORDER_MARK) => self.at += BYTE_ORDER_MARK.len(),
            _ => return Err(self.syntax(self.at, "this character is not part of the language".to_owned())),
        }
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> Result<(), Refused> {
        if self.open.len() == MAX_NESTING {
            return Err(Refused::TooNested { at: position(self.query, self.at) });
        }
        self.open.push((bracket, self.at));
        self.cost.nesting = self.cost.nesting.max(self.open.len());
        self.token(1)
    }

    fn close(&mut self, bracket: u8) -> Result<(), Refused> {
        let opened = self.open.pop().map(|(opened, _)| opened);
        match (opened, bracket) {
            (Some(b'{'), b'}') | (Some(b'['), b']') | (Some(b'('), b')') => self.token(1),
            _ => Err(self.syntax(self.at, format!("this `{}` closes nothing", char::from(bracket)))),
        }
    }

    /// Up to the next unescaped quotation mark; a line end may not come first.
    fn string(&mut self) -> Result<(), Refused> {
        let mut length = 1;
        loop {
            length += match self.byte(length) {
                Some(b'"') => return self.token(length + 1),
                Some(b'\\') => self.escape(length)?,
                Some(byte) if !is_line_end(byte) && byte != 0 => 1,
                _ => return Err(self.syntax(self.at, "this string is not closed on its line".to_owned())),
            };
        }
    }

    /// The length of the escape at this offset. A lone surrogate is no character, and the grammar refuses it; U+0000 is
    /// none that PostgreSQL takes in a text.
    fn escape(&self, offset: usize) -> Result<usize, Refused> {
        match self.byte(offset + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
            Some(b'u') if self.is_scalar_value(offset + 2) => Ok(6),
            _ => Err(self.syntax(self.at + offset, "this is not an escape of GraphQL".to_owned())),
        }
    }

    fn is_scalar_value(&self, offset: usize) -> bool {
        let hexadecimal = (0..4).all(|digit| self.byte(offset + digit).is_some_and(|byte| byte.is_ascii_hexdigit()));
        let surrogate = matches!(
            (self.byte(offset), self.byte(offset + 1)),
            (Some(b'd' | b'D'), Some(b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F'))
        );
        let nul = (0..4).all(|digit| self.byte(offset + digit) == Some(b'0'));
        hexadecimal && !surrogate && !nul
    }

    /// Up to the next `"""` without a backslash before it. The grammar would read a block string that is never closed
    /// as an empty string and another one; the specification does not, and neither does the guard.
    fn block_string(&mut self) -> Result<(), Refused> {
        let mut content = self.rest().get(BLOCK_QUOTES.len()..).unwrap_or_default();
        while !content.starts_with(BLOCK_QUOTES) {
            if content.first() == Some(&0) {
                return Err(self.syntax(self.at, "this block string holds U+0000".to_owned()));
            }
            let read = if content.starts_with(ESCAPED_BLOCK_QUOTES) { ESCAPED_BLOCK_QUOTES.len() } else { 1 };
            let Some(after) = content.get(read..) else {
                return Err(self.syntax(self.at, "this block string is never closed".to_owned()));
            };
            content = after;
        }
        let after = content.len().saturating_sub(BLOCK_QUOTES.len());
        self.token(self.rest().len() - after)
    }

    /// One number as the grammar cuts it: `00` in a list is two values, and no name may follow directly.
    fn number(&mut self) -> Result<(), Refused> {
        let mut length = usize::from(self.byte(0) == Some(b'-'));
        length += match (self.byte(length), self.digits(length)) {
            (Some(b'0'), _) => 1,
            (_, 0) => return Err(self.syntax(self.at, "this number has no digits".to_owned())),
            (_, digits) => digits,
        };
        if self.byte(length) == Some(b'.') && self.digits(length + 1) > 0 {
            length += 1 + self.digits(length + 1);
        }
        if matches!(self.byte(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(length + 1), Some(b'+' | b'-')));
            let digits = self.digits(length + 1 + sign);
            length += if digits == 0 { 0 } else { 1 + sign + digits };
        }
        if self.byte(length).is_some_and(is_name_start) {
            return Err(self.syntax(self.at, "a name follows this number without a space".to_owned()));
        }
        self.token(length)
    }

    fn digits(&self, offset: usize) -> usize {
        let digits = self.rest().get(offset..).unwrap_or_default();
        digits.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn word(&mut self) -> Result<(), Refused> {
        let keyword = KEYWORDS.into_iter().find(|keyword| self.rest().starts_with(keyword));
        let name = || self.rest().iter().take_while(|byte| is_name_start(**byte) || byte.is_ascii_digit()).count();
        let length = keyword.map_or_else(name, <[u8]>::len);
        self.token(length)
    }

    /// Counts a terminal of this length and steps over it.
    fn token(&mut self, length: usize) -> Result<(), Refused> {
        if self.cost.tokens == MAX_TOKENS {
            return Err(Refused::TooManyTokens { at: position(self.query, self.at) });
        }
        self.cost.tokens += 1;
        self.at += length;
        Ok(())
    }

    fn byte(&self, offset: usize) -> Option<u8> {
        self.rest().get(offset).copied()
    }

    fn rest(&self) -> &[u8] {
        self.query.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn syntax(&self, at: usize, message: String) -> Refused {
        Refused::Syntax { message, at: Some(position(self.query, at)) }
    }
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Line and column of a byte offset, both from 1, counted in characters as the parser counts them.
fn position(query: &str, at: usize) -> Pos {
    let start = Pos { line: 1, column: 1 };
    let before = query.get(..at).unwrap_or_default();
    before.chars().fold(start, |Pos { line, column }, character| match character {
        '\n' => Pos { line: line + 1, column: 1 },
        '\r' => Pos { line, column: 1 },
        _ => Pos { line, column: column + 1 },
    })
}

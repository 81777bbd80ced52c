//! What the actors of the race note: when something was permitted, and when a value was seen.

use uuid::Uuid;

use crate::clock::Moment;

/// What a profile's values of one cycle may be seen under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The display name.
    Name,
    /// The region.
    Area,
}

impl Scope {
    /// As the API calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "NAME",
            Self::Area => "AREA",
        }
    }
}

/// A time in which seeing a value is legal: from the request that gave it to the acknowledgement that ended it.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// When the giving request was sent.
    pub from: Moment,
    /// When the ending was acknowledged; [`FOREVER`] while it is not.
    pub until: Moment,
}

/// An end that has not come.
pub const FOREVER: Moment = Moment(u64::MAX);

/// A purpose and a scope that were permitted for a time.
#[derive(Debug, Clone, Copy)]
pub struct Permission {
    /// Its place in [`crate::site::PURPOSES`].
    pub purpose: usize,
    /// Which value.
    pub scope: Scope,
    /// When.
    pub span: Span,
}

/// One round of one customer: values of its own are written, shared, taken back and overwritten, before the next begins.
/// So whatever permitted them is in here.
#[derive(Debug, Default)]
pub struct Cycle {
    /// The grants given in it, by purpose.
    pub grants: [Option<Uuid>; 2],
    /// All that was ever permitted.
    pub permissions: Vec<Permission>,
    /// Whether its grants have ended for good: nothing continues them.
    pub has_ended: bool,
}

impl Cycle {
    /// Notes that a purpose and a scope are permitted from now on.
    pub fn permit(&mut self, purpose: usize, scope: Scope, from: Moment) {
        self.permissions.push(Permission { purpose, scope, span: Span { from, until: FOREVER } });
    }

    /// Notes that what once was permitted is so again from now on.
    pub fn permit_again(&mut self, from: Moment, which: impl Fn(&Permission) -> bool) {
        let again: Vec<Permission> = self.permissions.iter().filter(|one| which(one)).copied().collect();
        again.iter().for_each(|one| self.permit(one.purpose, one.scope, from));
    }

    /// Notes that some of what is still permitted ended.
    pub fn end(&mut self, until: Moment, ends: impl Fn(&Permission) -> bool) {
        for permission in self.permissions.iter_mut().filter(|one| one.span.until == FOREVER) {
            if ends(permission) {
                permission.span.until = until;
            }
        }
    }
}

/// A value in an answer to a brand.
#[derive(Debug, Clone, Copy)]
pub struct Sighting {
    /// Whose.
    pub customer: usize,
    /// Of which cycle.
    pub cycle: usize,
    /// Whether it was written after the ending.
    pub is_new: bool,
    /// Whether name and area are of different cycles.
    pub is_torn: bool,
    /// Whether the name was there.
    pub name: bool,
    /// Whether the area was there.
    pub area: bool,
    /// For which purpose it was asked; none through `node`.
    pub purpose: Option<usize>,
    /// Which app asked.
    pub app: usize,
    /// When the request was about to be sent.
    pub started: Moment,
    /// When the first byte of the answer was there.
    pub first_byte: Moment,
    /// When all of it was there.
    pub ended: Moment,
}

/// The word that is written as a value: whose, of which cycle, which scope, and whether after the ending.
pub fn word(customer: usize, cycle: usize, scope: Scope, is_new: bool) -> String {
    let scope = if scope == Scope::Name { 'N' } else { 'A' };
    format!("qz{customer}x{cycle}x{scope}{}", if is_new { 'e' } else { 'g' })
}

/// The words in an answer.
pub fn words(body: &str) -> impl Iterator<Item = (usize, usize, Scope, bool)> + '_ {
    body.match_indices("qz").filter_map(|(place, mark)| {
        let (customer, rest) = body[place + mark.len()..].split_once('x')?;
        let (cycle, rest) = rest.split_once('x')?;
        let scope = match rest.as_bytes().first()? {
            b'N' => Scope::Name,
            b'A' => Scope::Area,
            _ => return None,
        };
        Some((customer.parse().ok()?, cycle.parse().ok()?, scope, rest.as_bytes().get(1) == Some(&b'e')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_answer_are_read_back() {
        let body = format!(
            r#"{{"name":"{}","region":"{}"}}"#,
            word(7, 31, Scope::Name, false),
            word(12, 0, Scope::Area, true)
        );
        let found: Vec<_> = words(&body).collect();
        assert_eq!(found, [(7, 31, Scope::Name, false), (12, 0, Scope::Area, true)]);
    }

    #[test]
    fn what_only_looks_like_a_word_is_none() {
        assert_eq!(words(r#"{"id":"profile_qzAx3xN","other":"qz1x2","third":"qz1x2xZg"}"#).count(), 0);
    }
}

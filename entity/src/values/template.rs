//! Templates of replies: a text with places for what is known of whoever reads it.

use std::fmt;
use std::str::FromStr;

/// Everything that may stand in a place. What is below `Profile` takes a grant; the others are the brand's own.
pub const PATHS: [&str; 13] = [
    "name.displayName",
    "name.givenName",
    "name.familyName",
    "contact.email",
    "contact.phone",
    "area.postalCode",
    "area.region",
    "area.country",
    "context.topic",
    "context.text",
    "context.wishedOutcome",
    "brand.name",
    "agent.name",
];
/// What anybody may read: what to call somebody, as they write it themself, and what is the brand's own.
const PUBLIC: [&str; 3] = ["name.displayName", "brand.name", "agent.name"];
/// The longest template, in bytes.
const MOST_BYTES: usize = 10_000;
/// Places in a template.
const MOST_PLACES: usize = 50;

/// A template: `Dear {{ name.displayName || 'customer' }}, ...`.
///
/// A place is `{{`, one of [`PATHS`], at will `||` and a fallback in single quotes (which holds none), and `}}`; spaces around
/// them do not matter. There is no logic, and what is filled in is never read as a template again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// To be filled in.
    Place {
        /// With what.
        path: &'static str,
        /// With what else if there is nothing.
        fallback: Option<String>,
    },
}

/// A text is no template. The text says where and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTemplate {
    /// Too long.
    #[error("a template has {MOST_BYTES} bytes and {MOST_PLACES} places at most")]
    TooLarge,
    /// A place is not written as it should be.
    #[error("at character {at}: expected {expected}")]
    Malformed {
        /// The character, counted from 1.
        at: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// Nothing of that name may stand in a place.
    #[error("at character {at}: no such variable; there are {known}")]
    Unknown {
        /// The character, counted from 1.
        at: usize,
        /// What there is.
        known: Known,
    },
}

/// Writes down what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known;

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&PATHS.join(", "))
    }
}

impl Template {
    /// Its parts, in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// What stands in its places, each once.
    #[must_use]
    pub fn paths(&self) -> Vec<&'static str> {
        let mut paths = Vec::new();
        for part in &self.0 {
            if let Part::Place { path, .. } = part
                && !paths.contains(path)
            {
                paths.push(*path);
            }
        }
        paths
    }

    /// The first place whose value may not go where anybody can read it.
    #[must_use]
    pub fn private(&self) -> Option<&'static str> {
        self.paths().into_iter().find(|path| !PUBLIC.contains(path))
    }
}

impl FromStr for Template {
    type Err = NoTemplate;

    fn from_str(text: &str) -> Result<Self, NoTemplate> {
        if text.len() > MOST_BYTES {
            return Err(NoTemplate::TooLarge);
        }
        let (mut parts, mut places) = (Vec::new(), 0);
        let mut reader = Reader { text, rest: text };
        while let Some((before, rest)) = reader.rest.split_once("{{") {
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            reader.rest = rest;
            parts.push(reader.place()?);
            places += 1;
            if places > MOST_PLACES {
                return Err(NoTemplate::TooLarge);
            }
        }
        if !reader.rest.is_empty() {
            parts.push(Part::Text(reader.rest.to_owned()));
        }
        Ok(Self(parts))
    }
}

/// Reads places.
struct Reader<'t> {
    text: &'t str,
    rest: &'t str,
}

impl Reader<'_> {
    /// A place, after its `{{`.
    fn place(&mut self) -> Result<Part, NoTemplate> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '.');
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let known = PATHS.into_iter().find(|path| *path == word);
        let path = known.ok_or_else(|| NoTemplate::Unknown { at: self.at(), known: Known })?;
        self.rest = rest.trim_start();
        let fallback = match self.rest.strip_prefix("||") {
            None => None,
            Some(rest) => {
                self.rest = rest.trim_start();
                Some(self.fallback()?)
            }
        };
        self.rest =
            self.rest.strip_prefix("}}").ok_or_else(|| self.expected("`}}`, or `||` and a fallback in quotes"))?;
        Ok(Part::Place { path, fallback })
    }

    fn fallback(&mut self) -> Result<String, NoTemplate> {
        let quoted = self.rest.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
        let (fallback, rest) = quoted.ok_or_else(|| self.expected("a fallback in single quotes, such as 'there'"))?;
        self.rest = rest.trim_start();
        Ok(fallback.to_owned())
    }

    fn expected(&self, expected: &'static str) -> NoTemplate {
        NoTemplate::Malformed { at: self.at(), expected }
    }

    fn at(&self) -> usize {
        let read = self.text.len() - self.rest.len();
        self.text.get(..read).map_or(0, |read| read.chars().count()) + 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(path: &'static str, fallback: Option<&str>) -> Part {
        Part::Place { path, fallback: fallback.map(str::to_owned) }
    }

    #[test]
    fn places_are_found_with_and_without_fallbacks() {
        let template: Template = "Dear {{name.displayName||'you'}}, {{ agent.name }} here}}".parse().unwrap();
        let text = |text: &str| Part::Text(text.to_owned());
        assert_eq!(
            template.parts(),
            [
                text("Dear "),
                place("name.displayName", Some("you")),
                text(", "),
                place("agent.name", None),
                text(" here}}"),
            ]
        );
        assert_eq!(template.private(), None);
        let private: Template = "{{ brand.name }} {{contact.phone || '}} {{'}} {{contact.phone}}".parse().unwrap();
        assert_eq!((private.paths(), private.private()), (vec!["brand.name", "contact.phone"], Some("contact.phone")));
    }

    #[test]
    fn what_is_no_template_says_where_and_how_to_mend_it() {
        for (text, complaint) in [
            ("é {{ name.display }}", "at character 6: no such variable; there are name.displayName, "),
            ("{{", "at character 3: no such variable"),
            ("{{ access }}", "at character 4: no such variable"),
            ("{{ name.displayName", "at character 20: expected `}}`"),
            ("{{ name.displayName | upper }}", "at character 21: expected `}}`"),
            ("{{ name.displayName || there }}", "at character 24: expected a fallback in single quotes"),
            ("{{ name.displayName || 'there }}", "at character 24: expected a fallback in single quotes"),
            ("{{ name.displayName || 'a' 'b' }}", "at character 28: expected `}}`"),
        ] {
            let fault = text.parse::<Template>().unwrap_err().to_string();
            assert!(fault.starts_with(complaint), "{text}: {fault}");
        }
        assert_eq!("x".repeat(10_001).parse::<Template>(), Err(NoTemplate::TooLarge));
        assert_eq!("{{brand.name}}".repeat(51).parse::<Template>(), Err(NoTemplate::TooLarge));
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[{}|' a-zA-Z.é\n]{0,60}") {
            if let Ok(template) = text.parse::<Template>() {
                let plain = |part: &Part| matches!(part, Part::Text(text) if text.contains("{{"));
                prop_assert!(!template.parts().iter().any(plain), "every `{{{{` begins a place");
            }
        }

        #[test]
        fn what_has_no_place_is_itself(text in "[^{]{0,200}") {
            let template: Template = text.parse().unwrap();
            let parts: Vec<Part> = (!text.is_empty()).then(|| Part::Text(text.clone())).into_iter().collect();
            prop_assert_eq!(template.parts(), parts);
        }
    }
}

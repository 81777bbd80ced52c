//! The keys of one app, each by its name.

use std::str::FromStr;

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Algorithm, PublicJwk};
use crate::values::Malformed;

/// Keys of a set at most: enough to change over, and few to look through.
pub const MOST_KEYS: usize = 8;
/// Bytes of a set at most, as it is written.
pub const MOST_BYTES: usize = 8 * 1024;
/// Characters of a name at most.
const LONGEST_NAME: usize = 200;

/// A key with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedJwk {
    /// As the app names it; where it does not, its thumbprint.
    pub kid: String,
    /// The key.
    pub key: PublicJwk,
}

/// The keys that an app signs with: at least one, no name and no key twice. Stored as a JSON list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct JwkSet(Vec<NamedJwk>);

const EXPECTED: &str = "a JWK set as JSON: {\"keys\": [..]} with 1 to 8 keys in 8 kB at most";
const EXPECTED_NAMES: &str = "another kid for each key, of 1 to 200 characters, and each key once";

impl JwkSet {
    /// The keys, in the order in which they were given.
    #[must_use]
    pub fn keys(&self) -> &[NamedJwk] {
        &self.0
    }

    /// The key that a signature names. One that names none is checked with the only key of its algorithm: if there are
    /// several, nobody guesses.
    #[must_use]
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&PublicJwk> {
        let fits = |one: &&NamedJwk| one.key.algorithm() == algorithm && kid.is_none_or(|kid| kid == one.kid);
        let mut fitting = self.0.iter().filter(fits);
        let first = fitting.next()?;
        fitting.next().is_none().then_some(&first.key)
    }

    /// Whether every key of the other one is among these.
    #[must_use]
    pub fn holds_all_of(&self, other: &Self) -> bool {
        other.0.iter().all(|one| self.0.iter().any(|mine| mine.key == one.key))
    }
}

impl FromStr for JwkSet {
    type Err = Malformed;

    /// As RFC 7517 section 5 has it; its other members, and those of its keys, mean nothing here and are not kept.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let set = Some(text).filter(|text| text.len() <= MOST_BYTES);
        let set: Map<String, Value> =
            set.and_then(|text| serde_json::from_str(text).ok()).ok_or(Malformed::new(EXPECTED))?;
        let keys = set.get("keys").and_then(Value::as_array).filter(|keys| (1..=MOST_KEYS).contains(&keys.len()));
        let mut named: Vec<NamedJwk> = Vec::new();
        for members in keys.ok_or(Malformed::new(EXPECTED))? {
            let one = name(members.as_object().ok_or(Malformed::new(EXPECTED))?)?;
            if named.iter().any(|known| known.kid == one.kid || known.key == one.key) {
                return Err(Malformed::new(EXPECTED_NAMES));
            }
            named.push(one);
        }
        Ok(Self(named))
    }
}

fn name(members: &Map<String, Value>) -> Result<NamedJwk, Malformed> {
    let key = PublicJwk::try_from(members)?;
    let kid = match members.get("kid") {
        None => key.thumbprint().to_string(),
        Some(kid) => kid.as_str().filter(|kid| is_name(kid)).ok_or(Malformed::new(EXPECTED_NAMES))?.to_owned(),
    };
    Ok(NamedJwk { kid, key })
}

fn is_name(kid: &str) -> bool {
    (1..=LONGEST_NAME).contains(&kid.chars().count()) && !kid.chars().any(char::is_control)
}

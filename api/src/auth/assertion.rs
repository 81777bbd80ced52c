//! The assertion by which an app shows who it is: a JWT that it has signed with its own key (RFC 7523 section 3).

use entity::jwk::JwkSet;
use entity::values::Timestamp;

use super::jws::{Unverified, has_come, is_over, over_at};
use super::tokens::LEEWAY_SECONDS;

/// What says that it is such a JWT.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// So long may one hold from now on: whoever finds one later has nothing of it.
const MOST_SECONDS: i64 = 300;
/// What its header may say that it is: nothing, a JWT, or exactly this.
const KINDS: [&str; 2] = ["jwt", "client-authentication+jwt"];

/// An assertion whose signature was not checked yet.
pub struct Assertion<'t>(Unverified<'t>);

/// One that holds, for one use.
pub struct Once<'t> {
    /// Its name, given by the app.
    pub jti: &'t str,
    /// From then on it is over.
    pub until: Timestamp,
}

impl<'t> Assertion<'t> {
    /// Reads one. `None` if it cannot be one.
    #[must_use]
    pub fn read(text: &'t str) -> Option<Self> {
        let jws = Unverified::read(text)?;
        let fits = |kind: &serde_json::Value| {
            kind.as_str().is_some_and(|kind| KINDS.iter().any(|known| known.eq_ignore_ascii_case(kind)))
        };
        jws.header("typ").is_none_or(fits).then_some(Self(jws))
    }

    /// The app that it says it is of: it speaks of itself, or of nobody.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.0.text("sub").filter(|sub| self.0.text("iss") == Some(sub))
    }

    /// Whether one of these keys has signed it, for one of us under these names, for now. `None` says nothing of the
    /// reason.
    #[must_use]
    pub fn holds(&self, keys: &JwkSet, names: &[&str], now: Timestamp) -> Option<Once<'_>> {
        let kid = match self.0.header("kid") {
            Some(kid) => Some(kid.as_str()?),
            None => None,
        };
        let key = keys.find(kid, self.0.algorithm)?;
        let until = self.0.seconds("exp").ok()??;
        let begun = |name: &str| self.0.seconds(name).ok().map(|at| at.is_none_or(|at| has_come(at, now)));
        let timely = begun("iat")? && begun("nbf")? && !is_over(until, now);
        let short = until <= now.as_seconds().saturating_add(MOST_SECONDS + LEEWAY_SECONDS);
        let jti = self.0.jti()?;
        let holds = timely && short && self.is_for(names) && self.0.is_signed_by(key);
        holds.then(|| Once { jti, until: over_at(until) })
    }

    /// One that is for somebody else too could be sent to us by them.
    fn is_for(&self, names: &[&str]) -> bool {
        let is_ours = |value: &serde_json::Value| value.as_str().is_some_and(|name| names.contains(&name));
        match self.0.claim("aud") {
            Some(serde_json::Value::Array(all)) => !all.is_empty() && all.iter().all(is_ours),
            Some(one) => is_ours(one),
            None => false,
        }
    }
}

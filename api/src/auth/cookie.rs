//! The session of a customer's browser: a cookie that names the session's row and is sealed by us. It permits nothing by
//! itself: that the session lives is looked up with every request, as it is for every access token.

use actix_web::http::header::{COOKIE, HeaderMap};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::access::SessionClaim;
use entity::ids::{CustomerId, SessionId};
use entity::keys::Keys;
use uuid::Uuid;

use super::tokens::Subject;
use crate::deps::Deps;

/// What the keyed hash of a cookie is for.
const KIND: &str = "session cookie";

/// What a browser is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The session of whoever is signed in.
    Session,
    /// The browser itself, signed in or not: its forms are bound to it.
    Visit,
    /// The language that was chosen on a page.
    Language,
    /// The secret of a sign-in that goes on at a provider.
    SignIn,
    /// What was done last, to be said on the page that comes next.
    Done,
}

impl Name {
    /// With `__Host-` no other host, and no page without TLS, can set it. Browsers take that over https only.
    #[must_use]
    pub const fn of(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-rapport",
            (Self::Session, false) => "rapport",
            (Self::Visit, true) => "__Host-rapport-visit",
            (Self::Visit, false) => "rapport-visit",
            (Self::Language, true) => "__Host-rapport-language",
            (Self::Language, false) => "rapport-language",
            (Self::SignIn, true) => "__Host-rapport-sign-in",
            (Self::SignIn, false) => "rapport-sign-in",
            (Self::Done, true) => "__Host-rapport-done",
            (Self::Done, false) => "rapport-done",
        }
    }
}

/// Whether others know this server by https.
#[must_use]
pub fn is_secure(deps: &Deps) -> bool {
    deps.config.public_url.starts_with("https://")
}

/// A `Set-Cookie` of ours: no script reads it, no other site's forms send it, and it ends with the browser. The value is
/// base64url, so nothing in it has to be quoted.
#[must_use]
pub fn bake(deps: &Deps, name: Name, value: &str) -> String {
    let secure = is_secure(deps);
    let only_by_tls = if secure { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax{only_by_tls}", name.of(secure))
}

/// The value of a cookie of ours. Of two with one name neither is ours: somebody has put the other there.
#[must_use]
pub fn find<'h>(deps: &Deps, headers: &'h HeaderMap, name: Name) -> Option<&'h str> {
    let wanted = name.of(is_secure(deps));
    let pairs = headers.get_all(COOKIE).filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
    let mut values = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == wanted);
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value)
}

/// The cookie's value of a session.
#[must_use]
pub fn seal(keys: &Keys, claim: &SessionClaim) -> String {
    let ids = [claim.customer.0.into_bytes(), claim.session.0.into_bytes()].concat();
    let seal = keys.secret(KIND, &ids);
    URL_SAFE_NO_PAD.encode([ids, seal].concat())
}

/// The session that a value names, if we have sealed it.
#[must_use]
pub fn read(keys: &Keys, value: &str) -> Option<SessionClaim> {
    let bytes = URL_SAFE_NO_PAD.decode(value).ok()?;
    let (ids, seal) = bytes.split_at_checked(32)?;
    if !keys.is_secret(KIND, ids, seal) {
        return None;
    }
    let (customer, session) = ids.split_at_checked(16)?;
    Some(SessionClaim {
        customer: CustomerId(Uuid::from_slice(customer).ok()?),
        session: SessionId(Uuid::from_slice(session).ok()?),
    })
}

/// An access token for the session of a cookie, by which its pages enter the gateway like everybody else.
#[must_use]
pub fn access_token(deps: &Deps, headers: &HeaderMap) -> Option<String> {
    let claim = read(&deps.vault.keys, find(deps, headers, Name::Session)?)?;
    let issued = deps.signer.issue(Subject::Customer(claim), deps.vault.clock.now(), &deps.vault.entropy);
    Some(issued.ok()?.token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_here_is_a_session() {
        let keys = Keys::new(&[1; 32], &[2; 32]);
        let claim = SessionClaim { customer: CustomerId(Uuid::from_u128(1)), session: SessionId(Uuid::from_u128(2)) };
        let value = seal(&keys, &claim);
        assert_eq!(read(&keys, &value), Some(claim));
        assert_eq!(read(&Keys::new(&[1; 32], &[3; 32]), &value), None);
        for (place, letter) in value.char_indices() {
            let mut changed = value.clone();
            changed.replace_range(place..=place, if letter == 'A' { "B" } else { "A" });
            assert_eq!(read(&keys, &changed), None, "at {place}");
        }
        assert_eq!(read(&keys, ""), None);
    }
}

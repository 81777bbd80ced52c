//! What a form of ours must show before it changes anything: that it was sent from a page of ours (`Origin`, and
//! `Sec-Fetch-Site` where the browser says it), in the browser that the page was made for (a token bound to its cookie).

use actix_web::http::header::{HeaderMap, ORIGIN};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::values::origin;

use crate::auth::cookie::{self, Name};
use crate::deps::Deps;

/// What the keyed hash of a form's token is for.
const KIND: &str = "form";

/// The browser that a form is made for.
pub struct Visit {
    /// What its cookie says.
    value: String,
    /// Whether it has none yet.
    pub is_new: bool,
}

impl Visit {
    /// The browser that sends these headers; a new one if it has no cookie that we could have given it.
    #[must_use]
    pub fn of(deps: &Deps, headers: &HeaderMap) -> Self {
        match cookie::find(deps, headers, Name::Visit).filter(|value| is_plain(value)) {
            Some(value) => Self { value: value.to_owned(), is_new: false },
            None => Self { value: URL_SAFE_NO_PAD.encode(deps.vault.entropy.bytes::<32>()), is_new: true },
        }
    }

    /// Its cookie.
    #[must_use]
    pub fn cookie(&self, deps: &Deps) -> String {
        cookie::bake(deps, Name::Visit, &self.value)
    }

    /// The token for forms of this browser, in the session that it is in.
    #[must_use]
    pub fn token(&self, deps: &Deps, headers: &HeaderMap) -> String {
        URL_SAFE_NO_PAD.encode(deps.vault.keys.secret(KIND, &self.bound(deps, headers)))
    }

    /// The same for the session that the browser is about to get.
    #[must_use]
    pub fn token_with(&self, deps: &Deps, session: &str) -> String {
        URL_SAFE_NO_PAD.encode(deps.vault.keys.secret(KIND, &bound(&self.value, session)))
    }

    fn bound(&self, deps: &Deps, headers: &HeaderMap) -> Vec<u8> {
        bound(&self.value, cookie::find(deps, headers, Name::Session).unwrap_or_default())
    }
}

/// Whether a form that was sent is one of ours.
#[must_use]
pub fn is_ours(deps: &Deps, headers: &HeaderMap, token: &str) -> bool {
    let visit = Visit::of(deps, headers);
    let Ok(token) = URL_SAFE_NO_PAD.decode(token) else { return false };
    !visit.is_new
        && is_same_origin(deps, headers)
        && deps.vault.keys.is_secret(KIND, &visit.bound(deps, headers), &token)
}

/// Browsers say where a form that is posted comes from; whoever says nothing is none.
fn is_same_origin(deps: &Deps, headers: &HeaderMap) -> bool {
    let mut origins = headers.get_all(ORIGIN);
    let from = origins.next().and_then(|value| value.to_str().ok());
    let site = headers.get("sec-fetch-site").map(|value| value.as_bytes());
    origins.next().is_none()
        && from.is_some_and(|from| from == origin(&deps.config.public_url))
        && site.is_none_or(|site| site == b"same-origin")
}

fn bound(visit: &str, session: &str) -> Vec<u8> {
    format!("{visit}.{session}").into_bytes()
}

fn is_plain(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

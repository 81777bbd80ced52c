//! What a form of ours must show before it changes anything: that it was sent from a page of ours (`Origin`, and
//! `Sec-Fetch-Site` where the browser says it), in the browser that the page was made for (a token bound to its cookie).

use actix_web::http::header::{HeaderMap, ORIGIN};
use actix_web::web;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::values::origin;
use serde_json::{Map, Value};

use super::registry;
use super::visitor::Visitor;
use crate::auth::cookie::{self, Name};
use crate::deps::Deps;
use crate::http::{body, negotiate};

/// A form is as large as what an app may ask, and a little.
const MOST_BYTES: usize = 32 * 1024;
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

/// A form of ours, as it was sent.
pub struct Form(Vec<(String, String)>);

/// Why a form is not read.
pub enum Unread {
    /// It is none.
    Type,
    /// It is larger than any of ours.
    TooLarge,
    /// It cannot be understood.
    Unfit,
    /// It was not sent from a page that was made for this browser.
    Foreign,
}

impl Form {
    /// Reads what a browser sends, if it is a form of ours.
    ///
    /// # Errors
    /// Says why it is not read.
    pub async fn receive(visitor: &Visitor<'_>, payload: &mut web::Payload) -> Result<Self, Unread> {
        let headers = visitor.request.headers();
        if !negotiate::is_declared_as(headers, "application/x-www-form-urlencoded") {
            return Err(Unread::Type);
        }
        let bytes = body::read(payload, MOST_BYTES).await.map_err(|_| Unread::TooLarge)?;
        let form = Self(serde_urlencoded::from_bytes(&bytes).map_err(|_| Unread::Unfit)?);
        is_ours(visitor.deps, headers, form.get("token")).then_some(form).ok_or(Unread::Foreign)
    }

    /// All fields.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The first field of this name; nothing if there is none.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The page of ours that they want to come to.
    #[must_use]
    pub fn next(&self) -> Option<&str> {
        Some(self.get("next")).filter(|path| registry::is_page(path))
    }

    /// What a page shows again after a mistake: everything but what is secret, all values of each field.
    #[must_use]
    pub fn kept(&self) -> Value {
        let mut kept = Map::new();
        for (name, value) in self.0.iter().filter(|(name, _)| !is_secret(name)) {
            let values = kept.entry(name.as_str()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = values {
                values.push(value.as_str().into());
            }
        }
        Value::Object(kept)
    }

    /// What is sent again along with a proof.
    #[must_use]
    pub fn carried(&self) -> Vec<&(String, String)> {
        let is_carried = |name: &str| name != "token" && name != "mail-code" && !name.starts_with("proof.");
        self.0.iter().filter(|(name, _)| is_carried(name)).collect()
    }
}

/// Passwords and codes are typed each time.
fn is_secret(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    ["password", "currentPassword", "code", "authenticatorCode", "recoveryCode"].contains(&last)
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

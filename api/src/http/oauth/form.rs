//! The parameters of a request: a form in the body, each once (RFC 6749 section 3.2).

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, web};

use super::fault::OAuthError;
use crate::http::{body, negotiate};

/// Credentials and parameters need less than this.
const MOST_BYTES: usize = 16 * 1024;

/// What any of the endpoints may read.
const KNOWN: [&str; 21] = [
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "dpop_jkt",
    "grant_type",
    "purpose",
    "redirect_uri",
    "refresh_token",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "token",
    "token_type_hint",
];

/// Parameters by name. Without a value is as good as left out; unknown ones are ignored, however often they stand there.
#[derive(Default)]
pub struct Form {
    values: BTreeMap<&'static str, String>,
    doubled: BTreeSet<&'static str>,
}

impl Form {
    /// From pairs as they were written.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            let Some(known) = KNOWN.iter().find(|known| **known == name) else { continue };
            if form.values.insert(*known, value).is_some() {
                form.doubled.insert(*known);
            }
        }
        form.values.retain(|_, value| !value.is_empty());
        form
    }

    /// A parameter that has a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The same where it must not be missing.
    ///
    /// # Errors
    /// When it is.
    pub fn require(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.get(name).ok_or(OAuthError::request(missing))
    }

    /// Whether one of these stands there twice; any, if none is named.
    pub fn is_doubled(&self, names: &[&str]) -> bool {
        self.doubled.iter().any(|doubled| names.is_empty() || names.contains(doubled))
    }
}

/// Reads the form of a request.
///
/// # Errors
/// When the body is no form, too large, or names a parameter twice.
pub async fn read(request: &HttpRequest, payload: &mut web::Payload) -> Result<Form, OAuthError> {
    if !negotiate::is_declared_as(request.headers(), "application/x-www-form-urlencoded") {
        return Err(OAuthError::request("send a form: Content-Type: application/x-www-form-urlencoded"));
    }
    let bytes = body::read(payload, MOST_BYTES).await.map_err(|_| OAuthError::request("the form is too large"))?;
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(&bytes).map_err(|_| OAuthError::request("the form cannot be read"))?;
    let form = Form::of(pairs);
    if form.is_doubled(&[]) {
        return Err(OAuthError::request("a parameter stands twice"));
    }
    Ok(form)
}

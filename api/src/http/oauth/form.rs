//! The parameters of a request: a form in the body, each once (RFC 6749 section 3.2).

use std::collections::BTreeMap;

use actix_web::{HttpRequest, web};

use super::fault::OAuthError;
use crate::http::{body, negotiate};

/// Credentials and parameters need less than this.
const MOST_BYTES: usize = 16 * 1024;

/// Parameters by name. Without a value is as good as left out; unknown ones are ignored, however often they stand there.
#[derive(Default)]
pub struct Form(BTreeMap<&'static str, String>);

/// What any of the endpoints may read.
const KNOWN: [&str; 6] = ["grant_type", "scope", "client_id", "client_secret", "token", "token_type_hint"];

impl Form {
    /// A parameter that has a value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// From pairs as they were written.
    ///
    /// # Errors
    /// When a known parameter stands twice.
    pub fn of(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, OAuthError> {
        let mut form = BTreeMap::new();
        for (name, value) in pairs {
            let Some(known) = KNOWN.iter().find(|known| **known == name) else { continue };
            if form.insert(*known, value).is_some() {
                return Err(OAuthError::request("a parameter stands twice"));
            }
        }
        form.retain(|_, value| !value.is_empty());
        Ok(Self(form))
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
    Form::of(pairs)
}

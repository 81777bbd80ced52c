//! Which app is calling: by its secret, in the header or in the form (RFC 6749 section 2.3.1), or by an assertion that it
//! has signed (RFC 7523 section 2.2). Each app has one of the two, and no other.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::access::AppClaim;
use entity::app;
use percent_encoding::percent_decode_str;

use super::fault::OAuthError;
use super::form::Form;
use super::metadata::address;
use crate::auth::assertion::{Assertion, TYPE};
use crate::deps::Deps;
use crate::domain::{apps, guesses};
use crate::http::client_address;

/// The app of these credentials.
///
/// # Errors
/// When they do not fit, or come in two ways at once.
pub async fn sign_in(request: &HttpRequest, form: &Form, deps: &Deps) -> Result<(AppClaim, app::Model), OAuthError> {
    if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
        return by_assertion(request, form, deps).await;
    }
    let basic = match request.headers().get(AUTHORIZATION) {
        Some(value) => Some(basic(value).ok_or(OAuthError::client())?),
        None => None,
    };
    let (named, secret) = (form.get("client_id"), form.get("client_secret"));
    let pairs = match (basic, named, secret) {
        (Some(_), _, Some(_)) => return Err(OAuthError::request("send credentials in one way, not in two")),
        (Some(pairs), _, None) => pairs,
        (None, Some(id), Some(secret)) => vec![(id.to_owned(), secret.to_owned())],
        (None, _, _) => return Err(OAuthError::client()),
    };
    // Both readings are one guess, at the client of the first: whatever is written, it leads to few cells.
    let guessed = pairs.first().map_or("", |(id, _)| id.as_str());
    let turn = guesses::of_app(deps, &client_address::of(request), guessed).await?;
    for (id, secret) in pairs {
        if named.is_some_and(|named| named != id) {
            continue;
        }
        if let Some(found) = apps::sign_in(deps, &id, &secret).await? {
            turn.right().await;
            return Ok(found);
        }
    }
    turn.wrong().await?;
    Err(OAuthError::client())
}

/// The app that has signed the assertion. Nobody guesses a signature, so nothing is counted.
async fn by_assertion(request: &HttpRequest, form: &Form, deps: &Deps) -> Result<(AppClaim, app::Model), OAuthError> {
    let also = request.headers().contains_key(AUTHORIZATION) || form.get("client_secret").is_some();
    let text = form.get("client_assertion").filter(|_| !also && form.get("client_assertion_type") == Some(TYPE));
    let assertion = text.and_then(Assertion::read).ok_or(OAuthError::client())?;
    let id = assertion.client_id().filter(|id| form.get("client_id").is_none_or(|named| named == *id));
    // We go by our name as an issuer; older clients write the address of the token endpoint instead, and RFC 9126 section
    // 2 lets them write that of the endpoint at which they push.
    let (token, pushed) = (address(deps, "/oauth/token"), address(deps, "/oauth/par"));
    let mut names = vec![deps.config.public_url.as_str(), token.as_str()];
    if request.path() == "/oauth/par" {
        names.push(&pushed);
    }
    let found = apps::sign_in_by_key(deps, id.ok_or(OAuthError::client())?, &assertion, &names).await?;
    found.ok_or(OAuthError::client())
}

/// HTTP Basic. Section 2.3.1 wants both parts form-encoded, which half of the clients forget: both readings are tried.
fn basic(value: &HeaderValue) -> Option<Vec<(String, String)>> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = (id.to_owned(), secret.to_owned());
    let decoded = (decode(id)?, decode(secret)?);
    Some(if decoded == plain { vec![plain] } else { vec![decoded, plain] })
}

fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

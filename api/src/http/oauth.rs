//! `/oauth/token`: an app's access token by client credentials (RFC 6749 sections 2.3, 4.4, 5).

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, AUTHORIZATION, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entity::app;
use percent_encoding::percent_decode_str;
use serde_json::json;

use super::{body, client_address, negotiate};
use crate::auth::tokens::{LIFETIME_SECONDS, Subject};
use crate::deps::Deps;
use crate::domain::guesses;
use crate::domain::{Refusal, apps};
use crate::failure;

/// Credentials and parameters need less than this.
const MOST_BYTES: usize = 16 * 1024;

/// The parameters of a token request.
#[derive(Default)]
struct Form {
    grant_type: Option<String>,
    scope: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// An error of RFC 6749 section 5.2.
struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
    /// Come back after so many seconds.
    retry_after: Option<i64>,
}

impl OAuthError {
    const fn request(description: &'static str) -> Self {
        Self::bad("invalid_request", description)
    }

    const fn bad(error: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description, retry_after: None }
    }

    /// Nothing was done, and the caller cannot mend it.
    fn refused(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::RateLimited(seconds) => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                error: "temporarily_unavailable",
                description: "too many wrong secrets for this client or from this address; come back later",
                retry_after: Some(*seconds),
            },
            Refusal::Fault(error) if failure::is_unavailable(error) => unavailable(),
            Refusal::Fault(_) | Refusal::Mistakes(_) => {
                tracing::error!(error = %refusal, "a database error");
                server_error()
            }
        }
    }
}

const INVALID_CLIENT: OAuthError = OAuthError {
    status: StatusCode::UNAUTHORIZED,
    error: "invalid_client",
    description: "the client is unknown or not active, or the secret does not fit",
    retry_after: None,
};

/// POST: a token of five minutes.
pub async fn token(request: HttpRequest, mut payload: web::Payload, deps: web::Data<Deps>) -> HttpResponse {
    let mut response = match issue(&request, &mut payload, &deps).await {
        Ok(body) => HttpResponse::Ok().json(body),
        Err(refusal) => {
            let body = json!({ "error": refusal.error, "error_description": refusal.description });
            let mut response = HttpResponse::build(refusal.status).json(body);
            if refusal.status == StatusCode::UNAUTHORIZED {
                let basic = HeaderValue::from_static("Basic realm=\"rapport\", charset=\"UTF-8\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, basic);
            }
            if let Some(seconds) = refusal.retry_after {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    };
    response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    body::leave(response, payload)
}

/// Anything but POST.
pub async fn other_method() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((ALLOW, "POST"))
        .json(json!({ "error": "invalid_request", "error_description": "use POST" }))
}

async fn issue(
    request: &HttpRequest,
    payload: &mut web::Payload,
    deps: &Deps,
) -> Result<serde_json::Value, OAuthError> {
    if !negotiate::is_declared_as(request.headers(), "application/x-www-form-urlencoded") {
        return Err(OAuthError::request("send a form: Content-Type: application/x-www-form-urlencoded"));
    }
    let bytes = body::read(payload, MOST_BYTES).await.map_err(|_| OAuthError::request("the form is too large"))?;
    let form = read_form(&bytes)?;
    let app = sign_in(request, &form, deps).await?;
    match form.grant_type.as_deref() {
        Some("client_credentials") => {}
        Some(_) => {
            return Err(OAuthError::bad("unsupported_grant_type", "only client_credentials is supported"));
        }
        None => return Err(OAuthError::request("grant_type is missing")),
    }
    let registered: Vec<&str> = app.1.scopes.iter().map(entity::scope::Scope::token).collect();
    let asked = form.scope.unwrap_or_default();
    if asked.split_ascii_whitespace().any(|scope| !registered.contains(&scope)) {
        return Err(OAuthError::bad("invalid_scope", "a scope is unknown or not registered for this client"));
    }
    let now = deps.vault.clock.now();
    let issued = deps.signer.issue(Subject::App(app.0), now, &deps.vault.entropy).map_err(|_| server_error())?;
    Ok(json!({
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": LIFETIME_SECONDS,
        "scope": registered.join(" "),
    }))
}

fn read_form(bytes: &[u8]) -> Result<Form, OAuthError> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(bytes).map_err(|_| OAuthError::request("the form cannot be read"))?;
    let mut form = Form::default();
    for (name, value) in pairs {
        let slot = match name.as_str() {
            "grant_type" => &mut form.grant_type,
            "scope" => &mut form.scope,
            "client_id" => &mut form.client_id,
            "client_secret" => &mut form.client_secret,
            // Section 3.2: unknown parameters are ignored.
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(OAuthError::request("a parameter stands twice"));
        }
    }
    // Section 3.2: without a value is as good as left out.
    for slot in [&mut form.grant_type, &mut form.scope, &mut form.client_id, &mut form.client_secret] {
        slot.take_if(|value| value.is_empty());
    }
    Ok(form)
}

async fn sign_in(
    request: &HttpRequest,
    form: &Form,
    deps: &Deps,
) -> Result<(entity::access::AppClaim, app::Model), OAuthError> {
    let basic = match request.headers().get(AUTHORIZATION) {
        Some(value) => Some(basic(value).ok_or(INVALID_CLIENT)?),
        None => None,
    };
    let pairs = match (basic, &form.client_id, &form.client_secret) {
        (Some(_), _, Some(_)) => return Err(OAuthError::request("send credentials in one way, not in two")),
        (Some(pairs), _, None) => pairs,
        (None, Some(id), Some(secret)) => vec![(id.clone(), secret.clone())],
        (None, _, _) => return Err(INVALID_CLIENT),
    };
    // Both readings are one guess, at the client of the first: whatever is written, it leads to few cells.
    let named = pairs.first().map_or("", |(id, _)| id.as_str());
    let client = client_address::of(request);
    let turn = guesses::of_app(deps, &client, named).await.map_err(|refusal| OAuthError::refused(&refusal))?;
    for (id, secret) in pairs {
        // PostgreSQL takes no U+0000 in a text, so nobody has such an id.
        if id.contains('\0') || form.client_id.as_ref().is_some_and(|named| *named != id) {
            continue;
        }
        match apps::sign_in(deps, &id, &secret).await {
            Ok(Some(app)) => {
                turn.right().await;
                return Ok(app);
            }
            Ok(None) => {}
            Err(error) => return Err(OAuthError::refused(&error.into())),
        }
    }
    turn.wrong().await.map_err(|refusal| OAuthError::refused(&refusal))?;
    Err(INVALID_CLIENT)
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

const fn server_error() -> OAuthError {
    OAuthError {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        error: "server_error",
        description: "something went wrong on our side",
        retry_after: None,
    }
}

const fn unavailable() -> OAuthError {
    OAuthError {
        status: StatusCode::SERVICE_UNAVAILABLE,
        error: "temporarily_unavailable",
        description: "the service is not available for the moment; try again soon",
        retry_after: Some(1),
    }
}

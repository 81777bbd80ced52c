//! `GET /link/callback/{provider}`: where a provider sends the browser back. It changes something, though it is a GET, and
//! may: only for the browser that began, by its cookie; only once; only while the customer's session lasts.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::gateway::Gateway;
use crate::auth::cookie::Name;
use crate::deps::Deps;
use crate::domain::links::{self, Finished};
use crate::domain::providers::{NotProven, Returned};
use crate::failure;
use crate::web::visitor::Visitor;

/// How the page looks.
const TEMPLATE: &str = "returned/page.html";

/// Finishes the proof.
pub async fn callback(
    request: HttpRequest,
    provider: Path<String>,
    gateway: web::Data<Gateway>,
    deps: web::Data<Deps>,
) -> HttpResponse {
    let outcome = match returned(&request, provider.into_inner(), &deps) {
        Some(returned) => links::finish(&deps, returned).await,
        None => Err(NotProven::Unfit),
    };
    let spent = outcome.is_ok();
    let (status, kind) = match outcome {
        Ok(Finished::Linked) => (StatusCode::OK, "linked"),
        Ok(Finished::SignedIn) => (StatusCode::OK, "signed-in"),
        Err(NotProven::Fault(error)) if failure::is_unavailable(&error) => {
            tracing::warn!(%error, "the database is away");
            (StatusCode::SERVICE_UNAVAILABLE, "away")
        }
        Err(NotProven::Fault(error)) => {
            tracing::error!(%error, "a database error");
            (StatusCode::INTERNAL_SERVER_ERROR, "away")
        }
        Err(NotProven::Away) => (StatusCode::BAD_GATEWAY, "provider-away"),
        Err(NotProven::Unfit) => (StatusCode::BAD_REQUEST, "unfit"),
        Err(NotProven::Denied) => (StatusCode::BAD_REQUEST, "denied"),
        Err(NotProven::NoHandle) => (StatusCode::BAD_REQUEST, "no-handle"),
        Err(NotProven::Unknown) => (StatusCode::BAD_REQUEST, "unknown"),
    };
    let visitor = Visitor::of(&request, &gateway, &deps);
    let begun = kind == "signed-in" && visitor.kept(Name::SignIn).is_some();
    let content = json!({ "page": "returned", "kind": kind, "begun": begun });
    let mut page = visitor.show(status, TEMPLATE, content, None);
    if spent {
        let mut cookie = Cookie::build(cookie_name(&deps), "").path("/").secure(is_encrypted(&deps)).finish();
        cookie.make_removal();
        // A cookie that cannot be sent stays until it is over by itself.
        let _ = page.add_cookie(&cookie);
    }
    page
}

/// What the browser has brought. Whatever stands twice could mean either, so it means nothing.
fn returned(request: &HttpRequest, provider: String, deps: &Deps) -> Option<Returned> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(request.query_string()).ok()?;
    let (mut state, mut code, mut issuer, mut error) = (None, None, None, None);
    for (name, value) in pairs {
        let slot = match name.as_str() {
            "state" => &mut state,
            "code" => &mut code,
            "iss" => &mut issuer,
            "error" => &mut error,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return None;
        }
    }
    let cookie = request.cookie(cookie_name(deps)).map(|cookie| cookie.value().to_owned());
    Some(Returned { provider, state: state?, code: code.filter(|_| error.is_none()), issuer, cookie })
}

/// A name that no other host can set, where there is TLS (RFC 6265bis section 4.1.3).
fn cookie_name(deps: &Deps) -> &'static str {
    if is_encrypted(deps) { "__Host-rapport-link" } else { "rapport-link" }
}

fn is_encrypted(deps: &Deps) -> bool {
    deps.config.public_url.starts_with("https://")
}

/// The cookie that ties an attempt to the browser that begins it. It comes back with the provider's redirect, and with
/// nothing that another page sends.
pub fn cookie(deps: &Deps, value: &str) -> String {
    let cookie = Cookie::build(cookie_name(deps), value.to_owned())
        .path("/")
        .http_only(true)
        .secure(is_encrypted(deps))
        .same_site(SameSite::Lax)
        .max_age(Duration::minutes(10));
    cookie.finish().to_string()
}

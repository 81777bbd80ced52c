//! `GET /link/callback/{provider}`: where a provider sends the browser back. It changes something, though it is a GET, and
//! may: only for the browser that began, by its cookie; only once; only while the customer's session lasts.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS};
use actix_web::web::{self, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::deps::Deps;
use crate::domain::links::{self, Finished};
use crate::domain::providers::{NotProven, Returned};
use crate::failure;

/// Finishes the proof.
pub async fn callback(request: HttpRequest, provider: Path<String>, deps: web::Data<Deps>) -> HttpResponse {
    let outcome = match returned(&request, provider.into_inner(), &deps) {
        Some(returned) => links::finish(&deps, returned).await,
        None => Err(NotProven::Unfit),
    };
    let spent = outcome.is_ok();
    let (status, text) = match outcome {
        Ok(Finished::Linked) => {
            (StatusCode::OK, "The profile is linked to your account. You can close this page.".to_owned())
        }
        Ok(Finished::SignedIn) => (StatusCode::OK, "You are signed in. Go back to where you began.".to_owned()),
        Err(NotProven::Fault(error)) if failure::is_unavailable(&error) => {
            tracing::warn!(%error, "the database is away");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is not available for the moment; begin again soon.".to_owned(),
            )
        }
        Err(NotProven::Fault(error)) => {
            tracing::error!(%error, "a database error");
            (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side; begin again.".to_owned())
        }
        Err(NotProven::Away) => (StatusCode::BAD_GATEWAY, sentence(&NotProven::Away)),
        Err(refused) => (StatusCode::BAD_REQUEST, sentence(&refused)),
    };
    let mut page = page(status, &text);
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

fn sentence(refused: &NotProven) -> String {
    let text = refused.to_string();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>() + ".").unwrap_or_default()
}

/// A plain page that loads nothing, tells nobody where it was, and is shown in no frame.
fn page(status: StatusCode, text: &str) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"))
        .insert_header((X_FRAME_OPTIONS, "DENY"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .body(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
             <title>Rapport</title><h1>Rapport</h1><p>{text}</p></html>\n"
        ))
}

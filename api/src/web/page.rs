//! A page as it goes out: a template filled in, everything escaped, with headers that let it run nothing, be framed by
//! nobody, and lead nowhere but where it says.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, REFERRER_POLICY, X_FRAME_OPTIONS};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

/// All templates by name; their names end in `.html`, so everything in them is escaped.
const TEMPLATES: [(&str, &str); 2] = [
    ("frame.html", include_str!("../../pages/frame.html")),
    ("authorize.html", include_str!("../../pages/authorize/page.html")),
];
/// The one style sheet, in the page itself.
const STYLE: &str = include_str!("../../pages/style.css");

static PAGES: LazyLock<Result<Environment<'static>, minijinja::Error>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_auto_escape_callback(|_| AutoEscape::Html);
    // A misspelt name in a template is a fault and not an empty place.
    pages.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    pages.add_global("style", minijinja::Value::from_safe_string(STYLE.to_owned()));
    for (name, text) in TEMPLATES {
        pages.add_template(name, text)?;
    }
    Ok(pages)
});

/// The style sheet is allowed by its hash, and no other.
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| STANDARD.encode(digest(&SHA256, STYLE.as_bytes())));

/// A page with this status. Its forms may lead to this server and, if `leads_to` is given, on to that origin.
#[must_use]
pub fn show(status: StatusCode, name: &str, content: &impl Serialize, leads_to: Option<&str>) -> HttpResponse {
    let rendered = match &*PAGES {
        Ok(pages) => pages.get_template(name).and_then(|page| page.render(content)),
        Err(error) => {
            tracing::error!(%error, "the pages cannot be read");
            return HttpResponse::InternalServerError().finish();
        }
    };
    match rendered {
        Ok(text) => protect(HttpResponse::build(status).content_type("text/html; charset=utf-8").body(text), leads_to),
        Err(error) => {
            // What was to be shown is personal, the place in the template is not.
            tracing::error!(page = name, line = error.line(), kind = ?error.kind(), "a page cannot be shown");
            HttpResponse::InternalServerError().finish()
        }
    }
}

fn protect(mut response: HttpResponse, leads_to: Option<&str>) -> HttpResponse {
    let target = leads_to.map(|origin| format!(" {origin}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self'{target}; base-uri 'none'; frame-ancestors 'none'",
        *STYLE_HASH
    );
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    // Not `no-referrer`: browsers would take the origin from our own forms, too.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

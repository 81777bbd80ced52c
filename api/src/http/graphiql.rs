//! `/graphiql`: the explorer, bundled, with sample operations and, in the demo, tokens at hand.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, HOST};
use actix_web::{HttpRequest, HttpResponse, web};
use entity::access::SessionClaim;
use serde_json::{Value, json};

use crate::auth::tokens::Subject;
use crate::deps::Deps;

/// The page loads nothing from elsewhere, and nobody frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = include_str!("../../assets/graphiql/index.html");
const SCRIPT: &str = include_str!("../../assets/graphiql/explorer.js");
const STYLE: &str = include_str!("../../assets/graphiql/explorer.css");
const SAMPLES: &str = include_str!("../../assets/graphiql/samples.json");

/// Who can be tried out in the demo; nobody elsewhere.
#[derive(Clone, Default)]
pub struct People(pub Arc<Vec<Person>>);

/// Somebody whose token is at hand in the demo.
pub struct Person {
    /// Who it is.
    pub label: String,
    /// `customer` or `app`: which samples it is for.
    pub role: &'static str,
    /// Whom a token is issued for.
    pub subject: Subject,
    /// What stands in the samples where they need a name.
    pub placeholders: Vec<(&'static str, String)>,
}

impl Person {
    /// A customer with a session.
    #[must_use]
    pub fn customer(label: String, claim: SessionClaim) -> Self {
        Self { label, role: "customer", subject: Subject::Customer(claim), placeholders: Vec::new() }
    }
}

/// The page.
pub async fn page(deps: web::Data<Deps>) -> HttpResponse {
    serve(&deps, "text/html; charset=utf-8", PAGE)
}

/// Script and style.
pub async fn asset(deps: web::Data<Deps>, name: web::Path<String>) -> HttpResponse {
    match name.as_str() {
        "explorer.js" => serve(&deps, "text/javascript; charset=utf-8", SCRIPT),
        "explorer.css" => serve(&deps, "text/css; charset=utf-8", STYLE),
        _ => HttpResponse::NotFound().finish(),
    }
}

fn serve(deps: &Deps, kind: &'static str, content: &'static str) -> HttpResponse {
    if !deps.config.graphiql {
        return HttpResponse::NotFound().finish();
    }
    HttpResponse::Ok()
        .insert_header(("Content-Security-Policy", POLICY))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .insert_header((CACHE_CONTROL, "max-age=300"))
        .content_type(kind)
        .body(content)
}

/// The samples, and in the demo fresh tokens. They are given only to a page that was asked for by this machine's own
/// name, so that a foreign name that resolves to it gets none.
pub async fn config(request: HttpRequest, deps: web::Data<Deps>, people: web::Data<People>) -> HttpResponse {
    if !deps.config.graphiql {
        return HttpResponse::NotFound().finish();
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let at_hand: &[Person] = if ["127.0.0.1", "localhost", "[::1]"].contains(&name) { &people.0 } else { &[] };
    let now = deps.vault.clock.now();
    let tokens: Vec<(&Person, String)> = at_hand
        .iter()
        .filter_map(|person| {
            let issued = deps.signer.issue(person.subject, now, &deps.vault.entropy).ok()?;
            Some((person, issued.token))
        })
        .collect();
    let listed: Vec<Value> =
        tokens.iter().map(|(person, token)| json!({ "label": person.label, "token": token })).collect();
    HttpResponse::Ok().json(json!({ "endpoint": "/graphql", "tabs": tabs(&tokens), "people": listed }))
}

/// The sample operations, with names filled in and the token of whoever they are for.
fn tabs(tokens: &[(&Person, String)]) -> Vec<Value> {
    let Ok(samples) = serde_json::from_str::<Value>(SAMPLES) else { return Vec::new() };
    let mut names: Vec<(String, String)> = tokens
        .iter()
        .flat_map(|(person, _)| person.placeholders.iter())
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    if let Some(defaults) = samples.get("placeholders").and_then(Value::as_object) {
        names.extend(defaults.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))));
    }
    let fill = |text: &Value| {
        let text = text.as_str().unwrap_or_default().to_owned();
        names.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
    };
    let tab = |sample: &Value| {
        let role = sample.get("as").and_then(Value::as_str);
        let token = tokens.iter().find(|(person, _)| Some(person.role) == role).map(|(_, token)| token);
        json!({
            "title": sample.get("title"),
            "query": fill(sample.get("query").unwrap_or(&Value::Null)),
            "variables": fill(sample.get("variables").unwrap_or(&Value::Null)),
            "token": token,
        })
    };
    samples.get("tabs").and_then(Value::as_array).map(|tabs| tabs.iter().map(tab).collect()).unwrap_or_default()
}

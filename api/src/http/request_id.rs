//! The id of a request: the caller's own `X-Request-Id` if it is a plain short word, otherwise a new one.

use actix_web::HttpMessage;
use actix_web::HttpRequest;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderName;

use crate::deps::Deps;
use crate::graphql::RequestId;

/// The header, in both directions.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longer ones are not taken over: they end up in every log line.
const LONGEST: usize = 64;

/// Gives the request its id.
pub fn assign(request: &ServiceRequest, deps: &Deps) -> RequestId {
    let own = request.headers().get(HEADER).and_then(|value| value.to_str().ok()).filter(|id| is_plain(id));
    let id = RequestId(own.map_or_else(|| deps.vault.entropy.id().to_string(), str::to_owned));
    request.extensions_mut().insert(id.clone());
    id
}

/// The id that the request was given.
pub fn of(request: &HttpRequest) -> RequestId {
    request.extensions().get::<RequestId>().cloned().unwrap_or_else(|| RequestId("none".into()))
}

fn is_plain(id: &str) -> bool {
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

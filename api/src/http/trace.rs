//! What happens around every request: an id, one log line, and headers that hold for all answers.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use tracing::Instrument;

use super::request_id;
use crate::deps::Deps;

const NOSNIFF: HeaderName = HeaderName::from_static("x-content-type-options");

/// Gives the request an id, logs its outcome (route, status and duration, never a query string, a body or an address),
/// and forbids caches to keep answers that did not say otherwise.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(deps) = request.app_data::<web::Data<Deps>>().cloned() else { return next.call(request).await };
    let id = request_id::assign(&request, &deps);
    let route = request.match_pattern().unwrap_or_else(|| "unknown".into());
    let method = request.method().clone();
    let started = deps.vault.clock.now();
    let span = tracing::info_span!("request", id = %id.0);
    let mut response = next.call(request).instrument(span.clone()).await?;
    let milliseconds = deps.vault.clock.now().millis_since(started);
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(%method, route, status, milliseconds, "answered"));
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(request_id::HEADER, value);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.insert(NOSNIFF, HeaderValue::from_static("nosniff"));
    Ok(response)
}

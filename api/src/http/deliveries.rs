//! What is answered to those who deliver what channels tell: a status and a sentence.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue, RETRY_AFTER};
use serde_json::json;

use crate::domain::Refusal;
use crate::failure;

/// A status and a sentence.
pub fn answer(status: StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(json!({ "message": message }))
}

/// To a method that is not served here.
pub fn other_method(allowed: &'static str) -> HttpResponse {
    let mut response = answer(StatusCode::METHOD_NOT_ALLOWED, &format!("use {allowed}"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

/// To what could not be taken in: what nobody mends by another delivery (400), not for the moment (503), or a fault of ours
/// (500).
pub fn not_taken(refusal: &Refusal) -> HttpResponse {
    match refusal {
        Refusal::Mistakes(_) => answer(StatusCode::BAD_REQUEST, &format!("the message cannot be read at {refusal}")),
        Refusal::Fault(error) if !failure::is_unavailable(error) => {
            tracing::error!(%error, "a message could not be taken in");
            answer(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on our side; deliver it again later")
        }
        Refusal::Fault(_) | Refusal::RateLimited(_) => {
            let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, "not for the moment; deliver it again soon");
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
    }
}

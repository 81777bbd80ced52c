//! Errors of RFC 6749 section 5.2, and of the specifications that build on it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use sea_orm::DbErr;
use serde_json::json;

use crate::domain::Refusal;
use crate::failure;
use crate::http::proof::{INVALID_PROOF, Unproven};

/// What went wrong, for programs and for people.
#[derive(Debug)]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
    /// Come back after so many seconds.
    retry_after: Option<i64>,
}

impl OAuthError {
    /// A request that cannot be understood.
    pub const fn request(description: &'static str) -> Self {
        Self::named("invalid_request", description)
    }

    /// One of the registered errors, by 400.
    pub const fn named(error: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description, retry_after: None }
    }

    /// A client that is not who it says, or says nothing: the same whatever does not fit.
    pub const fn client() -> Self {
        let description = "the client is unknown or not active, or its credentials do not fit";
        Self { status: StatusCode::UNAUTHORIZED, error: "invalid_client", description, retry_after: None }
    }

    /// Our own fault.
    pub const fn ours() -> Self {
        let description = "something went wrong on our side";
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, error: "server_error", description, retry_after: None }
    }

    /// The answer.
    pub fn respond(self) -> HttpResponse {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = HttpResponse::build(self.status).json(body);
        if self.status == StatusCode::UNAUTHORIZED {
            let basic = HeaderValue::from_static("Basic realm=\"rapport\", charset=\"UTF-8\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, basic);
        }
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Unproven> for OAuthError {
    fn from(unproven: Unproven) -> Self {
        match unproven {
            Unproven::Fault(error) => error.into(),
            Unproven::Proof | Unproven::Token => Self::named(
                INVALID_PROOF,
                "send one header DPoP with a proof for this very request: signed by ES256 or EdDSA with the key in its \
                 header, less than a minute old, and never sent before",
            ),
        }
    }
}

impl From<DbErr> for OAuthError {
    fn from(error: DbErr) -> Self {
        if failure::is_unavailable(&error) {
            let description = "the service is not available for the moment; try again soon";
            let (status, error) = (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable");
            return Self { status, error, description, retry_after: Some(1) };
        }
        tracing::error!(%error, "a database error");
        Self::ours()
    }
}

impl From<Refusal> for OAuthError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::RateLimited(seconds) => Self {
                status: StatusCode::TOO_MANY_REQUESTS,
                error: "temporarily_unavailable",
                description: "too many wrong secrets for this client or from this address; come back later",
                retry_after: Some(seconds),
            },
            Refusal::Fault(error) => error.into(),
            Refusal::Mistakes(_) => Self::ours(),
        }
    }
}

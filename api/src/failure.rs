//! Top-level errors: protocol, authentication, limits and our own faults. The caller's mistakes in a mutation are
//! `userErrors` in its payload instead.

use async_graphql::{Error, ErrorExtensions};
pub use entity::store::is_unavailable;
use entity::vault::erase::is_gone;
use sea_orm::{DbErr, RuntimeErr};

/// `extensions.code` of a top-level error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A value that the schema allows and this API does not.
    BadUserInput,
    /// No token, or one that does not hold.
    Unauthenticated,
    /// The caller may never do this.
    Forbidden,
    /// Too often in too short a time; come back later.
    RateLimited,
    /// The database is away; come back.
    ServiceUnavailable,
    /// Our own fault. The log has the details under the request id.
    InternalServerError,
}

impl Code {
    /// The name in the answer.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::RateLimited => "RATE_LIMITED",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }
}

/// The extension that says in how many seconds to come back.
pub const RETRY_AFTER: &str = "retryAfter";

/// An error with its code.
#[must_use]
pub fn error(code: Code, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code.as_str()))
}

/// A call that needs somebody who is signed in.
#[must_use]
pub fn unauthenticated() -> Error {
    error(Code::Unauthenticated, "this needs an access token: sign in, or get one at /oauth/token")
}

/// A call that this caller may never make.
#[must_use]
pub fn forbidden(message: &str) -> Error {
    error(Code::Forbidden, message)
}

/// A call that was made too often; there is room again after so many seconds.
#[must_use]
pub fn rate_limited(seconds: i64) -> Error {
    let message = "this was tried too often lately; come back later, at the time that `retryAfter` gives in seconds";
    error(Code::RateLimited, message).extend_with(|_, extensions| extensions.set(RETRY_AFTER, seconds))
}

/// Our own fault, or that of nobody: whoever was erased while the request was under way is signed out. Logged with its details, opaque in the answer.
#[must_use]
pub fn fault(fault: &DbErr) -> Error {
    if is_gone(fault) {
        return unauthenticated();
    }
    if is_unavailable(fault) {
        tracing::warn!(error = %fault, "the database is away");
        return unavailable();
    }
    tracing::error!(error = %fault, "a database error");
    error(Code::InternalServerError, "something went wrong on our side; the request id helps us to find it")
}

/// The caller may come back soon.
#[must_use]
pub fn unavailable() -> Error {
    error(Code::ServiceUnavailable, "the service is not available for the moment; try again soon")
}

/// Whether two changes met, so that doing it again can succeed: a deadlock, or a name that somebody else just took.
#[must_use]
pub fn is_conflict(fault: &DbErr) -> bool {
    let unique = matches!(fault.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)));
    let code = match fault {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            error.as_database_error().and_then(|error| error.code().map(|code| code.into_owned()))
        }
        _ => None,
    };
    unique || code.is_some_and(|code| ["40001", "40P01"].contains(&code.as_str()))
}

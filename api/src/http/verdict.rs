//! What a call amounts to, and the answer that goes out, whatever carries it.

use std::sync::Arc;

use async_graphql::{PathSegment, Response, ServerError, Value};
use serde::Serialize;

use crate::failure::{self, Code};
use crate::graphql::{Keepsake, RequestId};

/// Errors in one answer: a small query can be wrong in thousands of places.
const MOST_ERRORS: usize = 5;
/// Characters of a message of validation, which may repeat a name of the document, however long.
const LONGEST_MESSAGE: usize = 300;

/// What an answer amounts to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Executed; there may be errors of single fields.
    Executed,
    /// Not a request that can be executed.
    BadRequest,
    /// A document that is too large.
    TooLarge,
    /// A write where only reads are possible.
    ReadOnly,
    /// No token, or one that does not hold.
    Unauthenticated {
        /// Whether a token came.
        with_token: bool,
    },
    /// Whoever brings the token has not shown the key that it is bound to (RFC 9449).
    Unproven {
        /// Whether it is the proof that does not hold, and not the token.
        by_proof: bool,
    },
    /// The session needs a fresh proof that it is still its customer's (RFC 9470).
    ProofNeeded,
    /// The caller may never do this.
    Forbidden,
    /// Too often lately.
    RateLimited {
        /// Come back after so many seconds.
        seconds: i64,
    },
    /// The database is away or the time is up.
    Unavailable,
}

/// What goes out. A request that was not executed has errors and no data.
#[derive(Serialize)]
pub struct Answer {
    /// What it amounts to.
    #[serde(skip)]
    pub verdict: Verdict,
    /// The result of the execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// What went wrong, each with `extensions { code requestId }`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ServerError>,
    /// What the browser is to keep, as a cookie.
    #[serde(skip)]
    pub keepsake: Option<Arc<Keepsake>>,
}

impl Answer {
    /// Whether nothing was said: a subscription that has nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.data.as_ref().is_none_or(|data| *data == Value::Null)
    }

    /// As it goes out: a few errors, each with its code and the request's id.
    #[must_use]
    pub fn of_request(mut self, request_id: &RequestId) -> Self {
        self.errors.truncate(MOST_ERRORS);
        for error in &mut self.errors {
            complete(error, request_id);
        }
        self
    }

    /// A request that was not executed.
    #[must_use]
    pub fn failed(verdict: Verdict, code: &str, message: &str) -> Self {
        let mut error = ServerError::new(message, None);
        let mut extensions = async_graphql::ErrorExtensionValues::default();
        extensions.set("code", code);
        error.extensions = Some(extensions);
        Self { verdict, data: None, errors: vec![error], keepsake: None }
    }
}

pub(super) fn unauthenticated(with_token: bool) -> Answer {
    let message = if with_token {
        "the access token does not hold; sign in again, or get a new one at /oauth/token"
    } else {
        "this needs an access token: sign in, or get one at /oauth/token"
    };
    Answer::failed(Verdict::Unauthenticated { with_token }, Code::Unauthenticated.as_str(), message)
}

/// An answer to whoever has not shown the key of the token, or has shown it badly.
pub(super) fn unproven(by_proof: bool) -> Answer {
    let message = if by_proof {
        "send one header `DPoP` with a proof for this very request and token: signed with the key that the token is bound \
         to, less than a minute old, and never sent before"
    } else {
        "the access token does not hold, or is not bound to the key that was shown; one that is bound comes with \
         `Authorization: DPoP` and a proof, any other with `Authorization: Bearer`"
    };
    Answer::failed(Verdict::Unproven { by_proof }, Code::Unauthenticated.as_str(), message)
}

pub(super) fn fault(error: &sea_orm::DbErr) -> Answer {
    let error = failure::fault(error).into_server_error(async_graphql::Pos::default());
    let mut answer = Answer { verdict: Verdict::Unavailable, data: None, errors: vec![error], keepsake: None };
    answer.errors.iter_mut().for_each(|error| error.locations.clear());
    answer
}

/// What an executed request amounts to. Some errors are about the whole request, wherever they came up.
pub(super) fn classify(response: Response, with_token: bool) -> Answer {
    let has = |code: Code| response.errors.iter().any(|error| code_of(error).as_deref() == Some(code.as_str()));
    if has(Code::Unauthenticated) {
        return unauthenticated(with_token);
    }
    let nothing = is_nothing(&response.data);
    let verdict = if has(Code::Forbidden) {
        Verdict::Forbidden
    } else if let Some(seconds) = response.errors.iter().find_map(retry_after).filter(|_| nothing) {
        Verdict::RateLimited { seconds }
    } else if has(Code::ServiceUnavailable) && nothing {
        Verdict::Unavailable
    } else if nothing && !response.errors.is_empty() && response.errors.iter().all(is_callers) {
        Verdict::BadRequest
    } else {
        let (data, errors) = (Some(response.data), response.errors);
        return Answer { verdict: Verdict::Executed, data, errors, keepsake: None };
    };
    let mut errors = response.errors;
    if verdict == Verdict::Forbidden {
        // The same whatever else was asked, and for every handle: no path, no data.
        errors.retain(|error| code_of(error).as_deref() == Some(Code::Forbidden.as_str()));
        errors.truncate(1);
        errors.iter_mut().for_each(|error| error.path.clear());
    }
    Answer { verdict, data: None, errors, keepsake: None }
}

/// Nothing was read or written: there is no data, or every root field failed.
fn is_nothing(data: &Value) -> bool {
    match data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|value| *value == Value::Null),
        _ => false,
    }
}

/// An error in what the caller sent: validation and coercion errors have no code yet, ours say so.
fn is_callers(error: &ServerError) -> bool {
    code_of(error).is_none_or(|code| code == Code::BadUserInput.as_str())
}

fn code_of(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code.clone()),
        _ => None,
    }
}

/// Of an error that says so.
fn retry_after(error: &ServerError) -> Option<i64> {
    match error.extensions.as_ref()?.get(failure::RETRY_AFTER)? {
        Value::Number(seconds) => seconds.as_i64(),
        _ => None,
    }
}

/// Gives every error its code and the request's id.
fn complete(error: &mut ServerError, request_id: &RequestId) {
    let code = code_of(error).unwrap_or_else(|| {
        if error.message == "Query is too complex." {
            error.message = "the lists of this query may hold too much at once; ask for shorter pages".into();
            return "QUERY_TOO_COMPLEX".into();
        }
        error.message = without_values(&error.message);
        let coerced = error.path.iter().any(|segment| matches!(segment, PathSegment::Field(_)));
        if coerced { Code::BadUserInput.as_str().into() } else { "GRAPHQL_VALIDATION_FAILED".into() }
    });
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code);
    extensions.set("requestId", request_id.0.as_str());
}

/// What validation says, without the value that it found: this may be a handle or an address. Names stay, cut when long.
fn without_values(message: &str) -> String {
    let text = match message.split_once(" does not contain the value ") {
        Some((before, _)) => format!("{before} does not contain this value"),
        None => message.split_once(", found ").map_or(message, |(before, _)| before).to_owned(),
    };
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

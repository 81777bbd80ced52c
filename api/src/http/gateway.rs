//! The gateway: the one way in for pages and for `/graphql`. Viewer, guard, limits, execution, and what an answer
//! amounts to. It knows nothing of headers and methods; `http::graphql` translates.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::{PathSegment, Response, ServerError, Value, Variables};
use entity::access::Owner;
use entity::jwk::Thumbprint;
use serde::Serialize;

use super::admission::{self, Prepared};
use super::guard::{Documents, Inputs};
use super::proof::{self, Unproven};
use crate::auth::{Unauthenticated, Viewer};
use crate::deps::Deps;
use crate::domain::Mistake;
use crate::domain::accounts::{self, Client};
use crate::domain::consent::{self, PrivacySignal};
use crate::failure::{self, Code};
use crate::graphql::{Keepsake, RequestId, Schemas};

/// An answer takes this long at most.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How old a snapshot may be when an answer that rests on it is released, in milliseconds: so long after the
/// acknowledgement of a withdrawal an answer that was under way can still arrive, and what the wire takes.
const OLDEST: i64 = 200;
/// How often an answer that has become stale is asked for anew.
const TRIES: usize = 3;
/// Errors in one answer: a small query can be wrong in thousands of places.
const MOST_ERRORS: usize = 5;
/// Characters of a message of validation, which may repeat a name of the document, however long.
const LONGEST_MESSAGE: usize = 300;

/// What comes in.
pub struct Call {
    /// The document.
    pub query: String,
    /// Which of its operations.
    pub operation_name: Option<String>,
    /// Values for its variables.
    pub variables: Variables,
    /// The access token, if one came.
    pub token: Option<String>,
    /// The key that whoever brings it has shown (RFC 9449).
    pub key: Option<Thumbprint>,
    /// Whether writing is out of the question, as by GET.
    pub read_only: bool,
    /// Whether it carries Global Privacy Control.
    pub privacy_signal: PrivacySignal,
    /// Where it comes from.
    pub client: Client,
    /// The request's id.
    pub request_id: RequestId,
}

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

/// The schema with what it needs.
#[derive(Clone)]
pub struct Gateway {
    deps: Deps,
    schemas: Schemas,
    documents: Arc<Documents>,
    inputs: Arc<Inputs>,
}

impl Gateway {
    /// A gateway to this schema.
    #[must_use]
    pub fn new(deps: Deps, schemas: Schemas) -> Self {
        // Without them everything is validated each time, and no form can be understood.
        let inputs = Inputs::of(&schemas.strict.sdl()).unwrap_or_else(|error| {
            tracing::error!(%error, "the schema's own text cannot be read");
            Inputs::default()
        });
        Self { deps, schemas, documents: Arc::default(), inputs: Arc::new(inputs) }
    }

    /// The types that values of variables may have.
    #[must_use]
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// Answers a call.
    pub async fn call(&self, call: Call) -> Answer {
        let request_id = call.request_id.clone();
        self.answer(call).await.of_request(&request_id)
    }

    /// Who comes with this token, heard out about their privacy.
    async fn viewer(
        &self,
        token: Option<&str>,
        key: Option<Thumbprint>,
        signal: PrivacySignal,
    ) -> Result<Viewer, Answer> {
        let viewer = match Viewer::recognise(token, key, &self.deps.signer, &self.deps.vault).await {
            Ok(viewer) => viewer,
            Err(Unauthenticated::Invalid) => return Err(unauthenticated(token.is_some())),
            Err(Unauthenticated::Unproven) => return Err(unproven(false)),
            Err(Unauthenticated::Fault(error)) => return Err(fault(&error)),
        };
        if let Viewer::Customer(owner) = &viewer {
            consent::heed(&self.deps, owner, signal).await.map_err(|refusal| fault(&refusal))?;
        }
        Ok(viewer)
    }

    /// The customer of this token, for what they alone may fetch beside the schema.
    ///
    /// # Errors
    /// The answer to everybody else.
    pub async fn owner(&self, token: Option<&str>, signal: PrivacySignal) -> Result<Owner, Answer> {
        match self.viewer(token, None, signal).await? {
            Viewer::Customer(owner) => Ok(owner),
            Viewer::Nobody => Err(unauthenticated(false)),
            Viewer::App(_) | Viewer::Staff(_) => {
                let message = "this is for customers; a brand's token does not open it";
                Err(Answer::failed(Verdict::Forbidden, Code::Forbidden.as_str(), message))
            }
        }
    }

    /// The same with a proof of the last minutes that the session is still theirs.
    ///
    /// # Errors
    /// The answer to everybody else.
    pub async fn proven_owner(&self, token: Option<&str>, signal: PrivacySignal) -> Result<Owner, Answer> {
        let owner = self.owner(token, signal).await?;
        let now = self.deps.vault.now().await.map_err(|error| fault(&error))?;
        let needed = |mistake: Mistake| Answer::failed(Verdict::ProofNeeded, "STEP_UP_REQUIRED", &mistake.message);
        accounts::require_fresh_proof(&owner, now).map(|()| owner).map_err(needed)
    }

    /// The key of whoever brings a token with a proof for this method and path (RFC 9449). The proof is used up.
    ///
    /// # Errors
    /// The answer to everybody else.
    pub(super) async fn prove(&self, token: &str, proof: &str, sent: (&str, &str)) -> Result<Thumbprint, Answer> {
        proof::of_token(&self.deps, token, proof, sent).await.map_err(|unproven| match unproven {
            Unproven::Proof => self::unproven(true),
            Unproven::Token => self::unproven(false),
            Unproven::Fault(error) => fault(&error),
        })
    }

    /// The cookie that makes a browser keep something.
    pub(crate) fn cookie(&self, value: &str) -> String {
        super::link::cookie(&self.deps, value)
    }

    /// Answers, and asks again when the answer has become stale on its way: with a new snapshot, and new records.
    async fn answer(&self, call: Call) -> Answer {
        for _ in 0..TRIES {
            match self.attempt(&call).await {
                Some(answer) => return answer,
                None => tracing::debug!("an answer was dropped: its snapshot was too old to be released"),
            }
        }
        let message = "the service is too slow for the moment to answer from what holds now; try again soon";
        Answer::failed(Verdict::Unavailable, Code::ServiceUnavailable.as_str(), message)
    }

    /// One try. `None`: what was read is too old to be released.
    async fn attempt(&self, call: &Call) -> Option<Answer> {
        let with_token = call.token.is_some();
        let viewer = match self.viewer(call.token.as_deref(), call.key, call.privacy_signal).await {
            Ok(viewer) => viewer,
            Err(answer) => return Some(answer),
        };
        let memory = (&*self.documents, &*self.inputs);
        let Prepared { request, known, is_validated } =
            match admission::prepare(call, memory, self.deps.config.introspection) {
                Ok(prepared) => prepared,
                Err(answer) => return Some(answer),
            };
        let schema = if is_validated { &self.schemas.validated } else { &self.schemas.strict };
        let viewer = Arc::new(viewer);
        let request = request.data(self.deps.clone()).data(call.request_id.clone()).data(call.privacy_signal);
        let keepsake = Arc::new(Keepsake::default());
        let request = request.data(call.client).data(Arc::clone(&viewer)).data(Arc::clone(&keepsake));
        let Ok(response) = tokio::time::timeout(TIMEOUT, schema.execute(request)).await else {
            let message = "this took longer than 10 seconds; ask for less";
            return Some(Answer::failed(Verdict::Unavailable, "TIMEOUT", message));
        };
        if let Some(known) = known.filter(|_| response.errors.is_empty()) {
            known.has_passed();
        }
        let mut answer = match self.is_caller_alive(&viewer).await {
            Ok(true) => classify(response, with_token),
            Ok(false) => unauthenticated(with_token),
            Err(error) => fault(&error),
        };
        answer.keepsake = Some(keepsake);
        (!self.is_stale(&viewer)).then_some(answer)
    }

    /// Whether somebody may have been told since that what was read here is over. Customers' own reads and writes rest on
    /// no such snapshot, so nothing that writes is ever tried twice.
    fn is_stale(&self, viewer: &Viewer) -> bool {
        let (Viewer::App(reader) | Viewer::Staff(reader)) = viewer else { return false };
        let age = |since: i64| self.deps.vault.clock.stopwatch().saturating_sub(since);
        reader.oldest_snapshot().is_some_and(|since| age(since) > OLDEST)
    }

    /// No answer is released to an app, or to staff, whom this very request did not find alive, whatever they asked.
    async fn is_caller_alive(&self, viewer: &Viewer) -> Result<bool, sea_orm::DbErr> {
        match viewer {
            Viewer::App(reader) | Viewer::Staff(reader) => Ok(reader.caller(&self.deps.vault).await?.is_some()),
            Viewer::Customer(_) | Viewer::Nobody => Ok(true),
        }
    }
}

impl Answer {
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

fn unauthenticated(with_token: bool) -> Answer {
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

fn fault(error: &sea_orm::DbErr) -> Answer {
    let error = failure::fault(error).into_server_error(async_graphql::Pos::default());
    let mut answer = Answer { verdict: Verdict::Unavailable, data: None, errors: vec![error], keepsake: None };
    answer.errors.iter_mut().for_each(|error| error.locations.clear());
    answer
}

/// What an executed request amounts to. Some errors are about the whole request, wherever they came up.
fn classify(response: Response, with_token: bool) -> Answer {
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
